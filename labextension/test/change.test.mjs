import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changed } from '../lib/change.js';

const rects = names => names.map(([buffer, offset]) => ({ buffer, offset }));
const state = {
  type: 'state', rev: 3, device: 'board', schedule: 'decisions', timing: 'times', model: 'graph', rewrites: [],
  picture: { head: 'old', rows: [1, 2, 3, 4], curve: [[0, 5]], rects: rects([['a', 0], ['b', 8], ['c', 16]]) }
};
const change = {
  type: 'change', id: 9, base: 3, rev: 4, label: 'edit', device: null, schedule: 'others', timing: null, model: null, rewrites: null,
  picture: {
    head: 'new', rows: { start: 1, end: 3, items: [7] }, curve: { start: 1, end: 1, items: [[2, 6]] },
    rects_removed: ['a'], rects: rects([['b', 9], ['d', 1]])
  }
};

test('rows and curve are spliced, rectangles are replaced where they stood', () => {
  const now = changed(state, change);
  assert.deepEqual(now.picture.rows, [1, 7, 4]);
  assert.deepEqual(now.picture.curve, [[0, 5], [2, 6]]);
  assert.deepEqual(now.picture.rects, rects([['b', 9], ['c', 16], ['d', 1]]));
  assert.equal(now.picture.head, 'new');
});

test('null means as it was, and the old state stays as it was', () => {
  const before = structuredClone(state);
  const now = changed(state, change);
  assert.deepEqual([now.device, now.schedule, now.timing, now.type, now.rev], ['board', 'others', 'times', 'state', 4]);
  assert.deepEqual(state, before);
});

test('a rewritten graph takes the place of the one before', () => {
  const now = changed(state, { ...change, model: 'smaller', rewrites: ['in force'] });
  assert.deepEqual([now.model, now.rewrites], ['smaller', ['in force']]);
  assert.deepEqual([changed(state, change).model, changed(state, change).rewrites], ['graph', []]);
});

test('a change for another revision gives nothing', () => {
  assert.equal(changed({ ...state, rev: 2 }, change), null);
  assert.equal(changed(null, change), null);
});
