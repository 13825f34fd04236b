import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sized } from '../lib/views/inspect-stage.js';

const rows = { kind: 'rows', operators: [0, 1], rows: 1, fresh: 'apart' };
const tiles = { kind: 'tiles', operators: [0, 1], rows: 1, columns: 4, anew: [0] };
const channels = { kind: 'channels', operators: [0, 1], channels: 8 };

test('a number is changed and nothing else', () => {
  assert.deepEqual(sized(rows, 'rows', 3), { ...rows, rows: 3 });
  assert.deepEqual(sized(tiles, 'columns', 2), { ...tiles, columns: 2 });
  assert.deepEqual(sized(tiles, 'rows', 2), { ...tiles, rows: 2 });
  assert.deepEqual(sized(channels, 'channels', 4), { ...channels, channels: 4 });
});

test('a number that a kind does not have changes nothing', () => {
  assert.equal(sized(rows, 'columns', 3), rows);
  assert.equal(sized(tiles, 'channels', 3), tiles);
  assert.equal(sized(channels, 'rows', 3), channels);
});

test('a kind that is not known is not passed over', () => {
  assert.throws(() => sized({ kind: 'stripes' }, 'rows', 3), /stripes/);
});
