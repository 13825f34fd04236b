import assert from 'node:assert/strict';
import { test } from 'node:test';

import { differences, Preview } from '../lib/preview.js';

const settled = () => new Promise(done => setTimeout(done, 0));
const pin = offset => ({ type: 'pin', buffer: 't1', offset });

function asked() {
  const questions = [];
  const port = { state: { rev: 5 }, ask: question => new Promise(answer => questions.push({ ...question, answer })) };
  return { questions, preview: new Preview(port, () => undefined) };
}

test('while one question is on its way only the last of the others is asked', async () => {
  const { questions, preview } = asked();
  [0, 16, 32, 48].forEach(offset => preview.of(pin(offset)));
  assert.equal(questions.length, 1);
  questions[0].answer({ type: 'previewed', label: 'first' });
  await settled();
  assert.deepEqual(questions.map(q => q.edit.offset), [0, 48]);
  assert.equal(preview.shown, null);
  questions[1].answer({ type: 'previewed', label: 'last' });
  await settled();
  assert.equal(preview.shown.label, 'last');
});

test('an answer that comes after the control was let go is not shown', async () => {
  const { questions, preview } = asked();
  preview.of(pin(0));
  preview.of(null);
  questions[0].answer({ type: 'previewed', label: 'late' });
  await settled();
  assert.equal(preview.shown, null);
});

test('only figures that differ are told, memory first', () => {
  const figures = { arena_bytes: 10, live_bound_bytes: 9, flash_bytes: 4, macs: 100, latency_us: 7 };
  const told = differences({ before: figures, after: { ...figures, macs: 120, arena_bytes: 8 } });
  assert.deepEqual(told.map(d => d.name), ['arena_bytes', 'macs']);
  assert.deepEqual(differences({ before: figures, after: null }), []);
});
