import type { Json } from '../../foundation/json/index.js';
import { isList } from '../expressions/expression.js';
import { shapeOf } from './decision-kinds.js';
import type { Decision, Space } from './space.js';
import { formOf } from './space-form.js';

export type ValueKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'any';

/** What a space says of a value before any decision: its kinds, the range of a number, the elements of an array. */
export interface ValueType {
  readonly kinds: ReadonlySet<ValueKind>;
  readonly min: number;
  readonly max: number;
  /** Of all elements together; null where there are none. */
  readonly items: ValueType | null;
  readonly mostItems: number;
}

const bare = { min: Infinity, max: -Infinity, items: null, mostItems: 0 };

export function typeOfKind(kind: ValueKind): ValueType {
  return { ...bare, kinds: new Set([kind]) };
}

export function numberType(min: number, max: number): ValueType {
  return { ...bare, kinds: new Set<ValueKind>(['number']), min, max };
}

export function arrayType(items: ValueType | null, mostItems: number): ValueType {
  return { ...bare, kinds: new Set<ValueKind>(['array']), items, mostItems };
}

/** The type of a value that has one of several types. */
export function unionOfTypes(types: readonly ValueType[]): ValueType {
  const kinds = new Set<ValueKind>();
  let { min, max, mostItems } = bare;
  const items: ValueType[] = [];
  for (const type of types) {
    for (const kind of type.kinds) kinds.add(kind);
    min = Math.min(min, type.min);
    max = Math.max(max, type.max);
    mostItems = Math.max(mostItems, type.mostItems);
    if (type.items !== null) items.push(type.items);
  }
  return { kinds, min, max, items: items.length === 0 ? null : unionOfTypes(items), mostItems };
}

export function typeOfValue(value: Json): ValueType {
  if (value === null) return typeOfKind('null');
  if (typeof value === 'number') return numberType(value, value);
  if (typeof value === 'boolean') return typeOfKind('boolean');
  if (typeof value === 'string') return typeOfKind('string');
  if (!isList(value)) return typeOfKind('object');
  return arrayType(value.length === 0 ? null : unionOfTypes(value.map(typeOfValue)), value.length);
}

/** The type of the values of a space; `ofDerived` gives that of a derived value. */
export function typeOfSpace(space: Space, ofDerived: (space: Space) => ValueType): ValueType {
  const seen = formOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
      return typeOfValue(seen.value);
    case 'array':
      return arrayType(seen.items.length === 0 ? null : typeOfAny(seen.items, ofDerived), seen.items.length);
    case 'object':
      return typeOfKind('object');
    case 'decision':
      return typeOfDecision(seen.node, ofDerived);
    case 'derived':
      return ofDerived(space);
    case 'constrained':
    case 'frozen':
      return typeOfSpace(seen.node.of, ofDerived);
    default:
      return seen satisfies never;
  }
}

function typeOfDecision(decision: Decision, ofDerived: (space: Space) => ValueType): ValueType {
  const shape = shapeOf(decision);
  switch (shape.kind) {
    case 'choice':
      return typeOfAny(shape.candidates, ofDerived);
    case 'picks':
      return arrayType(typeOfAny(shape.candidates, ofDerived), shape.k);
    case 'int':
    case 'float':
      return numberType(shape.min, shape.max);
    case 'length':
      return arrayType(shape.max === 0 ? null : typeOfSpace(shape.of, ofDerived), shape.max);
    default:
      return shape satisfies never;
  }
}

function typeOfAny(spaces: readonly Space[], ofDerived: (space: Space) => ValueType): ValueType {
  return unionOfTypes(spaces.map((one) => typeOfSpace(one, ofDerived)));
}
