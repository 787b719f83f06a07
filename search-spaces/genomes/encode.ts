import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { compile } from './compile.js';
import { isSatisfied } from './constraint-verdict.js';
import { elementId, memberId } from '../language/decision-id.js';
import type { LookUpContext } from '../expressions/evaluate-expression.js';
import { evaluateIn } from '../expressions/evaluate-expression.js';
import type { Expression } from '../expressions/expression.js';
import { valueAt } from '../expressions/expression.js';
import type { Genome } from '../views/genome.js';
import { deepEqual } from '../ground/json-equality.js';
import type { FloatPlan, IntPlan, LengthPlan, PicksPlan } from '../views/plan.js';
import { ProgramBuilder } from './program-builder.js';
import type { Sampled } from '../language/sampled.js';
import type { Space } from '../language/space.js';
import type { Result } from '../ground/space-error.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { FrozenTemplate, Template, TemplateTraits } from './template.js';

/** Steps of the search for fitting picks at most, because their number can be exponential. */
const stepLimit = 1_000_000;

/** The kinds whose values are containers in which paths are looked up. */
const scopeKinds: ReadonlySet<Template['kind']> = new Set(['array', 'object', 'picks', 'list']);

/** A part of a space without the constraints that decoding left undecided. */
function unwrapped(value: unknown): unknown {
  return isPlainObject(value) && value['$kind'] === 'constrained' ? value['of'] : value;
}

/**
 * The lexicographically smallest genome that decodes to the value. Fails with `no_match` at the deepest path that
 * was reached, or with `encode_too_hard`. Values are equal by JSON type; the order of keys does not count.
 */
export function encode<const S extends Space>(space: S, value: Sampled<S>): Result<Genome> {
  const { template, traits } = compile(space);
  if (template === null) throw new TypeError('encode needs the space; a view has no values.');
  const encoder = new Encoder(traits);
  const genome = encoder.match(template, value, '', 0);
  if (genome === null) return { ok: false, error: encoder.problem() };
  if (traits.freezes && (traits.derives || traits.constrains)) {
    const { value: made, violation } = new ProgramBuilder(genome, { quotes: true }).program(template);
    if (violation !== null) return { ok: false, error: violation };
    if (!deepEqual(made, value)) {
      const detail = 'what is derived or constrained differs.';
      return { ok: false, error: { code: 'no_match', id: '', pos: null, detail } };
    }
  }
  return { ok: true, value: genome };
}

class Encoder {
  /** Whether the value is a space itself, in which derived values are checked at the end. */
  private readonly quotes: boolean;
  private readonly derives: boolean;
  /** The containers around the present place, outermost first; only derived values need them. */
  private readonly scopes: unknown[] = [];
  private repetition = '';
  private steps = 0;
  private tooHard = false;
  private deepest = -1;
  private place = '';
  private detail = '';

  constructor({ freezes, derives }: TemplateTraits) {
    this.quotes = freezes;
    this.derives = derives;
  }

  problem(): { code: 'no_match' | 'encode_too_hard'; id: string; pos: null; detail: string } {
    if (this.tooHard) {
      const detail = `no fitting picks found in ${stepLimit} steps.`;
      return { code: 'encode_too_hard', id: this.place, pos: null, detail };
    }
    return { code: 'no_match', id: this.place, pos: null, detail: this.detail };
  }

  private fail(path: string, depth: number, detail: () => string): null {
    if (depth > this.deepest && !this.tooHard) {
      this.deepest = depth;
      this.place = path;
      this.detail = detail();
    }
    return null;
  }

  /** The smallest numbers under which the template has the value; null where there are none. */
  match(template: Template, value: unknown, path: string, depth: number): number[] | null {
    const isScope = this.derives && typeof value === 'object' && value !== null;
    if (!isScope || !scopeKinds.has(template.kind)) return this.matchNode(template, value, path, depth);
    this.scopes.push(value);
    const numbers = this.matchNode(template, value, path, depth);
    this.scopes.pop();
    return numbers;
  }

