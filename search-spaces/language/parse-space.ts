import { isPlainObject, isWellFormedText, type Json } from '../../foundation/json/index.js';
import { checkReferences } from './check-references.js';
import { candidateId, elementId, memberId } from './decision-id.js';
import type { Expression } from '../expressions/expression.js';
import { parseExpression } from '../expressions/parse-expression.js';
import type {
  Bool,
  Constraint,
  FloatDecision,
  FloatScale,
  IntDecision,
  IntScale,
  ListOf,
  ManyOf,
  Meta,
  OneOf,
  Optional,
  Permutation,
  Scalar,
  Space,
} from './space.js';
import type { ConstructionCode } from '../ground/space-error.js';
import { show, SpaceError } from '../ground/space-error.js';
import { isDecision, isNodeKind } from './space-form.js';

/** Limits on spaces, which may come from untrusted JSON. */
export const spaceLimits = {
  depth: 64,
  nodes: 100_000,
  textBytes: 65_536,
  points: 100_000,
  listLength: 4_096,
} as const;

/** Checks that a value is a space and returns it with every default filled in. Throws `SpaceError`. */
export function parseSpace(json: unknown): Space {
  const parser = new SpaceParser();
  const { space } = parser.parse(json, '', 0);
  if (parser.hasExpressions) checkReferences(space);
  return space;
}

/**
 * Checks a value as a part of a space, or of what a rewrite rule puts in place: everything but where references lead,
 * with `{ $expr }` where a rule computes a value. Throws `SpaceError`.
 */
export function checkNode(json: unknown): void {
  new SpaceParser('rules').parse(json, '', 0);
}

/** A checked space and how many decision points it has when every pick is counted with what lies below it. */
interface Parsed {
  readonly space: Space;
  readonly points: number;
}

type Fields = { readonly [key: string]: unknown };

function refuse(code: ConstructionCode, id: string, detail: string): never {
  throw new SpaceError({ code, id, pos: null, detail });
}

class SpaceParser {
  hasExpressions = false;
  private readonly names = new Map<string, string>();
  private readonly place: 'spaces' | 'rules';
  private nodes = 0;

  constructor(place: 'spaces' | 'rules' = 'spaces') {
    this.place = place;
  }

  parse(value: unknown, id: string, depth: number): Parsed {
    this.count(id, depth);
    if (isScalarLike(value)) return { space: scalar(value, id), points: 0 };
    if (Array.isArray(value)) return this.array(value, id, depth);
    if (!isPlainObject(value)) refuse('not_plain_json', id, `${show(value)} is not plain JSON.`);
    if (Object.hasOwn(value, '$kind')) return this.node(value, id, depth);
    if (this.place === 'rules' && Object.hasOwn(value, '$expr')) return { space: null, points: 0 };
    return this.object(value, id, depth);
  }

  private count(id: string, depth: number): void {
    if (depth > spaceLimits.depth) refuse('too_large', id, `nested deeper than ${spaceLimits.depth} levels.`);
    this.nodes++;
    if (this.nodes > spaceLimits.nodes) refuse('too_large', id, `more than ${spaceLimits.nodes} nodes.`);
  }

  private array(value: readonly unknown[], id: string, depth: number): Parsed {
    const items: Space[] = [];
    let points = 0;
    for (let i = 0; i < value.length; i++) {
      const item = this.parse(value[i], elementId(id, i), depth + 1);
      items.push(item.space);
      points += item.points;
    }
    return { space: items, points: limited(points, id) };
  }

  private object(value: Fields, id: string, depth: number): Parsed {
    refuseSymbols(value, id);
    const entries: [string, Space][] = [];
    let points = 0;
    for (const key of Object.keys(value)) {
      text(key, id);
      if (key === '__proto__' || (key.startsWith('$') && key !== '$call')) {
        refuse(
          'reserved_key',
          id,
          `the key ${show(key)} is reserved; quote data that needs it with constant().`,
        );
      }
      if (key === '$call' && typeof value[key] !== 'string') {
        refuse('reserved_key', id, 'the key "$call" must hold the name of a function.');
      }
      const member = this.parse(value[key], memberId(id, key), depth + 1);
      entries.push([key, member.space]);
      points += member.points;
    }
    return { space: Object.fromEntries(entries), points: limited(points, id) };
  }

