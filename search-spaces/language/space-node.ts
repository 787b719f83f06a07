import type { Json } from '../../foundation/json/index.js';
import { elementId, memberId } from './decision-id.js';
import type {
  Bool,
  Constant,
  Constrained,
  Decision,
  Derived,
  FloatDecision,
  Frozen,
  IntDecision,
  ListOf,
  ManyOf,
  ObjectSpace,
  OneOf,
  Optional,
  Permutation,
  Scalar,
  Space,
} from './space.js';

/** A space seen as one of its kinds, with every default filled in. */
export type SpaceNode =
  | { readonly kind: 'scalar'; readonly value: Scalar }
  | { readonly kind: 'const'; readonly value: Json }
  | { readonly kind: 'array'; readonly items: readonly Space[] }
  | { readonly kind: 'object'; readonly of: ObjectSpace }
  | { readonly kind: 'oneOf'; readonly node: OneOf }
  | { readonly kind: 'manyOf'; readonly node: ManyOf; readonly distinct: boolean; readonly sorted: boolean }
  | { readonly kind: 'permutation'; readonly node: Permutation }
  | {
      readonly kind: 'int';
      readonly node: IntDecision;
      readonly step: number;
      readonly scale: 'linear' | 'log';
    }
  | {
      readonly kind: 'float';
      readonly node: FloatDecision;
      readonly scale: 'linear' | 'log' | 'reverseLog';
    }
  | { readonly kind: 'bool'; readonly node: Bool }
  | { readonly kind: 'optional'; readonly node: Optional }
  | { readonly kind: 'listOf'; readonly node: ListOf }
  | { readonly kind: 'derived'; readonly node: Derived }
  | { readonly kind: 'constrained'; readonly node: Constrained }
  | { readonly kind: 'frozen'; readonly node: Frozen };

function isArray(space: Space): space is readonly Space[] {
  return Array.isArray(space);
}

function isObject(space: Exclude<Space, Scalar | readonly Space[]>): space is ObjectSpace {
  return space.$kind === undefined;
}

/** Which kind of node a (checked) space is. */
export function nodeOf(space: Space): SpaceNode {
  if (space === null || typeof space !== 'object') return { kind: 'scalar', value: space };
  if (isArray(space)) return { kind: 'array', items: space };
  if (isObject(space)) return { kind: 'object', of: space };
  switch (space.$kind) {
    case 'const':
      return constantNode(space);
    case 'oneOf':
      return { kind: 'oneOf', node: space };
    case 'manyOf':
      return { kind: 'manyOf', node: space, distinct: space.distinct ?? true, sorted: space.sorted ?? false };
    case 'permutation':
      return { kind: 'permutation', node: space };
    case 'int':
      return { kind: 'int', node: space, step: space.step ?? 1, scale: space.scale ?? 'linear' };
    case 'float':
      return { kind: 'float', node: space, scale: space.scale ?? 'linear' };
    case 'bool':
      return { kind: 'bool', node: space };
    case 'optional':
      return { kind: 'optional', node: space };
    case 'listOf':
      return { kind: 'listOf', node: space };
    case 'derived':
      return { kind: 'derived', node: space };
    case 'constrained':
      return { kind: 'constrained', node: space };
    case 'frozen':
      return { kind: 'frozen', node: space };
    default:
      return space satisfies never;
  }
}

function constantNode(space: Constant): SpaceNode {
  return { kind: 'const', value: space.value };
}

/** The spaces that stand directly in a space. */
export function innerSpaces(space: Space): readonly Space[] {
  const seen = nodeOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
    case 'int':
    case 'float':
    case 'bool':
    case 'derived':
      return [];
    case 'array':
      return seen.items;
    case 'object':
      return Object.values(seen.of);
    case 'oneOf':
    case 'manyOf':
    case 'permutation':
      return seen.node.candidates;
    case 'optional':
    case 'listOf':
    case 'constrained':
      return [seen.node.of];
    case 'frozen':
      return [seen.node.of];
    default:
      return seen satisfies never;
  }
}

/** The parts of a frozen decision, each with the id under which what is decided in it stands. */
export function insideFrozen(decision: Decision, id: string): readonly (readonly [Space, string])[] {
  switch (decision.$kind) {
    case 'oneOf':
    case 'manyOf':
    case 'permutation': {
      const list = memberId(id, 'candidates');
      return decision.candidates.map((candidate, i) => [candidate, elementId(list, i)]);
    }
    case 'optional':
      return [[decision.of, memberId(id, 'of')]];
    case 'listOf':
      return decision.max === 0 ? [] : [[decision.of, memberId(id, 'of')]];
    case 'int':
    case 'float':
    case 'bool':
      return [];
    default:
      return decision satisfies never;
  }
}

/** A decision with the spaces in it replaced: its candidates, or its `of`. */
export function mapDecision(decision: Decision, change: (inner: Space, index: number) => Space): Decision {
  switch (decision.$kind) {
    case 'oneOf':
    case 'manyOf':
    case 'permutation':
      return { ...decision, candidates: decision.candidates.map(change) };
    case 'optional':
      return { ...decision, of: change(decision.of, 0) };
    case 'listOf':
      // What stands in a list that is always empty is never decided.
      return decision.max === 0 ? decision : { ...decision, of: change(decision.of, 0) };
    case 'int':
    case 'float':
    case 'bool':
      return decision;
    default:
      return decision satisfies never;
  }
}

/** Whether a space is a decision itself. */
export function isDecision(space: Space): space is Decision {
  const { kind } = nodeOf(space);
  switch (kind) {
    case 'oneOf':
    case 'manyOf':
    case 'permutation':
    case 'int':
    case 'float':
    case 'bool':
    case 'optional':
    case 'listOf':
      return true;
    case 'scalar':
    case 'const':
    case 'array':
    case 'object':
    case 'derived':
    case 'constrained':
    case 'frozen':
      return false;
    default:
      return kind satisfies never;
  }
}

/**
 * A space with its outermost decisions, those in frozen ones included, replaced; `id` is where the space stands.
 * `constrain` replaces constrained parts after the decisions in them.
 */
export function mapSpace(
  space: Space,
  id: string,
  decide: (decision: Decision, id: string) => Space,
  constrain: (node: Constrained) => Space = (node) => node,
): Space {
  const seen = nodeOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
    case 'derived':
      return space;
    case 'array':
      return seen.items.map((item, i) => mapSpace(item, elementId(id, i), decide, constrain));
    case 'object': {
      const entries = Object.entries(seen.of).map(
        ([key, member]) => [key, mapSpace(member, memberId(id, key), decide, constrain)] as const,
      );
      return Object.fromEntries(entries);
    }
    case 'constrained':
      return constrain({ ...seen.node, of: mapSpace(seen.node.of, id, decide, constrain) });
    case 'frozen': {
      const list = memberId(id, 'candidates');
      const inside = (inner: Space, i: number): Space =>
        mapSpace(
          inner,
          'candidates' in seen.node.of ? elementId(list, i) : memberId(id, 'of'),
          decide,
          constrain,
        );
      return { $kind: 'frozen', of: mapDecision(seen.node.of, inside) };
    }
    case 'oneOf':
    case 'manyOf':
    case 'permutation':
    case 'int':
    case 'float':
    case 'bool':
    case 'optional':
    case 'listOf':
      return decide(seen.node, id);
    default:
      return seen satisfies never;
  }
}