  private matchNode(template: Template, value: unknown, path: string, depth: number): number[] | null {
    switch (template.kind) {
      case 'fixed':
        if (deepEqual(template.value, value)) return [];
        return this.fail(path, depth, () => `${show(value)} is not the constant ${show(template.value)}.`);
      case 'array':
        return this.array(template.items, value, path, depth);
      case 'object':
        return this.object(template.keys, template.members, value, path, depth);
      case 'choice':
        return this.candidate(template.candidates, value, path, depth);
      case 'picks':
        return this.picks(template.plan, template.candidates, value, path, depth);
      case 'number':
        return this.number(template.plan, value, path, depth);
      case 'list':
        return this.list(template.plan, template.elements, value, path, depth);
      case 'derived':
        return this.quotes || this.isDerived(template.expr, value)
          ? []
          : this.fail(path, depth, () => `${show(value)} is not what is derived here.`);
      case 'constrained': {
        if (this.quotes) return this.match(template.of, unwrapped(value), path, depth);
        const violated = template.constraints.find(
          (constraint) => !isSatisfied(constraint, (steps) => valueAt(value as Json, steps)),
        );
        if (violated !== undefined) return this.fail(path, depth + 1, () => violated.reason);
        return this.match(template.of, value, path, depth);
      }
      case 'frozen':
        return this.frozen(template, value, path, depth);
      default:
        return template satisfies never;
    }
  }

