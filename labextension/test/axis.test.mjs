import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stepAxis, timeAxis } from '../lib/axis.js';

const timing = { marks: [[0, 0], [2, 10], [3, 10.5], [9, 40]], cpu: [], transfers: [] };

test('time and steps are inverse to each other and run between the marks', () => {
  const axis = timeAxis(9, timing);
  assert.equal(axis.end, 40);
  for (const [step, us] of timing.marks) {
    assert.equal(axis.of(step), us);
  }
  for (let step = 0; step <= 9; step += 0.25) {
    assert.ok(Math.abs(axis.step(axis.of(step)) - step) < 1e-9);
  }
  assert.equal(axis.of(1), 5);
});

test('without any time the axis counts steps', () => {
  assert.equal(timeAxis(4, { marks: [[0, 0], [4, 0]], cpu: [], transfers: [] }).kind, 'steps');
  assert.equal(stepAxis(0).end, 1);
});
