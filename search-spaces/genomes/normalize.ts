import type { Decisions } from './compile.js';
import { compile } from './compile.js';
import type { Genome } from '../views/genome.js';
import { sortSegments } from '../views/pick-segments.js';
import type { Plan, PlanNode } from '../views/plan.js';
import { validatePlan } from './validate.js';
import { SpaceError } from '../ground/space-error.js';

/**
 * The genome with the picks of sorted multi-choices in order, inner numbers moving along, and 0 for −0.
 * Throws `SpaceError` for what is no genome of the space even then.
 */
export function normalize(x: Decisions, genome: Genome): Genome {
  const { plan } = compile(x);
  const sorted = new Sorter(genome).whole(plan);
  const result = validatePlan(plan, sorted ?? genome);
  if (!result.ok) throw new SpaceError(result.error);
  return result.value;
}

class Sorter {
  private place = 0;
  private readonly numbers: Genome;

  constructor(numbers: Genome) {
    this.numbers = numbers;
  }

  /** The sorted numbers; undefined where their count or an index does not fit the plan. */
  whole(plan: Plan): number[] | undefined {
    const sorted = this.plan(plan);
    return this.place === this.numbers.length ? sorted : undefined;
  }

  private plan(plan: Plan | undefined): number[] | undefined {
    if (plan === undefined) return undefined;
    const out: number[] = [];
    for (const node of plan.nodes) {
      const part = this.node(node);
      if (part === undefined) return undefined;
      for (const number of part) out.push(number);
    }
    return out;
  }

  private node(node: PlanNode): number[] | undefined {
    switch (node.kind) {
      case 'choice':
        return this.segment(node.sub);
      case 'picks': {
        const segments: number[][] = [];
        for (let pick = 0; pick < node.k; pick++) {
          const segment = this.segment(node.sub);
          if (segment === undefined) return undefined;
          segments.push(segment);
        }
        return (node.sorted ? sortSegments(segments) : segments).flat();
      }
      case 'int':
      case 'float': {
        const number = this.numbers[this.place++];
        return number === undefined ? undefined : [number];
      }
      case 'length': {
        const length = this.numbers[this.place++];
        if (length === undefined || length > node.max) return undefined;
        const out = [length];
        for (let i = 0; i < length; i++) {
          const element = this.plan(node.sub[i]);
          if (element === undefined) return undefined;
          for (const number of element) out.push(number);
        }
        return out;
      }
      default:
        return node satisfies never;
    }
  }

  private segment(sub: readonly Plan[]): number[] | undefined {
    const index = this.numbers[this.place++];
    if (index === undefined) return undefined;
    const inner = this.plan(sub[index]);
    return inner === undefined ? undefined : [index, ...inner];
  }
}
