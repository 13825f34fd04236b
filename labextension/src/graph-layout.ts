// Operators in layers: each below all that it reads from, in the column of what it mainly continues. Pure.

import type { OperatorInfo } from './protocol.js';

export type Placed = { id: number; layer: number; column: number };
export type Edge = { from: number; to: number; tensor: number };
export type GraphLayout = { nodes: Placed[]; edges: Edge[]; layers: number; columns: number };

/** Operators come in an order in which producers are before consumers, as in a model's file. */
export function layered(operators: readonly OperatorInfo[]): GraphLayout {
  const producer = new Map(operators.flatMap(op => op.outputs.map(t => [t, op.id] as const)));
  const edges = operators.flatMap(op => [...new Set(op.inputs)].flatMap(tensor => {
    const from = producer.get(tensor);
    return from === undefined ? [] : [{ from, to: op.id, tensor }];
  }));
  const feeds = new Map<number, number[]>();
  edges.forEach(e => feeds.set(e.to, [...(feeds.get(e.to) ?? []), e.from]));
  const placed = new Map<number, Placed>();
  const taken = new Map<number, Set<number>>();
  const free = (layer: number, wanted: number): number => {
    const used = taken.get(layer) ?? new Set();
    let column = wanted;
    while (used.has(column)) {
      column++;
    }
    taken.set(layer, used.add(column));
    return column;
  };
  for (const op of operators) {
    const before = (feeds.get(op.id) ?? []).flatMap(id => placed.get(id) ?? []);
    const layer = before.reduce((deepest, n) => Math.max(deepest, n.layer + 1), 0);
    const wanted = before.reduce((least, n) => Math.min(least, n.column), before.length === 0 ? 0 : Infinity);
    placed.set(op.id, { id: op.id, layer, column: free(layer, wanted) });
  }
  const nodes = [...placed.values()];
  const most = (of: (n: Placed) => number): number => nodes.reduce((max, n) => Math.max(max, of(n) + 1), 0);
  return { nodes, edges, layers: most(n => n.layer), columns: most(n => n.column) };
}
