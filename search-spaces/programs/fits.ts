import { isList } from '../expressions/expression.js';
import { derivedTypes } from '../language/check-references.js';
import { compile } from '../genomes/compile.js';
import { decode } from '../genomes/decode.js';
import { elementId, memberId } from '../language/decision-id.js';
import { shapeOf } from '../language/decision-kinds.js';
import type { DecisionShape } from '../language/decision-shape.js';
import { encode } from '../genomes/encode.js';
import { deepEqual } from '../ground/json-equality.js';
import { parseSpace } from '../language/parse-space.js';
import type { SpaceProblem } from '../ground/space-error.js';
import { show } from '../ground/space-error.js';
import type { Space } from '../language/space.js';
import { isDecision, formOf } from '../language/space-form.js';
import { sweep } from '../enumeration/sweep.js';
import { traitsOf } from '../genomes/template.js';
import type { ValueType } from '../language/value-type.js';
import type { Schema } from './schema.js';
import { quoted, schemaNode } from './schema.js';
import { isBranch } from './tree.js';

/** Finite spaces of at most so many points are compared with a schema point by point where their shapes differ. */
const pointLimit = 10_000;

/**
 * What in a space does not fit a schema; null where every value of the space is one that the schema takes. Decided
 * without sampling, from candidates, ranges, bounds and keys; what cannot be decided so does not fit.
 */
export function fits(space: Space, schema: Schema): SpaceProblem | null {
  const parsed = parseSpace(space);
  return fitsIn(parsed, schema, derivedTypes(parsed));
}

/** The same for a part of a parsed space, with the types of the derived values of the whole. */
export function fitsIn(
  part: Space,
  schema: Schema,
  types: (derived: Space) => ValueType,
): SpaceProblem | null {
  return new Fit(types).problem(part, schema, '');
}

class Fit {
  private readonly types: (space: Space) => ValueType;

  constructor(types: (space: Space) => ValueType) {
    this.types = types;
  }

  problem(space: Space, schema: Schema, id: string): SpaceProblem | null {
    const wanted = schemaNode(schema);
    if (wanted.$kind === 'any') return null;
    const seen = formOf(space);
    const fail = (what: string): SpaceProblem => {
      const detail = `${what} does not fit ${describe(schema)}.`;
      return { code: 'does_not_fit', id, pos: null, detail };
    };
    const each = (spaces: readonly Space[]): SpaceProblem | null =>
      first(spaces, (one) => this.problem(one, schema, id));
    if (seen.kind === 'constrained' || seen.kind === 'frozen') return this.problem(seen.node.of, schema, id);
    if (seen.kind === 'decision') {
      const shape = shapeOf(seen.node);
      // A choice that states none of its candidates, such as a bool, is compared as a whole.
      if (shape.kind === 'choice' && shape.implied.length < shape.candidates.length)
        return each(shape.candidates);
    }
    switch (wanted.$kind) {
      case 'oneOf': {
        if (wanted.candidates.some((candidate) => this.problem(space, candidate, id) === null)) return null;
        return this.pointByPoint(space, schema, id);
      }
      case 'optional':
        return seen.kind === 'scalar' && seen.value === null ? null : this.problem(space, wanted.of, id);
      case 'string': {
        if (seen.kind === 'derived')
          return isOnly(this.types(space), 'string') ? null : fail('a derived value');
        const isText = (seen.kind === 'scalar' || seen.kind === 'const') && typeof seen.value === 'string';
        return isText ? null : fail(describeSpace(space));
      }
      case 'array':
        return this.items(space, wanted.items.length, wanted.items.length, (i) => wanted.items[i], id);
      case 'listOf':
        return this.items(space, wanted.min, wanted.max, () => wanted.of, id);
      case 'object':
        return this.members(space, wanted.members, id);
      case 'space':
        return this.inSpace(space, wanted.space, id);
      default:
        return wanted satisfies never;
    }
  }

  private members(
    space: Space,
    members: { readonly [key: string]: Schema },
    id: string,
  ): SpaceProblem | null {
    const fail = (detail: string): SpaceProblem => ({ code: 'does_not_fit', id, pos: null, detail });
    const seen = formOf(space);
    if (seen.kind === 'const' && isBranch(seen.value)) {
      const quotedMembers = Object.entries(seen.value).map(([key, value]) => [key, quoted(value)]);
      return this.members(Object.fromEntries(quotedMembers) as Space, members, id);
    }
    if (seen.kind !== 'object') return fail(`${describeSpace(space)} is no object.`);
    const missing = Object.keys(members).find(
      (key) => !Object.hasOwn(seen.of, key) && !isOptional(members[key]),
    );
    if (missing !== undefined) return fail(`the key ${show(missing)} is missing.`);
    return first(Object.entries(seen.of), ([key, member]) => {
      const schema = Object.hasOwn(members, key) ? members[key] : undefined;
      return schema === undefined
        ? fail(`the key ${show(key)} is unknown.`)
        : this.problem(member, schema, memberId(id, key));
    });
  }

