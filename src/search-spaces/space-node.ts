import type { Json } from '../numerics/canonical-json.js';
import type {
  Bool,
  Constant,
  FloatDecision,
  IntDecision,
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
  | { readonly kind: 'optional'; readonly node: Optional };

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
    default:
      return space satisfies never;
  }
}

function constantNode(space: Constant): SpaceNode {
  return { kind: 'const', value: space.value };
}
