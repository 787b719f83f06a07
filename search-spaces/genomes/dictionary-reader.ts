import { isPlainObject } from '../../foundation/json/index.js';
import type { Compiled, Decisions } from './compile.js';
import { compile } from './compile.js';
import { elementId, listId } from '../language/decision-id.js';
import type { Genome } from '../views/genome.js';
import type { Literals } from './literals.js';
import { literalsOf } from './literals.js';
import type { PicksPlan, Plan, PlanNode } from '../views/plan.js';
import { points } from './point.js';
import type { GenomeCode, Result } from '../ground/space-error.js';
import { show, SpaceError } from '../ground/space-error.js';
import { validatePlan } from './validate.js';

/**
 * The genome of a dictionary in any form of `toDict`, mixed forms too; null counts as inactive. Never changes its
 * argument. With `values: 'literal'`, which needs the space, a scalar candidate stands for its index; a number that is
 * no candidate is an index. Fails with `ambiguous_literal`, `unknown_key`, `missing_decision`, `inactive_decision`,
 * `shape_mismatch` or a code of `validate`.
 */
export function fromDict(
  x: Decisions,
  dictionary: unknown,
  options: { readonly values?: 'number' | 'literal' } = {},
): Result<Genome> {
  const compiled = compile(x);
  if (!isPlainObject(dictionary)) {
    const detail = `a dictionary of decisions is an object, not ${show(dictionary)}.`;
    return { ok: false, error: { code: 'shape_mismatch', id: null, pos: null, detail } };
  }
  const literals = options.values === 'literal' ? literalsOf(compiled) : null;
  const reader = new DictionaryReader(dictionary, literals);
  try {
    reader.plan(compiled.plan, '', '', '');
    reader.refuseUnused(compiled);
  } catch (error) {
    if (!(error instanceof SpaceError)) throw error;
    const { code, id, pos, detail } = error;
    return { ok: false, error: { code, id, pos, detail } };
  }
  return validatePlan(compiled.plan, reader.numbers);
}

class DictionaryReader {
  readonly numbers: number[] = [];
  private readonly used = new Set<string>();
  private readonly dictionary: { readonly [key: string]: unknown };

  private readonly literals: Literals | null;

  constructor(dictionary: { readonly [key: string]: unknown }, literals: Literals | null) {
    this.dictionary = dictionary;
    this.literals = literals;
  }

  private refuse(code: GenomeCode, id: string, detail: string): never {
    throw new SpaceError({ code, id, pos: this.numbers.length, detail });
  }

  /** Reads the decisions whose ids start with `template`, which is `actual` here, below the given picks. */
  plan(plan: Plan | undefined, template: string, actual: string, picks: string): void {
    for (const node of plan?.nodes ?? [])
      this.node(node, actual + node.node.id.slice(template.length), picks);
  }

  private node(node: PlanNode, id: string, picks: string): void {
    const { name } = node.node;
    const keys = name === undefined ? [id] : [id, name + picks];
    switch (node.kind) {
      case 'choice':
        this.candidate(node.sub, this.number(keys, node), node.node.id, id, picks);
        return;
      case 'picks':
        if (node.k === 1) this.candidate(node.sub, this.number(keys, node), node.node.id, id, picks);
        else this.picks(node, keys, id, picks);
        return;
      case 'int':
      case 'float':
        this.number(keys);
        return;
      case 'length': {
        const length = this.number(keys);
        if (length > node.max) return;
        for (let i = 0; i < length; i++) {
          this.plan(
            node.sub[i],
            elementId(listId(node.node.id), i),
            elementId(listId(id), i),
            `${picks}[${i}]`,
          );
        }
        return;
      }
      default:
        node satisfies never;
    }
  }

  private candidate(sub: readonly Plan[], index: number, template: string, id: string, picks: string): void {
    this.plan(sub[index], template, id, picks);
  }

  private picks(node: PicksPlan, keys: readonly string[], id: string, picks: string): void {
    const indices = this.value(keys);
    if (indices !== undefined && (!Array.isArray(indices) || indices.length !== node.k)) {
      this.refuse('shape_mismatch', id, `an array of ${node.k} indices is needed, not ${show(indices)}.`);
    }
    for (let pick = 0; pick < node.k; pick++) {
      const own = elementId(id, pick);
      const index = Array.isArray(indices) ? this.append(indices[pick], own, node) : this.number([own], node);
      this.plan(node.sub[index], elementId(node.node.id, '*'), own, `${picks}[${pick}]`);
    }
  }

  /** The index that a literal stands for; everything else as it is. */
  private index(value: unknown, id: string, node: PlanNode | null): unknown {
    const literals = node === null ? undefined : this.literals?.get(node);
    if (literals === undefined) return value;
    const index = literals.findIndex((literal) => literal !== undefined && literal === value);
    if (index === -1) return value;
    const isCompoundToo =
      typeof value === 'number' && value in literals && literals[value] === undefined && value !== index;
    if (isCompoundToo || literals.indexOf(literals[index], index + 1) !== -1) {
      this.refuse('ambiguous_literal', id, `${show(value)} is more than one candidate; give an index.`);
    }
    return index;
  }

  /** The entry under one of the keys; null is no entry, unless it may be a candidate. */
  private value(keys: readonly string[], allowsNull = false): unknown {
    let found: unknown;
    for (const key of keys) {
      if (!Object.hasOwn(this.dictionary, key)) continue;
      if (this.dictionary[key] === null && !allowsNull) continue;
      this.used.add(key);
      if (found !== undefined && found !== this.dictionary[key]) {
        this.refuse('shape_mismatch', key, 'the same decision has two different entries.');
      }
      found = this.dictionary[key];
    }
    return found;
  }

  private number(keys: readonly string[], node: PlanNode | null = null): number {
    const value = this.value(keys, this.hasNull(node));
    const id = keys[0] ?? '';
    return value === undefined
      ? this.refuse('missing_decision', id, 'the decision has no entry.')
      : this.append(value, id, node);
  }

  /** Whether null is a candidate of a decision, and so no sign of inactivity. */
  private hasNull(node: PlanNode | null): boolean {
    return node !== null && this.literals?.get(node)?.includes(null) === true;
  }

  private append(given: unknown, id: string, node: PlanNode | null = null): number {
    const value = this.index(given, id, node);
    if (typeof value !== 'number') this.refuse('not_finite', id, `${show(value)} is not a number.`);
    this.numbers.push(value);
    return value;
  }

  /** Every entry must have been read, but for nulls at decisions that exist. */
  refuseUnused(compiled: Compiled): void {
    const unread = Object.keys(this.dictionary).filter((key) => !this.used.has(key));
    if (unread.length === 0) return;
    const known = new Set<string>();
    for (const { id, node } of points(compiled)) {
      known.add(id).add(node.kind === 'picks' && node.k > 1 ? id.slice(0, id.lastIndexOf('[')) : id);
      if (node.name !== undefined) known.add(node.name);
    }
    for (const key of unread) {
      const base = known.has(key) ? key : key.replace(/(?:\[\d+\])+$/, '');
      if (!known.has(base)) this.refuse('unknown_key', key, 'no decision has this id or name.');
      if (this.dictionary[key] !== null) {
        this.refuse(
          'inactive_decision',
          key,
          'the decision is inactive, or its multi-choice is given as a whole.',
        );
      }
    }
  }
}
