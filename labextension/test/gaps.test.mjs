import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allowed, barrier, gapIndex, target } from '../lib/gaps.js';

/** The order after taking `count` from `from` and putting them into gap `gap` of the old order. */
function moved(order, from, count, gap) {
  const held = order.slice(from, from + count);
  const marked = order.map((op, i) => (i >= from && i < from + count ? null : op));
  return [...marked.slice(0, gap), ...held, ...marked.slice(gap)].filter(op => op !== null);
}

test('the index asked for is where the first of those dropped ends up', () => {
  const order = [0, 1, 2, 3, 4, 5, 6];
  for (let count = 1; count <= 3; count++) {
    for (let from = 0; from + count <= order.length; from++) {
      for (let gap = 0; gap <= order.length; gap++) {
        assert.equal(moved(order, from, count, gap).indexOf(from), target(gap, from, count), `${count} from ${from} into ${gap}`);
      }
    }
  }
});

test('a gap belongs to the first operator from there on, and the last gap lies behind all', () => {
  const rows = [{ index: null }, { index: 0 }, { index: 1 }, { index: null }, { index: 2 }];
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(at => gapIndex(rows, at, 3)), [0, 0, 1, 2, 2, 3]);
});

test('outside the legal range stands who is in the way', () => {
  const moves = { ranges: [[2, 5]], earliest: { operator: 1, text: 'reads what 1 makes' }, latest: null };
  assert.ok(allowed(moves, 2) && allowed(moves, 4) && !allowed(moves, 5));
  assert.equal(barrier(moves, 3, 4), null);
  assert.equal(barrier(moves, 3, 1), 'reads what 1 makes');
  assert.match(barrier(moves, 3, 6), /order/);
});
