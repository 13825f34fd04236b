import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as format from '../lib/format.js';

test('sizes', () => {
  assert.equal(format.exactBytes(55296), '55,296 B');
  assert.equal(format.size(512), '512 B');
  assert.equal(format.size(55296), '54 KiB');
  assert.equal(format.size(1024 * 1024), '1 MiB');
  assert.equal(format.size(1505280), '1.44 MiB');
  assert.equal(format.size(100 * 1024), '100 KiB');
});

test('quantities', () => {
  assert.equal(format.quantity(288), '288');
  assert.equal(format.quantity(300775552), '300.8 M');
  assert.equal(format.quantity(21056), '21.1 k');
});

test('shapes and steps', () => {
  assert.equal(format.shape([]), 'scalar');
  assert.equal(format.shape([1, 96, 96, 3]), '1×96×96×3');
  assert.equal(format.steps(4, 5), 'step 4');
  assert.equal(format.steps(4, 6), 'steps 4–5');
});
