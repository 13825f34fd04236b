import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Port, Refused, skew } from '../lib/port.js';
import { PROTOCOL } from '../lib/protocol.js';

const OPEN = { type: 'open', protocol: PROTOCOL, version: 'x', path: 'm.tflite', device: null };
const state = (rev, id = null) => ({ type: 'state', id, rev, label: `r${rev}`, picture: {}, schedule: {} });
const opened = (id, protocol = PROTOCOL) => ({ type: 'opened', id, protocol, version: '9.9', boards: [], state: state(0) });

function connected() {
  const sent = [];
  const port = new Port();
  const ready = port.connect(message => sent.push(message), OPEN);
  return { port, sent, ready };
}

const settled = () => new Promise(done => setTimeout(done, 0));

async function ready() {
  const made = connected();
  made.port.receive(opened(made.sent[0].id));
  await made.ready;
  return made;
}

test('opening makes the port ready with a state', async () => {
  const { port } = await ready();
  assert.equal(port.link.phase, 'ready');
  assert.equal(port.state.rev, 0);
});

test('a refused opening breaks the line, in the kernel’s words', async () => {
  const { port, sent, ready } = connected();
  port.receive({ type: 'failed', id: sent[0].id, kind: 'ModelError', what: 'too short', where: 'm.tflite', hint: 'h' });
  await ready;
  assert.equal(port.link.phase, 'broken');
  assert.equal(port.link.failure.what, 'too short');
});

test('another protocol is explained with both versions', async () => {
  const { port, sent, ready } = connected();
  port.receive(opened(sent[0].id, PROTOCOL + 1));
  assert.equal(port.link.phase, 'broken');
  await ready;
  assert.equal(port.link.failure.kind, 'version');
  assert.match(port.link.failure.what, /9\.9/);
  assert.match(skew('1', PROTOCOL - 1).hint, /kernel/);
  assert.match(skew('1', PROTOCOL + 1).hint, /page/);
});

test('answers find their request, whatever their order', async () => {
  const { port, sent } = await ready();
  const first = port.ask({ type: 'undo', rev: 0 });
  const second = port.ask({ type: 'redo', rev: 0 });
  port.receive(state(2, sent[2].id));
  port.receive(state(1, sent[1].id));
  assert.equal((await first).rev, 1);
  assert.equal((await second).rev, 2);
});

test('a refusal is kept for show until something succeeds', async () => {
  const { port, sent } = await ready();
  const edit = port.step({ type: 'undo' });
  await settled();
  port.receive({ type: 'failed', id: sent[1].id, kind: 'StaleEdit', what: 'stale', where: '', hint: '' });
  await edit;
  assert.equal(port.refusal.what, 'stale');
  port.receive(state(1));
  assert.equal(port.refusal, null);
});

test('quick edits wait for each other and name the revision that is then on screen', async () => {
  const { port, sent } = await ready();
  const edits = [port.step({ type: 'undo' }), port.step({ type: 'undo' }), port.step({ type: 'undo' })];
  for (let rev = 0; rev < 3; rev++) {
    await settled();
    assert.equal(sent.length, rev + 2);
    assert.equal(sent[rev + 1].rev, rev);
    port.receive(state(rev + 1, sent[rev + 1].id));
  }
  await Promise.all(edits);
});

test('only the verdict on the state that is shown counts', async () => {
  const { port } = await ready();
  port.receive(state(1));
  port.receive({ type: 'verdict', rev: 0, right: true, problems: [], seconds: 0 });
  assert.equal(port.verdict, null);
  port.receive({ type: 'verdict', rev: 1, right: true, problems: [], seconds: 0 });
  assert.equal(port.verdict.right, true);
  port.receive(state(2));
  assert.equal(port.verdict, null);
});

test('progress belongs to the running search and ends with its answer', async () => {
  const { port, sent } = await ready();
  const edit = port.start({ type: 'fit', use: [], max_mac_factor: 1, seconds: null });
  await settled();
  const id = sent[1].id;
  assert.equal(port.search, 'fit');
  port.receive({ type: 'progress', id: id + 99, text: 'other', arena_bytes: null, seconds: 0 });
  assert.equal(port.progress, null);
  port.receive({ type: 'progress', id, text: 'half', arena_bytes: 5, seconds: 1 });
  assert.equal(port.progress.text, 'half');
  port.receive(state(1, id));
  await edit;
  assert.equal(port.search, null);
  assert.equal(port.progress, null);
});

test('a lost line refuses what was asked and what is asked next', async () => {
  const { port } = await ready();
  const waiting = port.ask({ type: 'undo', rev: 0 });
  port.fail({ kind: 'kernel', what: 'died', where: '', hint: '' });
  await assert.rejects(waiting, Refused);
  await assert.rejects(port.ask({ type: 'undo', rev: 0 }), Refused);
  assert.equal(port.link.phase, 'broken');
});

test('a line that was replaced says nothing more', async () => {
  const { port, ready: first } = connected();
  const sent = [];
  const second = port.connect(message => sent.push(message), OPEN);
  await first;
  port.receive(opened(sent[0].id));
  await second;
  assert.equal(port.link.phase, 'ready');
});

test('a change for another revision is not applied: the whole state is asked for', async () => {
  const { port, sent } = await ready();
  port.receive({ type: 'change', id: null, base: 7, rev: 8 });
  assert.equal(port.state.rev, 0);
  assert.equal(sent[1].type, 'resync');
  port.receive(state(8, sent[1].id));
  assert.equal(port.state.rev, 8);
});

test('a document that was saved is no longer dirty, in the same revision', async () => {
  const { port } = await ready();
  const document = { path: 'm.mcuplan.json', folder: '/', dirty: false, problem: null };
  port.receive({ type: 'document', id: null, document });
  assert.deepEqual(port.state.document, document);
  assert.equal(port.state.rev, 0);
});
