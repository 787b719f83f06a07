import type { Json } from '../numerics/canonical-json.js';
import type { ChoicePlan, FloatPlan, IntPlan, PicksPlan, Plan, PlanNode } from './plan.js';
import type { ObjectSpace, Space } from './space.js';
import { nodeOf } from './space-node.js';

/** The shape of a space's values, with the plan of each decision at its place. */
export type Template =
  /** Nothing is decided here: the value is shared by all decoded programs. */
  | { readonly kind: 'fixed'; readonly value: Json }
  | { readonly kind: 'array'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly members: readonly Template[] }
  | { readonly kind: 'choice'; readonly plan: ChoicePlan; readonly candidates: readonly Template[] }
  | { readonly kind: 'picks'; readonly plan: PicksPlan; readonly candidates: readonly Template[] }
  | { readonly kind: 'number'; readonly plan: IntPlan | FloatPlan };

/** The template of a space whose plan is given: both list the decisions in the same order. */
export function templateOfSpace(space: Space, plan: Plan): Template {
  const remaining = [...plan.nodes].reverse();
  return build(space, () => {
    const next = remaining.pop();
    if (next === undefined) throw new Error('A plan has fewer decisions than its space.');
    return next;
  });
}

function fixed(value: Json): Template {
  return { kind: 'fixed', value };
}

function choice(next: PlanNode, candidates: (sub: readonly Plan[]) => readonly Template[]): Template {
  if (next.kind !== 'choice') throw new Error(`A plan has ${next.kind} where its space has a choice.`);
  return { kind: 'choice', plan: next, candidates: candidates(next.sub) };
}

function underCandidates(candidates: readonly Space[], sub: readonly Plan[]): readonly Template[] {
  return candidates.map((candidate, i) =>
    templateOfSpace(candidate, sub[i] ?? { nodes: [], size: 1n, length: 0 }),
  );
}

function build(space: Space, nextPlan: () => PlanNode): Template {
  const seen = nodeOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
      return fixed(seen.value);
    case 'array': {
      const items = seen.items.map((item) => build(item, nextPlan));
      if (!items.every((item) => item.kind === 'fixed')) return { kind: 'array', items };
      const values = items.map((item) => item.value);
      return fixed(isUnchangedArray(seen.items, values) ? seen.items : values);
    }
    case 'object': {
      const keys = Object.keys(seen.of);
      const sources = Object.values(seen.of);
      const members = sources.map((member) => build(member, nextPlan));
      if (!members.every((member) => member.kind === 'fixed')) return { kind: 'object', keys, members };
      const values = members.map((member) => member.value);
      if (isUnchangedObject(seen.of, values)) return fixed(seen.of);
      return fixed(Object.fromEntries(keys.map((key, i) => [key, values[i] ?? null])));
    }
    case 'oneOf': {
      const { candidates } = seen.node;
      return choice(nextPlan(), (sub) => underCandidates(candidates, sub));
    }
    case 'bool':
      return choice(nextPlan(), () => [fixed(false), fixed(true)]);
    case 'optional': {
      const { of } = seen.node;
      return choice(nextPlan(), (sub) => underCandidates([null, of], sub));
    }
    case 'manyOf':
    case 'permutation': {
      const plan = nextPlan();
      if (plan.kind !== 'picks') throw new Error(`A plan has ${plan.kind} where its space has picks.`);
      return { kind: 'picks', plan, candidates: underCandidates(seen.node.candidates, plan.sub) };
    }
    case 'int':
    case 'float': {
      const plan = nextPlan();
      if (plan.kind !== 'int' && plan.kind !== 'float') {
        throw new Error(`A plan has ${plan.kind} where its space has a number.`);
      }
      return { kind: 'number', plan };
    }
    default:
      return seen satisfies never;
  }
}

function isUnchangedArray(
  items: readonly Space[],
  values: readonly Json[],
): items is readonly Space[] & readonly Json[] {
  return items.every((item, i) => item === values[i]);
}

function isUnchangedObject(
  of: ObjectSpace,
  values: readonly Json[],
): of is ObjectSpace & { readonly [key: string]: Json } {
  return Object.values(of).every((member, i) => member === values[i]);
}
