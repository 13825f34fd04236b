import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stepAxis, timeAxis } from '../lib/axis.js';
import { paintLane, placed, spanAt } from '../lib/paint-lanes.js';

const lane = (...rows) => ({
  work: rows.map(r => r[0]), op: rows.map(r => r[1]), first_step: rows.map(r => r[2]), end_step: rows.map(r => r[3]),
  start_us: rows.map(r => r[4]), end_us: rows.map(r => r[5]), busy_us: rows.map(r => r[5] - r[4]), mixed: rows.map(() => false)
});
/** Two operators of 10 µs, a transfer beside the second one and 5 µs longer, the wait for it, one more operator. */
const CPU = lane(
  ['compute', 0, 0, 1, 0, 10], ['compute', 1, 2, 3, 10, 20], ['stall', -1, 3, 4, 20, 25], ['compute', 2, 4, 5, 25, 35]
);
const COPY = lane(['transfer', -1, 1, 2, 10, 25]);
const TIME = timeAxis(5, { marks: [[0, 0], [1, 10], [2, 10], [3, 20], [4, 25], [5, 35]] });

test('spans fill their steps, and a transfer reaches to the step at which it arrives', () => {
  const [cpu, copy] = [CPU, COPY].map(spans => placed(spans, stepAxis(5), TIME));
  assert.deepEqual(cpu.map(p => [p.from, p.end]), [[0, 1], [2, 3], [3, 4], [4, 5]]);
  assert.deepEqual(copy.map(p => [p.from, p.end]), [[1, 4]]);
});

test('on the axis of time spans lie where they are', () => {
  const [cpu, copy] = [CPU, COPY].map(spans => placed(spans, TIME, TIME));
  assert.deepEqual(cpu.map(p => [p.from, p.end]), [[0, 10], [10, 20], [20, 25], [25, 35]]);
  assert.equal(spanAt(cpu, 22).work, 'stall');
  assert.equal(spanAt(copy, 22).work, 'transfer');
  assert.equal(spanAt(copy, 5), null);
  assert.equal(spanAt(cpu, 35), null);
});

test('what is narrower than a pixel is put together: no more boxes than pixels, none left out', () => {
  const many = lane(...Array.from({ length: 10_000 }, (_, i) => ['compute', i % 2, i, i + 1, i, i + 1]));
  const cpu = placed(many, stepAxis(10_000), stepAxis(10_000));
  const boxes = [];
  const canvas = { fillRect: (x, _, width) => boxes.push([x, x + width]), measureText: () => ({ width: 1e9 }) };
  const ink = { role: {}, line: '', limit: '', faintText: '', text: '' };
  const scene = { window: { left: 0, right: 10_000, bottom: 0, top: 1 }, x: 50, width: 400, ink, strength: () => 1, label: () => '' };
  paintLane(canvas, cpu, 0, scene);
  const [line, ...painted] = boxes;
  assert.deepEqual(line, [50, 450]);
  assert.ok(painted.length <= 450 && painted.length >= 400, String(painted.length));
  painted.slice(1).forEach(([x], i) => assert.ok(x - painted[i][1] < 0.1));
  assert.ok(Math.abs(painted[painted.length - 1][1] - 450) < 1);

  boxes.length = 0;
  paintLane(canvas, cpu, 0, { ...scene, window: { left: 5_000, right: 5_004, bottom: 0, top: 1 } });
  assert.equal(boxes.length, 5);
});
