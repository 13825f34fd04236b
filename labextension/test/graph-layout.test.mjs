import assert from 'node:assert/strict';
import { test } from 'node:test';

import { layered } from '../lib/graph-layout.js';

const op = (id, inputs, outputs) => ({ id, inputs, outputs });

test('everything lies below what it reads, and no two share a place', () => {
  const diamond = [op(0, [0], [1]), op(1, [1], [2]), op(2, [1], [3]), op(3, [3], [4]), op(4, [2, 4], [5])];
  const { nodes, edges, layers } = layered(diamond);
  const layer = id => nodes.find(n => n.id === id).layer;
  assert.ok(edges.every(e => layer(e.from) < layer(e.to)));
  assert.equal(edges.length, 5);
  assert.equal(layers, 4);
  assert.equal(new Set(nodes.map(n => `${n.layer},${n.column}`)).size, nodes.length);
});

test('a chain is one column', () => {
  const chain = [...Array(50).keys()].map(i => op(i, [i, 1000 + i], [i + 1]));
  assert.equal(layered(chain).columns, 1);
});