  private node(value: Fields, id: string, depth: number): Parsed {
    refuseSymbols(value, id);
    const kind = value['$kind'];
    if (!isNodeKind(kind)) {
      refuse('unknown_kind', id, `${show(kind)} is no kind of node; quote data with constant().`);
    }
    switch (kind) {
      case 'const':
        onlyFields(value, ['value'], id);
        return { space: { $kind: 'const', value: this.verbatim(value['value'], id, depth) }, points: 0 };
      case 'oneOf': {
        const { candidates, points } = this.candidates(value, id, depth);
        decisionFields(value, ['candidates', 'weights'], id);
        const node: OneOf = {
          $kind: kind,
          candidates,
          ...weights(value, candidates.length, id),
          ...this.meta(value, id),
        };
        return { space: node, points: limited(1 + points, id) };
      }
      case 'manyOf': {
        const { candidates, points } = this.candidates(value, id, depth);
        decisionFields(value, ['k', 'candidates', 'distinct', 'sorted', 'weights'], id);
        const k = value['k'];
        if (!isCount(k) || k < 1) refuse('bad_k', id, `k must be an integer of at least 1, not ${show(k)}.`);
        const distinct = flag(value, 'distinct', true, id);
        if (distinct && k > candidates.length) {
          refuse(
            'k_above_candidates',
            id,
            `${k} distinct picks need ${k} candidates, not ${candidates.length}.`,
          );
        }
        const node: ManyOf = {
          $kind: kind,
          k,
          candidates,
          distinct,
          sorted: flag(value, 'sorted', false, id),
          ...weights(value, candidates.length, id),
          ...this.meta(value, id),
        };
        return { space: node, points: limited(k * (1 + points), id) };
      }
      case 'permutation': {
        const { candidates, points } = this.candidates(value, id, depth);
        decisionFields(value, ['candidates'], id);
        const node: Permutation = { $kind: kind, candidates, ...this.meta(value, id) };
        return { space: node, points: limited(candidates.length * (1 + points), id) };
      }
      case 'int': {
        decisionFields(value, ['min', 'max', 'step', 'scale'], id);
        return { space: { ...int(value, id), ...this.meta(value, id) }, points: 1 };
      }
      case 'float':
        decisionFields(value, ['min', 'max', 'scale'], id);
        return { space: { ...float(value, id), ...this.meta(value, id) }, points: 1 };
      case 'bool': {
        decisionFields(value, ['weights'], id);
        const node: Bool = { $kind: kind, ...weights(value, 2, id), ...this.meta(value, id) };
        return { space: node, points: 1 };
      }
      case 'optional': {
        decisionFields(value, ['of', 'weights'], id);
        const of = this.parse(value['of'], candidateId(id, 1, 2), depth + 1);
        const node: Optional = {
          $kind: kind,
          of: of.space,
          ...weights(value, 2, id),
          ...this.meta(value, id),
        };
        return { space: node, points: limited(1 + of.points, id) };
      }
      case 'listOf': {
        decisionFields(value, ['of', 'min', 'max'], id);
        const { min, max } = value;
        if (!isCount(min) || !isCount(max) || min < 0 || Object.is(min, -0)) {
          refuse('bad_bounds', id, `min and max must be lengths, not ${show(min)} and ${show(max)}.`);
        }
        if (min > max) refuse('min_above_max', id, `min ${min} is above max ${max}.`);
        if (max > spaceLimits.listLength) {
          refuse('too_large', id, `a list of more than ${spaceLimits.listLength} elements.`);
        }
        const of = this.parse(value['of'], elementId(id, '*'), depth + 1);
        const node: ListOf = { $kind: kind, of: of.space, min, max, ...this.meta(value, id) };
        return { space: node, points: limited(1 + max * of.points, id) };
      }
      case 'derived':
        onlyFields(value, ['expr'], id);
        return { space: { $kind: kind, expr: this.expression(value['expr'], id) }, points: 0 };
      case 'constrained': {
        onlyFields(value, ['of', 'constraints'], id);
        const of = this.parse(value['of'], id, depth + 1);
        const constraints = this.constraints(value['constraints'], id);
        return { space: { $kind: kind, of: of.space, constraints }, points: of.points };
      }
      case 'frozen': {
        onlyFields(value, ['of'], id);
        const of = this.parse(value['of'], id, depth + 1);
        if (!isDecision(of.space)) refuse('unknown_kind', id, 'only a decision can be frozen.');
        return { space: { $kind: kind, of: of.space }, points: of.points };
      }
      default:
        return kind satisfies never;
    }
  }

