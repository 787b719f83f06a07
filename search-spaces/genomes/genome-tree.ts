import { isPlainObject, type Json } from '../../foundation/json/index.js';
import type { Decisions } from './compile.js';
import { compile } from './compile.js';
import type { Genome } from '../views/genome.js';
import type { LengthPlan, Plan, PlanNode } from '../views/plan.js';
import type { Result } from '../ground/space-error.js';
import { show } from '../ground/space-error.js';
import { requireGenome, validatePlan } from './validate.js';

/**
 * A genome in the form for people: null = no decision; a number = a leaf; an array = decisions side by side, also
 * the picks of one multi-choice; `{choice, then}` = an index, or a list's length, with what is decided below it.
 */
export type GenomeTree =
  null | number | readonly GenomeTree[] | { readonly choice: number; readonly then: GenomeTree };

/** A genome as a tree. Throws `SpaceError` for an invalid genome. */
export function toTree(x: Decisions, genome: Genome): GenomeTree {
  const { plan } = compile(x);
  return new TreeWriter(requireGenome(plan, genome)).plan(plan);
}

class TreeWriter {
  private place = 0;
  private readonly numbers: Genome;

  constructor(numbers: Genome) {
    this.numbers = numbers;
  }

  plan(plan: Plan | undefined): GenomeTree {
    return sideBySide((plan?.nodes ?? []).map((node) => this.node(node)));
  }

  private node(node: PlanNode): GenomeTree {
    switch (node.kind) {
      case 'choice':
        return this.segment(node.sub);
      case 'picks':
        return sideBySide(Array.from({ length: node.k }, () => this.segment(node.sub)));
      case 'int':
      case 'float':
        return this.numbers[this.place++] ?? 0;
      case 'length': {
        const length = this.numbers[this.place++] ?? 0;
        if (length === 0 || node.sub[0]?.nodes.length === 0) return length;
        return { choice: length, then: sideBySide(node.sub.slice(0, length).map((sub) => this.plan(sub))) };
      }
      default:
        return node satisfies never;
    }
  }

  private segment(sub: readonly Plan[]): GenomeTree {
    const choice = this.numbers[this.place++] ?? 0;
    const inner = sub[choice];
    return inner === undefined || inner.nodes.length === 0 ? choice : { choice, then: this.plan(inner) };
  }
}

/** One decision alone stands without an array. */
function sideBySide(trees: readonly GenomeTree[]): GenomeTree {
  const [only = null] = trees;
  return trees.length < 2 ? only : trees;
}

/** The genome of a tree; `[x]` counts as `x`. Fails with the codes of `validate`, or `shape_mismatch`. */
export function fromTree(x: Decisions, tree: Json): Result<Genome> {
  const { plan } = compile(x);
  const reader = new TreeReader();
  const detail = reader.plan(plan, tree);
  if (detail === null) return validatePlan(plan, reader.numbers);
  // Report a wrong number rather than the wrong shape that it causes.
  const soFar = validatePlan(plan, reader.numbers);
  if (!soFar.ok && soFar.error.code !== 'too_short' && soFar.error.code !== 'too_long') return soFar;
  const code = 'shape_mismatch';
  return { ok: false, error: { code, id: null, pos: reader.numbers.length, detail } };
}

class TreeReader {
  readonly numbers: number[] = [];

  /** Appends the numbers of a tree; a text says why it does not have the plan's shape. */
  plan(plan: Plan, tree: Json): string | null {
    if (plan.nodes.length === 0) return isNothing(tree) ? null : 'there is nothing to decide here.';
    return this.parts(plan.nodes.length, tree, (i, part) => {
      const node = plan.nodes[i];
      return node === undefined ? null : this.node(node, part);
    });
  }

  private parts(count: number, tree: Json, read: (i: number, part: Json) => string | null): string | null {
    if (count === 1) return read(0, alone(tree));
    if (!Array.isArray(tree) || tree.length !== count) {
      return `${count} decisions side by side are an array of ${count}, not ${show(tree)}.`;
    }
    const parts: readonly Json[] = tree;
    for (let i = 0; i < count; i++) {
      const detail = read(i, parts[i] ?? null);
      if (detail !== null) return detail;
    }
    return null;
  }

  private node(node: PlanNode, tree: Json): string | null {
    switch (node.kind) {
      case 'choice':
        return this.segment(node.sub, tree);
      case 'picks':
        return this.parts(node.k, tree, (_pick, part) => this.segment(node.sub, part));
      case 'int':
      case 'float':
        return this.number(alone(tree));
      case 'length':
        return this.length(node, alone(tree));
      default:
        return node satisfies never;
    }
  }

  private length(node: LengthPlan, tree: Json): string | null {
    const decides = node.sub[0] !== undefined && node.sub[0].nodes.length > 0;
    if (!isPlainObject(tree)) {
      const detail = this.number(tree);
      if (detail !== null || typeof tree !== 'number') return detail;
      return decides && tree > 0 && tree <= node.max ? 'what is decided in the elements is missing.' : null;
    }
    const { choice, then, ...others } = tree;
    if (choice === undefined || then === undefined || Object.keys(others).length > 0) {
      return 'a length with decisions in its elements is {choice, then}.';
    }
    const detail = this.number(choice);
    if (detail !== null || typeof choice !== 'number') return detail;
    if (!decides || node.sub[choice - 1] === undefined)
      return `there is no list of ${choice} with decisions.`;
    return this.parts(choice, then, (i, part) => {
      const sub = node.sub[i];
      return sub === undefined ? null : this.plan(sub, part);
    });
  }

  private number(value: Json): string | null {
    if (typeof value !== 'number') return `a number is needed, not ${show(value)}.`;
    this.numbers.push(value);
    return null;
  }

  private segment(sub: readonly Plan[], given: Json): string | null {
    const tree = alone(given);
    if (!isPlainObject(tree)) {
      const detail = this.number(tree);
      if (detail !== null || typeof tree !== 'number') return detail;
      const inner = sub[tree];
      return inner === undefined || inner.nodes.length === 0
        ? null
        : 'what is decided below the index is missing.';
    }
    const { choice, then, ...others } = tree;
    if (choice === undefined || then === undefined || Object.keys(others).length > 0) {
      return 'an index with inner decisions is {choice, then}.';
    }
    const detail = this.number(choice);
    if (detail !== null || typeof choice !== 'number') return detail;
    const inner = sub[choice];
    return inner === undefined ? `there is no candidate ${choice}.` : this.plan(inner, then);
  }
}

function isNothing(tree: Json): boolean {
  return tree === null || (Array.isArray(tree) && tree.length === 0);
}

function alone(tree: Json): Json {
  let value = tree;
  while (Array.isArray(value) && value.length === 1) value = (value as readonly Json[])[0] ?? null;
  return value;
}