  private array(items: readonly Template[], value: unknown, path: string, depth: number): number[] | null {
    if (!Array.isArray(value) || value.length !== items.length) {
      return this.fail(path, depth, () => `an array of ${items.length} is needed, not ${show(value)}.`);
    }
    const numbers: number[] = [];
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item === undefined) continue;
      const part = this.match(item, value[i], elementId(path, i), depth + 1);
      if (part === null) return null;
      for (const number of part) numbers.push(number);
    }
    return numbers;
  }

  private object(
    keys: readonly string[],
    members: readonly Template[],
    value: unknown,
    path: string,
    depth: number,
  ): number[] | null {
    if (!isPlainObject(value))
      return this.fail(path, depth, () => `an object is needed, not ${show(value)}.`);
    const missing = keys.find((key) => !Object.hasOwn(value, key));
    if (missing !== undefined) return this.fail(path, depth, () => `the key ${show(missing)} is missing.`);
    const given = Object.keys(value);
    if (given.length > keys.length) {
      const known = new Set(keys);
      return this.fail(
        path,
        depth,
        () => `the key ${show(given.find((key) => !known.has(key)))} is unknown.`,
      );
    }
    const numbers: number[] = [];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const member = members[i];
      if (key === undefined || member === undefined) continue;
      const part = this.match(member, value[key], memberId(path, key), depth + 1);
      if (part === null) return null;
      for (const number of part) numbers.push(number);
    }
    return numbers;
  }

  private list(
    plan: LengthPlan,
    elements: readonly Template[],
    value: unknown,
    path: string,
    depth: number,
  ): number[] | null {
    if (!Array.isArray(value) || value.length < plan.min || value.length > plan.max) {
      const wanted = `an array of ${plan.min} to ${plan.max}`;
      return this.fail(path, depth, () => `${wanted} is needed, not ${show(value)}.`);
    }
    const numbers = [value.length];
    for (let i = 0; i < value.length; i++) {
      const element = elements[i];
      if (element === undefined) continue;
      const part = this.repeated(i, () => this.match(element, value[i], elementId(path, i), depth + 1));
      if (part === null) return null;
      for (const number of part) numbers.push(number);
    }
    return numbers;
  }

  /** Matches below one pick or element, where the names of frozen decisions carry its number. */
  private repeated<T>(place: number, match: () => T): T {
    const before = this.repetition;
    this.repetition = `${before}[${place}]`;
    const result = match();
    this.repetition = before;
    return result;
  }

  private isDerived(expr: Expression, value: unknown): boolean {
    const lookUp: LookUpContext['lookUp'] = (steps) => {
      for (let i = this.scopes.length - 1; i >= 0; i--) {
        const found = valueAt(this.scopes[i] as Json, steps);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    try {
      return deepEqual(evaluateIn(expr, { lookUp }), value);
    } catch (error) {
      // The value is not one of this space: the paths that the expression reads may be missing.
      if (error instanceof SpaceError) return false;
      throw error;
    }
  }

  private frozen(template: FrozenTemplate, value: unknown, path: string, depth: number): number[] | null {
    const fail = (): null =>
      this.fail(path, depth, () => `${show(value)} is not the decision that stands here.`);
    if (!isPlainObject(value)) return fail();
    const { candidates, of, ...fields } = value;
    const { node, parts } = template;
    const name = node.name === undefined ? {} : { name: node.name + this.repetition };
    const expected: { readonly [key: string]: unknown } = { ...node, ...name };
    const { candidates: _candidates, of: _of, ...expectedFields } = expected;
    if (!deepEqual(fields, expectedFields)) return fail();
    if (parts.length === 0) return deepEqual(value, expected) ? [] : fail();
    if (!('candidates' in node)) {
      const [part] = parts;
      return part === undefined ? [] : this.match(part, of, memberId(path, 'of'), depth + 1);
    }
    if (!Array.isArray(candidates)) return fail();
    return this.array(parts, candidates, memberId(path, 'candidates'), depth + 1);
  }

  /** The first candidate that fits. */
  private candidate(
    candidates: readonly Template[],
    value: unknown,
    path: string,
    depth: number,
  ): number[] | null {
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i];
      const inner = candidate === undefined ? null : this.match(candidate, value, path, depth);
      if (inner !== null) return [i, ...inner];
    }
    return null;
  }

  private picks(
    plan: PicksPlan,
    candidates: readonly Template[],
    value: unknown,
    path: string,
    depth: number,
  ): number[] | null {
    if (!Array.isArray(value) || value.length !== plan.k) {
      return this.fail(path, depth, () => `an array of ${plan.k} is needed, not ${show(value)}.`);
    }
    // fits[pick]: the candidates that the element can come from, in order, each with its smallest numbers.
    const fits: (readonly [number, readonly number[]])[][] = [];
    for (let pick = 0; pick < plan.k; pick++) {
      const own: (readonly [number, readonly number[]])[] = [];
      candidates.forEach((candidate, index) => {
        const match = (): number[] | null =>
          this.match(candidate, value[pick], elementId(path, pick), depth + 1);
        const inner = plan.k === 1 ? match() : this.repeated(pick, match);
        if (inner !== null) own.push([index, inner]);
      });
      if (own.length === 0) return null;
      fits.push(own);
    }
    const chosen: (readonly [number, readonly number[]])[] = [];
    const used = new Set<number>();
    const search = (pick: number): boolean => {
      const previous = chosen[pick - 1]?.[0] ?? -1;
      for (const fit of fits[pick] ?? []) {
        if (++this.steps > stepLimit) {
          this.place = path;
          this.tooHard = true;
          return false;
        }
        const [index] = fit;
        if ((plan.sorted && index < previous) || (plan.distinct && used.has(index))) continue;
        chosen.push(fit);
        used.add(index);
        if (pick + 1 === plan.k || search(pick + 1)) return true;
        chosen.pop();
        if (plan.distinct) used.delete(index);
        if (this.tooHard) return false;
      }
      return false;
    };
    if (search(0)) return chosen.flatMap(([index, inner]) => [index, ...inner]);
    const rules = [plan.distinct ? 'distinct' : '', plan.sorted ? 'sorted' : ''].filter(
      (rule) => rule !== '',
    );
    // Every element fits by itself, so report the failure here and not at a deeper path that the search has tried.
    this.deepest = depth;
    return this.fail(
      path,
      depth + 1,
      () => `no ${rules.join(' and ')} picks give these elements in this order.`,
    );
  }

  private number(plan: IntPlan | FloatPlan, value: unknown, path: string, depth: number): number[] | null {
    const { min, max } = plan.node;
    const isInt = plan.node.kind === 'int';
    const what = isInt ? `an integer from ${min} to ${max}` : `a number from ${min} to ${max}`;
    if (typeof value !== 'number' || !(value >= min && value <= max) || (isInt && !Number.isInteger(value))) {
      return this.fail(path, depth, () => `${what} is needed, not ${show(value)}.`);
    }
    if (plan.kind === 'int' && (value - min) % plan.node.step !== 0) {
      const { step } = plan.node;
      return this.fail(path, depth, () => `${what} in steps of ${step} is needed, not ${value}.`);
    }
    return [value === 0 ? 0 : value];
  }
}
