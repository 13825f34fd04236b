// What is pointed at in one graph, found again in another: a rewrite gives operators and tensors other numbers.

import type { Focus, Picture } from './picture.js';

type Numbered = { id: number; origin: number | null };

/** The same thing in the picture `to`; null when it is not there. A transfer belongs to its own plan alone. */
export function carried(focus: Focus | null, from: Picture, to: Picture): Focus | null {
  if (focus === null || from.model === to.model) {
    return focus;
  }
  switch (focus.kind) {
    case 'operator':
    case 'tensor': {
      const [id] = focus.kind === 'operator' ? carriedOperators([focus.id], from, to) : carriedTensors([focus.id], from, to);
      return id === undefined ? null : { kind: focus.kind, id };
    }
    case 'stage': {
      const members = new Set(carriedOperators(from.stages.get(focus.id)?.operators ?? [], from, to));
      const found = [...to.stages].find(([, stage]) => stage.operators.some(op => members.has(op)));
      return found === undefined ? null : { kind: 'stage', id: found[0] };
    }
    case 'buffer': {
      const rect = from.buffer.get(focus.id);
      const held = new Set(carriedTensors(rect?.tensors ?? [], from, to));
      const found = [...to.buffer.values()].find(r => r.role === rect?.role && r.tensors.some(t => held.has(t)));
      return found === undefined ? null : { kind: 'buffer', id: found.buffer };
    }
    case 'transfer':
      return null;
  }
}

/** Operators by their numbers in the other graph; those that it does not have are left out. */
export function carriedOperators(ids: Iterable<number>, from: Picture, to: Picture): number[] {
  return renumbered(ids, from.model.operators, to.model.operators);
}

function carriedTensors(ids: Iterable<number>, from: Picture, to: Picture): number[] {
  return renumbered(ids, from.model.tensors, to.model.tensors);
}

function renumbered(ids: Iterable<number>, from: readonly Numbered[], to: readonly Numbered[]): number[] {
  const there = new Map(to.flatMap(item => (item.origin === null ? [] : [[item.origin, item.id] as const])));
  return [...ids].flatMap(id => there.get(from[id]?.origin ?? -1) ?? []);
}