  private items(
    space: Space,
    min: number,
    max: number,
    schemaAt: (i: number) => Schema | undefined,
    id: string,
  ): SpaceProblem | null {
    const fail = (detail: string): SpaceProblem => ({ code: 'does_not_fit', id, pos: null, detail });
    const seen = formOf(space);
    const wanted = min === max ? `${min}` : `${min} to ${max}`;
    const all = (
      least: number,
      most: number,
      itemsAt: (i: number) => readonly Space[],
    ): SpaceProblem | null => {
      if (least < min || most > max)
        return fail(
          `an array of ${wanted} is needed, not of ${least === most ? least : `${least} to ${most}`}.`,
        );
      return first(
        Array.from({ length: most }, (_, i) => i),
        (i) =>
          first(itemsAt(i), (item) => {
            const schema = schemaAt(i);
            return schema === undefined ? null : this.problem(item, schema, elementId(id, i));
          }),
      );
    };
    switch (seen.kind) {
      case 'array':
        return all(seen.items.length, seen.items.length, (i) => [seen.items[i] ?? null]);
      case 'decision': {
        const shape = shapeOf(seen.node);
        if (shape.kind === 'picks') return all(shape.k, shape.k, () => shape.candidates);
        if (shape.kind === 'length') return all(shape.min, shape.max, () => [shape.of]);
        break;
      }
      case 'const': {
        const { value } = seen;
        if (value === null || typeof value !== 'object' || !isList(value)) break;
        return all(value.length, value.length, (i) => [quoted(value[i] ?? null)]);
      }
      case 'scalar':
      case 'object':
      case 'derived':
      case 'constrained':
      case 'frozen':
        break;
      default:
        return seen satisfies never;
    }
    return fail(`${describeSpace(space)} is no array of ${wanted}.`);
  }

  private inSpace(space: Space, wanted: Space, id: string): SpaceProblem | null {
    const seen = formOf(space);
    const target = decidedBy(wanted);
    const fail: SpaceProblem = {
      code: 'does_not_fit',
      id,
      pos: null,
      detail: `${describeSpace(space)} does not fit ${describe(wanted)}.`,
    };
    if (seen.kind === 'derived') {
      const type = this.types(space);
      if (isBool(wanted)) return isOnly(type, 'boolean') ? null : fail;
      const inRange =
        target?.kind === 'float' &&
        isOnly(type, 'number') &&
        type.min >= target.min &&
        type.max <= target.max;
      return inRange ? null : fail;
    }
    if (seen.kind === 'scalar' || seen.kind === 'const') {
      const value = encode(wanted, seen.value);
      return value.ok ? null : { ...fail, detail: value.error.detail };
    }
    const given = decidedBy(space);
    if (target?.kind === 'float' && (given?.kind === 'float' || given?.kind === 'int')) {
      return given.min >= target.min && given.max <= target.max ? null : fail;
    }
    if (target?.kind === 'int' && given?.kind === 'int') {
      const { min, max } = target;
      const isAligned = (given.min - min) % target.step === 0;
      const isOnSteps = isAligned && (given.step % target.step === 0 || given.min === given.max);
      return isOnSteps && given.min >= min && given.max <= max ? null : fail;
    }
    if (isBool(wanted) && isBool(space)) return null;
    if (deepEqual(space, parseSpace(wanted))) return null;
    return this.pointByPoint(space, wanted, id);
  }

  /** null where each of the points of a small space fits. */
  private pointByPoint(space: Space, schema: Schema, id: string): SpaceProblem | null {
    const unknown: SpaceProblem = {
      code: 'does_not_fit',
      id,
      pos: null,
      detail: `${describeSpace(space)} does not fit ${describe(schema)}.`,
    };
    const { kind } = formOf(space);
    if (kind === 'const' || kind === 'scalar') return unknown;
    // A derived value may read paths outside of this part, so the part cannot be decoded by itself.
    const contents = traitsOf(space);
    if (contents.derives || contents.freezes) return unknown;
    const { plan } = compile(space);
    if (plan.size === 'infinite' || plan.size > BigInt(pointLimit)) return unknown;
    for (const genome of sweep(space)) {
      const value = decode(space, genome);
      if (this.problem(quoted(value), schema, id) !== null) {
        return { ...unknown, detail: `${show(value)} does not fit ${describe(schema)}.` };
      }
    }
    return null;
  }
}

function first<T>(items: readonly T[], find: (item: T) => SpaceProblem | null): SpaceProblem | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}

function isOptional(schema: Schema | undefined): boolean {
  return schema !== undefined && schemaNode(schema).$kind === 'optional';
}

function isOnly(type: ValueType, kind: 'string' | 'boolean' | 'number'): boolean {
  return type.kinds.size === 1 && type.kinds.has(kind);
}

/** What a space decides, if it is a decision itself. */
function decidedBy(space: Space): DecisionShape | null {
  return isDecision(space) ? shapeOf(space) : null;
}

function isBool(space: Space): boolean {
  return isDecision(space) && space.$kind === 'bool';
}

function describe(schema: Schema): string {
  const node = schemaNode(schema);
  return node.$kind === 'space' ? describeSpace(node.space) : node.$kind;
}

function describeSpace(space: Space): string {
  const seen = formOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
      return show(seen.value);
    case 'decision': {
      const shape = shapeOf(seen.node);
      const isNumber = shape.kind === 'int' || shape.kind === 'float';
      return isNumber ? `${seen.node.$kind} from ${shape.min} to ${shape.max}` : seen.node.$kind;
    }
    case 'array':
    case 'object':
    case 'derived':
    case 'constrained':
    case 'frozen':
      return seen.kind;
    default:
      return seen satisfies never;
  }
}
