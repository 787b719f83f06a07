import { idAtPlace } from '../views/active-node.js';
import type { Decisions } from './compile.js';
import { compile } from './compile.js';
import type { Genome } from '../views/genome.js';
import type { ChoicePlan, FloatPlan, IntPlan, LengthPlan, PicksPlan, Plan } from '../views/plan.js';
import type { GenomeCode, Result } from '../ground/space-error.js';
import { show, SpaceError } from '../ground/space-error.js';

/**
 * Whether a value is a genome of a space or view: the one check that every function uses. Reports the first failure in
 * genome order. Constraints come last, and only where the space itself is given. −0 counts as 0 and becomes 0 in the
 * returned genome.
 */
export function validate(x: Decisions, genome: unknown): Result<Genome> {
  const compiled = compile(x);
  const result = validatePlan(compiled.plan, genome);
  if (!result.ok || !compiled.traits.constrains) return result;
  const violation = compiled.violation(result.value);
  return violation === null ? result : { ok: false, error: violation };
}

/** The genome, or a thrown `SpaceError`. */
export function requireGenome(plan: Plan, genome: unknown): Genome {
  const result = validatePlan(plan, genome);
  if (!result.ok) throw new SpaceError(result.error);
  return result.value;
}

/** `validate` for a plan, which has no constraints. */
export function validatePlan(plan: Plan, genome: unknown): Result<Genome> {
  if (!Array.isArray(genome)) {
    const detail = `a genome is an array of numbers, not ${show(genome)}.`;
    return { ok: false, error: { code: 'shape_mismatch', id: null, pos: null, detail } };
  }
  const numbers: readonly unknown[] = genome;
  const check = new GenomeCheck(numbers);
  if (!check.plan(plan)) return { ok: false, error: check.problem(plan) };
  if (check.place < numbers.length) {
    check.fail('too_long', check.place, `${numbers.length} numbers where ${check.place} are needed.`);
    return { ok: false, error: check.problem(plan) };
  }
  return {
    ok: true,
    value: check.hasNegativeZero ? check.checked().map((x) => (x === 0 ? 0 : x)) : check.checked(),
  };
}

/** Above so many picks, the check of distinct ones keeps a set of used candidates instead of comparing pairs. */
const pairwiseLimit = 16;

class GenomeCheck {
  place = 0;
  hasNegativeZero = false;
  private readonly numbers: readonly unknown[];
  private code: GenomeCode = 'shape_mismatch';
  private at = 0;
  private detail = '';

  constructor(numbers: readonly unknown[]) {
    this.numbers = numbers;
  }

  /** The numbers, once the whole of them was found valid. */
  checked(): Genome {
    return this.numbers as Genome;
  }

  fail(code: GenomeCode, at: number, detail: string): false {
    this.code = code;
    this.at = at;
    this.detail = detail;
    return false;
  }

  problem(plan: Plan): { code: GenomeCode; id: string | null; pos: number; detail: string } {
    // All numbers before the failure are valid, so the walk to it is sound.
    const before = this.numbers.slice(0, this.at) as Genome;
    return { code: this.code, id: idAtPlace(plan, before, this.at), pos: this.at, detail: this.detail };
  }

  plan(plan: Plan): boolean {
    for (const node of plan.nodes) {
      switch (node.kind) {
        case 'choice':
          if (!this.choice(node)) return false;
          break;
        case 'picks':
          if (!this.picks(node)) return false;
          break;
        case 'int':
          if (!this.int(node)) return false;
          break;
        case 'float':
          if (!this.float(node)) return false;
          break;
        case 'length':
          if (!this.length(node)) return false;
          break;
        default:
          return node satisfies never;
      }
    }
    return true;
  }

  /** The next number, or NaN after a recorded failure. */
  private next(): number {
    const at = this.place;
    if (at >= this.numbers.length) {
      this.fail('too_short', at, `only ${at} numbers; the decision has none.`);
      return NaN;
    }
    const number = this.numbers[at];
    if (typeof number !== 'number' || number - number !== 0) {
      this.fail('not_finite', at, `${show(number)} is not a finite number.`);
      return NaN;
    }
    if (number === 0 && 1 / number < 0) this.hasNegativeZero = true;
    this.place++;
    return number;
  }

  /** The next number as an index below `of`; −1 after a recorded failure. */
  private index(of: number): number {
    const index = this.next();
    if (index >= 0 && index < of && Number.isInteger(index)) return index;
    if (index === index) {
      const at = this.place - 1;
      if (!Number.isInteger(index))
        this.fail('index_not_integer', at, `the index ${index} is not an integer.`);
      else if (index < 0) this.fail('index_negative', at, `the index ${index} is negative.`);
      else this.fail('index_out_of_range', at, `the index ${index} is not below ${of}.`);
    }
    return -1;
  }

  private choice(node: ChoicePlan): boolean {
    const index = this.index(node.of);
    if (index === -1) return false;
    if (node.plain) return true;
    const sub = node.sub[index];
    return sub === undefined || this.plan(sub);
  }

  private picks(node: PicksPlan): boolean {
    const used: number[] = [];
    const marked = node.distinct && node.k > pairwiseLimit ? new Set<number>() : null;
    let previous = -1;
    for (let pick = 0; pick < node.k; pick++) {
      const index = this.index(node.of);
      if (index === -1) return false;
      if (node.distinct) {
        if (marked === null ? used.includes(index) : marked.has(index)) {
          return this.fail('not_distinct', this.place - 1, `the index ${index} was picked before.`);
        }
        if (marked === null) used.push(index);
        else marked.add(index);
      }
      if (node.sorted && index < previous) {
        return this.fail('not_sorted', this.place - 1, `the index ${index} comes after ${previous}.`);
      }
      previous = index;
      const sub = node.plain ? undefined : node.sub[index];
      if (sub !== undefined && !this.plan(sub)) return false;
    }
    return true;
  }

  private int(plan: IntPlan): boolean {
    const { min, max, step } = plan.node;
    const value = this.next();
    if (value !== value) return false;
    const at = this.place - 1;
    if (!Number.isInteger(value)) return this.fail('int_not_integer', at, `${value} is not an integer.`);
    if (value < min) return this.fail('int_below_min', at, `${value} is below ${min}.`);
    if (value > max) return this.fail('int_above_max', at, `${value} is above ${max}.`);
    if ((value - min) % step !== 0)
      return this.fail('int_off_step', at, `${value} is not ${min} + n · ${step}.`);
    return true;
  }

  private length(plan: LengthPlan): boolean {
    const length = this.next();
    if (length !== length) return false;
    const at = this.place - 1;
    if (!Number.isInteger(length)) {
      return this.fail('index_not_integer', at, `the length ${length} is not an integer.`);
    }
    if (length < plan.min || length > plan.max) {
      return this.fail(
        'length_out_of_range',
        at,
        `the length ${length} is not from ${plan.min} to ${plan.max}.`,
      );
    }
    for (let i = 0; i < length; i++) {
      const sub = plan.sub[i];
      if (sub !== undefined && !this.plan(sub)) return false;
    }
    return true;
  }

  private float(plan: FloatPlan): boolean {
    const { min, max } = plan.node;
    const value = this.next();
    if (value !== value) return false;
    if (value < min) return this.fail('float_below_min', this.place - 1, `${value} is below ${min}.`);
    if (value > max) return this.fail('float_above_max', this.place - 1, `${value} is above ${max}.`);
    return true;
  }
}