  private expression(value: unknown, id: string): Expression {
    this.hasExpressions = true;
    try {
      return parseExpression(value);
    } catch (error) {
      if (!(error instanceof SpaceError)) throw error;
      return refuse('bad_expr', id, error.id === '' ? error.detail : `${error.id}: ${error.detail}`);
    }
  }

  private constraints(value: unknown, id: string): readonly Constraint[] {
    if (!Array.isArray(value)) refuse('bad_expr', id, 'constraints must be an array of {expr, reason}.');
    const given: readonly unknown[] = value;
    return given.map((one) => {
      if (!isPlainObject(one)) refuse('bad_expr', id, `a constraint is {expr, reason}, not ${show(one)}.`);
      const { expr, reason, ...others } = one;
      if (typeof reason !== 'string' || Object.keys(others).length > 0) {
        refuse('bad_expr', id, 'a constraint has an expr and a reason as text, and nothing else.');
      }
      return { expr: this.expression(expr, id), reason: text(reason, id) };
    });
  }

  private candidates(
    value: Fields,
    id: string,
    depth: number,
  ): { candidates: readonly Space[]; points: number } {
    const given = value['candidates'];
    if (!Array.isArray(given) || given.length === 0) {
      refuse('no_candidates', id, 'candidates must be an array of at least one space.');
    }
    const candidates: Space[] = [];
    let points = 0;
    for (let i = 0; i < given.length; i++) {
      const candidate = this.parse(given[i], candidateId(id, i, given.length), depth + 1);
      candidates.push(candidate.space);
      points += candidate.points;
    }
    return { candidates, points };
  }

  private meta(value: Fields, id: string): Meta {
    const { name, tags, doc } = value;
    const meta: { name?: string; tags?: readonly string[]; doc?: string } = {};
    if (name !== undefined) {
      if (typeof name !== 'string' || name === '') refuse('bad_meta', id, 'a name is a non-empty string.');
      const other = this.names.get(text(name, id));
      if (other !== undefined) {
        refuse(
          'duplicate_name',
          id,
          `the name ${show(name)} is also that of the decision at ${show(other)}.`,
        );
      }
      this.names.set(name, id);
      meta.name = name;
    }
    if (tags !== undefined) {
      const isText = (tag: unknown): tag is string => typeof tag === 'string';
      if (!Array.isArray(tags) || !tags.every(isText))
        refuse('bad_meta', id, 'tags are an array of strings.');
      meta.tags = tags.map((tag) => text(tag, id));
    }
    if (doc !== undefined) {
      if (typeof doc !== 'string') refuse('bad_meta', id, 'doc is a string.');
      meta.doc = text(doc, id);
    }
    return meta;
  }

  /** Checks the inside of a constant without looking for nodes in it. */
  private verbatim(value: unknown, id: string, depth: number): Json {
    this.count(id, depth);
    if (isScalarLike(value)) return scalar(value, id);
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) this.verbatim(value[i], id, depth + 1);
      return value as readonly Json[];
    }
    if (!isPlainObject(value)) refuse('not_plain_json', id, `${show(value)} is not plain JSON.`);
    refuseSymbols(value, id);
    for (const key of Object.keys(value)) {
      text(key, id);
      this.verbatim(value[key], id, depth + 1);
    }
    return value as { readonly [key: string]: Json };
  }
}

function isScalarLike(value: unknown): value is Scalar {
  return (
    value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'
  );
}

function scalar(value: Scalar, id: string): Scalar {
  if (typeof value === 'string') return text(value, id);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    refuse('not_plain_json', id, `the number ${value} is not finite.`);
  }
  if (Object.is(value, -0)) refuse('not_plain_json', id, 'the number −0 does not survive JSON; write 0.');
  return value;
}

