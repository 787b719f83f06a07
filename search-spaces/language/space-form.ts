import type { Json } from '../../foundation/json/index.js';
import { elementId, memberId } from './decision-id.js';
import { isDecisionKind, shapeOf } from './decision-kinds.js';
import type { DecisionKindName } from './decision-kinds.js';
import type { Constrained, Decision, Derived, Frozen, ObjectSpace, Scalar, Space } from './space.js';

/** The kinds of nodes that are no decisions themselves. */
type OtherKindName = 'const' | 'derived' | 'constrained' | 'frozen';

/** The name of a kind of node, as `$kind` has it. */
export type NodeKindName = DecisionKindName | OtherKindName;

/** A space seen as one of its forms. What a decision decides is its `shapeOf`. */
export type SpaceForm =
  | { readonly kind: 'scalar'; readonly value: Scalar }
  | { readonly kind: 'const'; readonly value: Json }
  | { readonly kind: 'array'; readonly items: readonly Space[] }
  | { readonly kind: 'object'; readonly of: ObjectSpace }
  | { readonly kind: 'decision'; readonly node: Decision }
  | { readonly kind: 'derived'; readonly node: Derived }
  | { readonly kind: 'constrained'; readonly node: Constrained }
  | { readonly kind: 'frozen'; readonly node: Frozen };

function isArray(space: Space): space is readonly Space[] {
  return Array.isArray(space);
}

function isObject(space: Exclude<Space, Scalar | readonly Space[]>): space is ObjectSpace {
  return space.$kind === undefined;
}

/** Whether a value names a kind of node. */
export function isNodeKind(name: unknown): name is NodeKindName {
  const others: readonly unknown[] = ['const', 'derived', 'constrained', 'frozen'] satisfies OtherKindName[];
  return others.includes(name) || (typeof name === 'string' && isDecisionKind(name));
}

/** Which form a (checked) space has. */
export function formOf(space: Space): SpaceForm {
  if (space === null || typeof space !== 'object') return { kind: 'scalar', value: space };
  if (isArray(space)) return { kind: 'array', items: space };
  if (isObject(space)) return { kind: 'object', of: space };
  switch (space.$kind) {
    case 'const':
      return { kind: 'const', value: space.value };
    case 'derived':
      return { kind: 'derived', node: space };
    case 'constrained':
      return { kind: 'constrained', node: space };
    case 'frozen':
      return { kind: 'frozen', node: space };
    default:
      return { kind: 'decision', node: space };
  }
}

/** Whether a space is a decision itself. */
export function isDecision(space: Space): space is Decision {
  return formOf(space).kind === 'decision';
}

/** The spaces that stand in the node of a decision: its candidates, or its `of`. */
export function partsOf(decision: Decision): readonly Space[] {
  if ('candidates' in decision) return decision.candidates;
  return 'of' in decision ? [decision.of] : [];
}

/** Where one of these stands in the JSON of the node, if the node stands at `place`. */
export function partPlace(decision: Decision, place: string, index: number): string {
  return 'candidates' in decision ? elementId(memberId(place, 'candidates'), index) : memberId(place, 'of');
}

/**
 * A decision with the spaces in its node replaced. The index is that of the candidate among all of a choice or
 * multi-choice: `of` of an optional is candidate 1.
 */
export function mapParts(decision: Decision, change: (part: Space, candidate: number) => Space): Decision {
  if ('candidates' in decision) return { ...decision, candidates: decision.candidates.map(change) };
  return 'of' in decision ? { ...decision, of: change(decision.of, impliedIn(decision)) } : decision;
}

function impliedIn(decision: Decision): number {
  const shape = shapeOf(decision);
  return shape.kind === 'choice' ? shape.implied.length : 0;
}

/** The same, except that what stands in a list that is always empty, and so is never decided, stays. */
export function mapDecision(decision: Decision, change: (part: Space, candidate: number) => Space): Decision {
  return isAlwaysEmpty(decision) ? decision : mapParts(decision, change);
}

function isAlwaysEmpty(decision: Decision): boolean {
  const shape = shapeOf(decision);
  return shape.kind === 'length' && shape.max === 0;
}

/** The spaces that stand directly in a space. */
export function innerSpaces(space: Space): readonly Space[] {
  const seen = formOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
    case 'derived':
      return [];
    case 'array':
      return seen.items;
    case 'object':
      return Object.values(seen.of);
    case 'decision':
      return partsOf(seen.node);
    case 'constrained':
    case 'frozen':
      return [seen.node.of];
    default:
      return seen satisfies never;
  }
}

/**
 * The spaces in a space that are decided together with it, each with its id where the space has the id `id`. Those in a
 * decision are not among them, as they are decided only once it is; those in a frozen one are.
 */
export function sideBySide(space: Space, id: string): readonly (readonly [Space, string])[] {
  const seen = formOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
    case 'derived':
    case 'decision':
      return [];
    case 'array':
      return seen.items.map((item, i) => [item, elementId(id, i)]);
    case 'object':
      return Object.entries(seen.of).map(([key, member]) => [member, memberId(id, key)]);
    case 'constrained':
      return [[seen.node.of, id]];
    case 'frozen': {
      const { of } = seen.node;
      return isAlwaysEmpty(of) ? [] : partsOf(of).map((part, i) => [part, partPlace(of, id, i)]);
    }
    default:
      return seen satisfies never;
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
  const inside = (part: Space, partId: string): Space => mapSpace(part, partId, decide, constrain);
  const seen = formOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
    case 'derived':
      return space;
    case 'array':
      return seen.items.map((item, i) => inside(item, elementId(id, i)));
    case 'object': {
      const entries = Object.entries(seen.of).map(
        ([key, member]) => [key, inside(member, memberId(id, key))] as const,
      );
      return Object.fromEntries(entries);
    }
    case 'constrained':
      return constrain({ ...seen.node, of: inside(seen.node.of, id) });
    case 'frozen': {
      const { of } = seen.node;
      return { $kind: 'frozen', of: mapDecision(of, (part, i) => inside(part, partPlace(of, id, i))) };
    }
    case 'decision':
      return decide(seen.node, id);
    default:
      return seen satisfies never;
  }
}
