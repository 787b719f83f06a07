import type { Json } from '../../foundation/json/index.js';
import type { Space } from '../language/space.js';

/** Any JSON value. */
export interface AnySchema {
  readonly $kind: 'any';
}

/** Any string. */
export interface TextSchema {
  readonly $kind: 'string';
}

/** A schema of the elements of an array. */
export interface ListSchema {
  readonly $kind: 'listOf';
  readonly of: Schema;
  readonly min: number;
  readonly max: number;
}

/** null, or what another schema takes. */
export interface OptionalSchema {
  readonly $kind: 'optional';
  readonly of: Schema;
}

/** What one of several schemas takes. */
export interface AlternativesSchema {
  readonly $kind: 'oneOf';
  readonly candidates: readonly Schema[];
}

/** A schema of the members of an object. */
export type ObjectSchema = SchemaMembers & { readonly $kind?: never };

// An intersection for the same reason as in `ObjectSpace`.
interface SchemaMembers {
  readonly [key: string]: Schema;
}

/** What values an argument may have: a space, in which `any` and `string` may stand too. */
export type Schema =
  | Space
  | AnySchema
  | TextSchema
  | ListSchema
  | OptionalSchema
  | AlternativesSchema
  | ObjectSchema
  | readonly Schema[];

export const any: AnySchema = { $kind: 'any' };
export const string: TextSchema = { $kind: 'string' };

/** A schema as one of its kinds. */
export type SchemaNode =
  | AnySchema
  | TextSchema
  | ListSchema
  | OptionalSchema
  | AlternativesSchema
  | { readonly $kind: 'object'; readonly members: { readonly [key: string]: Schema } }
  | { readonly $kind: 'array'; readonly items: readonly Schema[] }
  | { readonly $kind: 'space'; readonly space: Space };

/** Which kind a schema is; one that is neither an array, an object nor of a schema's kind is a space. */
export function schemaNode(schema: Schema): SchemaNode {
  if (schema === null || typeof schema !== 'object') return { $kind: 'space', space: schema };
  if (isArray(schema)) return { $kind: 'array', items: schema };
  switch (schema.$kind) {
    case undefined:
      return { $kind: 'object', members: schema };
    case 'any':
    case 'string':
    case 'listOf':
    case 'optional':
    case 'oneOf':
      return schema;
    default:
      return { $kind: 'space', space: schema };
  }
}

function isArray(schema: Schema): schema is readonly Schema[] {
  return Array.isArray(schema);
}

/** A value as the space that has it as its only point. */
export function quoted(value: Json): Space {
  return { $kind: 'const', value };
}
