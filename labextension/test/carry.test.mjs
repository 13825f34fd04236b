import assert from 'node:assert/strict';
import { test } from 'node:test';

import { carried, carriedOperators } from '../lib/carry.js';

const numbered = origins => origins.map((origin, id) => ({ id, origin }));
const rect = (buffer, tensors, role = 'activation') => [buffer, { buffer, tensors, role }];
const of = (operators, tensors, rects = [], stages = []) => ({
  model: { operators: numbered(operators), tensors: numbered(tensors) }, buffer: new Map(rects),
  stages: new Map(stages.map(ops => [Math.min(...ops), { operators: ops }]))
});
/** Operator 1 and tensor 1 of the file are gone from `after`. */
const before = of([0, 1, 2], [0, 1, 2, 3], [rect('t1', [1]), rect('t3', [2, 3]), rect('c0', [0], 'constant')], [[0, 1], [2]]);
const after = of([0, 2], [0, 2, 3], [rect('t1', [1, 2]), rect('c0', [0], 'constant')], [[0], [1]]);

test('operators and tensors are found by their numbers in the file', () => {
  assert.deepEqual(carried({ kind: 'operator', id: 2 }, before, after), { kind: 'operator', id: 1 });
  assert.deepEqual(carried({ kind: 'operator', id: 1 }, after, before), { kind: 'operator', id: 2 });
  assert.deepEqual(carried({ kind: 'tensor', id: 3 }, before, after), { kind: 'tensor', id: 2 });
  assert.deepEqual(carriedOperators([0, 1, 2], before, after), [0, 1]);
});

test('what is gone is not found', () => {
  for (const focus of [{ kind: 'operator', id: 1 }, { kind: 'tensor', id: 1 }, { kind: 'buffer', id: 't1' }, { kind: 'transfer', id: 0 }]) {
    assert.equal(carried(focus, before, after), null);
  }
  assert.equal(carried(null, before, after), null);
});

test('a buffer is the one that holds the same tensor, a stage the one with the same operators', () => {
  assert.deepEqual(carried({ kind: 'buffer', id: 't3' }, before, after), { kind: 'buffer', id: 't1' });
  assert.deepEqual(carried({ kind: 'buffer', id: 'c0' }, before, after), { kind: 'buffer', id: 'c0' });
  assert.deepEqual(carried({ kind: 'stage', id: 2 }, before, after), { kind: 'stage', id: 1 });
});

test('in the same graph everything keeps its name', () => {
  const focus = { kind: 'transfer', id: 4 };
  assert.equal(carried(focus, before, before), focus);
});

test('what a rewrite made itself has no number in the file', () => {
  const made = of([0, null, 2], [0, null, 2]);
  assert.equal(carried({ kind: 'operator', id: 1 }, made, before), null);
  assert.deepEqual(carriedOperators([0, 1, 2], made, after), [0, 1]);
});