function text(value: string, id: string): string {
  if (value.length > spaceLimits.textBytes) {
    refuse('too_large', id, `a string of more than ${spaceLimits.textBytes} characters.`);
  }
  if (!isWellFormedText(value)) refuse('not_plain_json', id, 'a string with half a surrogate pair.');
  return value;
}

function refuseSymbols(value: Fields, id: string): void {
  if (Object.getOwnPropertySymbols(value).length > 0)
    refuse('not_plain_json', id, 'an object with a symbol as key.');
}

function limited(points: number, id: string): number {
  if (points > spaceLimits.points)
    refuse('too_large', id, `more than ${spaceLimits.points} decision points.`);
  return points;
}

function onlyFields(value: Fields, fields: readonly string[], id: string): void {
  for (const key of Object.keys(value)) {
    if (key !== '$kind' && !fields.includes(key)) {
      refuse(
        'unknown_field',
        id,
        `${show(value['$kind'])} has no field ${show(key)}; it has ${fields.join(', ')}.`,
      );
    }
  }
}

function decisionFields(value: Fields, fields: readonly string[], id: string): void {
  onlyFields(value, [...fields, 'name', 'tags', 'doc'], id);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function flag(value: Fields, field: string, byDefault: boolean, id: string): boolean {
  const given = value[field];
  if (given === undefined) return byDefault;
  if (typeof given !== 'boolean') refuse('not_plain_json', id, `${field} must be true or false.`);
  return given;
}

function weights(value: Fields, count: number, id: string): { readonly weights?: readonly number[] } {
  const given = value['weights'];
  if (given === undefined) return {};
  const isWeight = (weight: unknown): weight is number =>
    typeof weight === 'number' && Number.isFinite(weight) && weight > 0;
  if (!Array.isArray(given) || given.length !== count || !given.every(isWeight)) {
    refuse('bad_weights', id, `weights must be ${count} finite numbers above 0.`);
  }
  const copy: number[] = [...given];
  if (!Number.isFinite(copy.reduce((sum, weight) => sum + weight, 0))) {
    refuse('bad_weights', id, 'the sum of the weights is not finite.');
  }
  return { weights: copy };
}

function isIntScale(value: unknown): value is IntScale {
  return value === 'linear' || value === 'log';
}

function isFloatScale(value: unknown): value is FloatScale {
  return value === 'linear' || value === 'log' || value === 'reverseLog';
}

function int(value: Fields, id: string): IntDecision {
  const { min, max, step = 1, scale = 'linear' } = value;
  if (!isCount(min) || !isCount(max) || Object.is(min, -0) || Object.is(max, -0) || !isCount(max - min)) {
    refuse('bad_bounds', id, `min and max must be integers, not ${show(min)} and ${show(max)}.`);
  }
  if (min > max) refuse('min_above_max', id, `min ${min} is above max ${max}.`);
  if (!isCount(step) || step < 1)
    refuse('bad_step', id, `step must be an integer of at least 1, not ${show(step)}.`);
  if (!isIntScale(scale))
    refuse('unknown_scale', id, `the scale of an int is linear or log, not ${show(scale)}.`);
  if (scale === 'log' && min < 1)
    refuse('scale_needs_positive_min', id, `a log scale needs min ≥ 1, not ${min}.`);
  if (scale === 'log' && step !== 1) refuse('bad_step', id, `a log scale needs step 1, not ${step}.`);
  return { $kind: 'int', min, max, step, scale };
}

function float(value: Fields, id: string): FloatDecision {
  const { min, max, scale = 'linear' } = value;
  const isBound = (bound: unknown): bound is number =>
    typeof bound === 'number' && Number.isFinite(bound) && !Object.is(bound, -0);
  if (!isBound(min) || !isBound(max) || !Number.isFinite(max - min)) {
    refuse('bad_bounds', id, `min and max must be finite numbers, not ${show(min)} and ${show(max)}.`);
  }
  if (min > max) refuse('min_above_max', id, `min ${min} is above max ${max}.`);
  if (!isFloatScale(scale)) {
    refuse('unknown_scale', id, `the scale of a float is linear, log or reverseLog, not ${show(scale)}.`);
  }
  if (scale !== 'linear' && min <= 0) {
    refuse('scale_needs_positive_min', id, `the scale ${scale} needs min > 0, not ${min}.`);
  }
  return { $kind: 'float', min, max, scale };
}
