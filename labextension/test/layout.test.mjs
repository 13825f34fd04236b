import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stepAxis } from '../lib/axis.js';
import * as layout from '../lib/layout.js';

const frame = { x: 60, y: 10, width: 400, height: 200 };
const whole = { left: 0, right: 20, bottom: 0, top: 1000 };
const rect = (buffer, first_step, end_step, offset, bytes, outline = []) =>
  ({ buffer, first_step, end_step, offset, bytes, outline });
const axis = stepAxis(20);

/** A small deterministic source of numbers in [0, 1). */
function numbers(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test('pixels and plan space are inverse to each other', () => {
  const next = numbers(7);
  for (let i = 0; i < 200; i++) {
    const w = { left: next() * 5, right: 6 + next() * 10, bottom: next() * 100, top: 200 + next() * 900 };
    const step = w.left + next() * (w.right - w.left);
    const bytes = w.bottom + next() * (w.top - w.bottom);
    assert.ok(Math.abs(layout.placeAt(w, frame, layout.xOf(w, frame, step)) - step) < 1e-9);
    assert.ok(Math.abs(layout.bytesAt(w, frame, layout.yOf(w, frame, bytes)) - bytes) < 1e-9);
  }
});

test('address 0 lies at the bottom and grows upward', () => {
  assert.equal(layout.yOf(whole, frame, 0), frame.y + frame.height);
  assert.equal(layout.yOf(whole, frame, 1000), frame.y);
});

test('zooming and panning never leave the whole, and zoom keeps its fixed point', () => {
  const next = numbers(11);
  let w = whole;
  for (let i = 0; i < 500; i++) {
    const step = w.left + next() * (w.right - w.left);
    const factor = 0.6 + next();
    const before = layout.xOf(w, frame, step);
    const after = layout.zoomed(w, whole, { x: factor, y: factor }, step, 500);
    const inside = after.left > whole.left && after.right < whole.right;
    if (inside && factor < 1 && after.right - after.left > 2.001) {
      assert.ok(Math.abs(layout.xOf(after, frame, step) - before) < 1e-6);
    }
    w = layout.panned(after, whole, (next() - 0.5) * 10, (next() - 0.5) * 300);
    assert.ok(w.left >= 0 && w.right <= 20 + 1e-9 && w.bottom >= 0 && w.top <= 1000 + 1e-9);
    assert.ok(w.right > w.left && w.top > w.bottom);
  }
});

test('zooming out far shows everything again', () => {
  const close = layout.zoomed(whole, whole, { x: 0.1, y: 0.1 }, 12, 700);
  assert.deepEqual(layout.zoomed(close, whole, { x: 1e9, y: 1e9 }, 3, 3), whole);
});

test('a near limit is in the window, a far one is not', () => {
  const near = layout.everything(10, 1000, 1500);
  assert.ok(near.top > 1500);
  const far = layout.everything(10, 1000, 100000);
  assert.ok(far.top > 1000 && far.top < 100000);
  assert.deepEqual(layout.everything(0, 0, null).right, 1);
});

test('boxes are clipped to the frame; what is out of sight has none', () => {
  const w = { left: 5, right: 10, bottom: 100, top: 600 };
  const box = layout.boxOf(w, frame, axis, rect('a', 0, 7, 0, 200));
  assert.equal(box.x, frame.x);
  assert.equal(box.y + box.height, frame.y + frame.height);
  assert.ok(box.width > 0 && box.height > 0);
  assert.equal(layout.boxOf(w, frame, axis, rect('a', 0, 5, 0, 1000)), null);
  assert.equal(layout.boxOf(w, frame, axis, rect('a', 6, 7, 600, 10)), null);
});

test('lifetimes and addresses are half-open when pointing', () => {
  const rects = [rect('big', 0, 10, 0, 100), rect('small', 2, 4, 20, 10), rect('above', 0, 10, 100, 50)];
  assert.equal(layout.rectAt(rects, 2, 25).buffer, 'small');
  assert.equal(layout.rectAt(rects, 4, 25).buffer, 'big');
  assert.equal(layout.rectAt(rects, 0, 99.5).buffer, 'big');
  assert.equal(layout.rectAt(rects, 0, 100).buffer, 'above');
  assert.equal(layout.rectAt(rects, 10, 5), null);
});

test('of two buffers at one place, the one whose bytes live just there is pointed at', () => {
  const dying = rect('dying', 0, 10, 0, 100, [[0, 0, 100], [3, 50, 100]]);
  const growing = rect('growing', 0, 10, 0, 200, [[0, 0, 0], [3, 0, 40]]);
  assert.deepEqual(layout.liveBytes(dying, 2), [0, 100]);
  assert.deepEqual(layout.liveBytes(dying, 9), [50, 100]);
  assert.equal(layout.rectAt([dying, growing], 1, 20).buffer, 'dying');
  assert.equal(layout.rectAt([dying, growing], 5, 20).buffer, 'growing');
  assert.equal(layout.rectAt([dying, growing], 5, 60).buffer, 'dying');
});

test('byte marks are multiples of a power of two and lie in range', () => {
  for (const [low, high, most] of [[0, 1000, 5], [0, 1.6e6, 9], [300, 310, 4], [0, 1, 3]]) {
    const marks = layout.byteTicks(low, high, most);
    assert.ok(marks.length >= 1 && marks.length <= most + 1, `${marks}`);
    assert.ok(marks.every(m => m >= low && m <= high));
    const every = marks.length > 1 ? marks[1] - marks[0] : 1;
    assert.equal(Math.log2(every) % 1, 0);
  }
});

test('marks in tens are whole and few', () => {
  for (const [low, high, most] of [[0, 12, 6], [0, 697, 8], [3, 4, 9]]) {
    const marks = layout.decimalTicks(low, high, most);
    assert.ok(marks.every(Number.isInteger));
    assert.ok(marks.length <= most + 1);
  }
});

test('rows in sight cover what the scroll position shows', () => {
  for (const count of [0, 1, 20, 697]) {
    for (const top of [0, 130, 5000]) {
      const [lo, hi] = layout.rowsInSight(top, 400, 26, count);
      assert.ok(0 <= lo && lo <= hi && hi <= count);
      for (let row = 0; row < count; row++) {
        const seen = row * 26 < top + 400 && (row + 1) * 26 > top;
        assert.ok(!seen || (lo <= row && row < hi));
      }
    }
  }
});

test('revealing moves as little as needed', () => {
  const w = { left: 5, right: 10, bottom: 0, top: 1000 };
  assert.deepEqual(layout.revealed(w, whole, 6, 7), w);
  assert.equal(layout.revealed(w, whole, 2, 3).left, 2);
  assert.equal(layout.revealed(w, whole, 14, 15).right, 15);
});
