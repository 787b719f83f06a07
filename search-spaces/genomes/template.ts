import type { Json } from '../../foundation/json/index.js';
import type { Expression } from '../expressions/expression.js';
import type { ChoicePlan, FloatPlan, IntPlan, LengthPlan, PicksPlan, Plan, PlanNode } from '../views/plan.js';
import type { Constrained, Constraint, Decision, Derived, ObjectSpace, Space } from '../language/space.js';
import { innerSpaces, nodeOf } from '../language/space-node.js';
import { insideFrozen } from '../language/space-node.js';

/** The shape of a space's values, with the plan of each decision at its place. */
export type Template =
  /** Nothing is decided here: the value is shared by all decoded programs. */
  | { readonly kind: 'fixed'; readonly value: Json }
  | { readonly kind: 'array'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly members: readonly Template[] }
  | { readonly kind: 'choice'; readonly plan: ChoicePlan; readonly candidates: readonly Template[] }
  | { readonly kind: 'picks'; readonly plan: PicksPlan; readonly candidates: readonly Template[] }
  | { readonly kind: 'number'; readonly plan: IntPlan | FloatPlan }
  | { readonly kind: 'list'; readonly plan: LengthPlan; readonly elements: readonly Template[] }
  | DerivedTemplate
  | ConstrainedTemplate
  | FrozenTemplate;

export interface DerivedTemplate {
  readonly kind: 'derived';
  readonly node: Derived;
  readonly expr: Expression;
}

export interface ConstrainedTemplate {
  readonly kind: 'constrained';
  readonly node: Constrained;
  readonly of: Template;
  readonly constraints: readonly Constraint[];
}

/** A decision that stays in the value; `parts` are its candidates, or its `of`. */
export interface FrozenTemplate {
  readonly kind: 'frozen';
  readonly node: Decision;
  readonly parts: readonly Template[];
}

/** What a space holds beside plain decisions. */
export interface TemplateTraits {
  readonly derives: boolean;
  readonly constrains: boolean;
  /** Holds frozen decisions, so that its values are spaces and constants stay quoted in them. */
  readonly freezes: boolean;
}

/** The template of a space whose plan is given: both list the decisions in the same order. */
export function templateOfSpace(space: Space, plan: Plan, traits: TemplateTraits): Template {
  return new TemplateBuilder(traits.freezes).whole(space, plan);
}

/** What a space holds, wherever it stands. */
export function traitsOf(space: Space): TemplateTraits {
  const traits = { derives: false, constrains: false, freezes: false };
  const visit = (part: Space): void => {
    const { kind } = nodeOf(part);
    if (kind === 'derived') traits.derives = true;
    if (kind === 'constrained') traits.constrains = true;
    if (kind === 'frozen') traits.freezes = true;
    innerSpaces(part).forEach(visit);
  };
  visit(space);
  return traits;
}

function fixed(value: Json): Template {
  return { kind: 'fixed', value };
}

const nothing: Plan = { nodes: [], size: 1n, length: 0 };

class TemplateBuilder {
  private readonly quotes: boolean;

  constructor(quotes: boolean) {
    this.quotes = quotes;
  }

  build(space: Space, nextPlan: () => PlanNode): Template {
    const seen = nodeOf(space);
    switch (seen.kind) {
      case 'scalar':
        return fixed(seen.value);
      case 'const':
        return fixed(this.quotes ? { $kind: 'const', value: seen.value } : seen.value);
      case 'array': {
        const items = seen.items.map((item) => this.build(item, nextPlan));
        if (!items.every((item) => item.kind === 'fixed')) return { kind: 'array', items };
        const values = items.map((item) => item.value);
        return fixed(isUnchangedArray(seen.items, values) ? seen.items : values);
      }
      case 'object': {
        const keys = Object.keys(seen.of);
        const sources = Object.values(seen.of);
        const members = sources.map((member) => this.build(member, nextPlan));
        if (!members.every((member) => member.kind === 'fixed')) return { kind: 'object', keys, members };
        const values = members.map((member) => member.value);
        if (isUnchangedObject(seen.of, values)) return fixed(seen.of);
        return fixed(Object.fromEntries(keys.map((key, i) => [key, values[i] ?? null])));
      }
      case 'oneOf': {
        const { candidates } = seen.node;
        return this.choice(nextPlan(), (sub) => this.under(candidates, sub));
      }
      case 'bool':
        return this.choice(nextPlan(), () => [fixed(false), fixed(true)]);
      case 'optional': {
        const { of } = seen.node;
        return this.choice(nextPlan(), (sub) => this.under([null, of], sub));
      }
      case 'manyOf':
      case 'permutation': {
        const plan = nextPlan();
        if (plan.kind !== 'picks') throw new Error(`A plan has ${plan.kind} where its space has picks.`);
        return { kind: 'picks', plan, candidates: this.under(seen.node.candidates, plan.sub) };
      }
      case 'int':
      case 'float': {
        const plan = nextPlan();
        if (plan.kind !== 'int' && plan.kind !== 'float') {
          throw new Error(`A plan has ${plan.kind} where its space has a number.`);
        }
        return { kind: 'number', plan };
      }
      case 'listOf': {
        const plan = nextPlan();
        if (plan.kind !== 'length') throw new Error(`A plan has ${plan.kind} where its space has a list.`);
        const { of } = seen.node;
        return { kind: 'list', plan, elements: plan.sub.map((sub) => this.whole(of, sub)) };
      }
      case 'derived':
        return { kind: 'derived', node: seen.node, expr: seen.node.expr };
      case 'constrained': {
        const of = this.build(seen.node.of, nextPlan);
        return { kind: 'constrained', node: seen.node, of, constraints: seen.node.constraints };
      }
      case 'frozen': {
        const parts = insideFrozen(seen.node.of, '').map(([part]) => this.build(part, nextPlan));
        return { kind: 'frozen', node: seen.node.of, parts };
      }
      default:
        return seen satisfies never;
    }
  }

  private choice(next: PlanNode, candidates: (sub: readonly Plan[]) => readonly Template[]): Template {
    if (next.kind !== 'choice') throw new Error(`A plan has ${next.kind} where its space has a choice.`);
    return { kind: 'choice', plan: next, candidates: candidates(next.sub) };
  }

  private under(candidates: readonly Space[], sub: readonly Plan[]): readonly Template[] {
    return candidates.map((candidate, i) => this.whole(candidate, sub[i] ?? nothing));
  }

  /** The template of a space whose decisions are all those of a plan. */
  whole(space: Space, plan: Plan): Template {
    const remaining = [...plan.nodes].reverse();
    return this.build(space, () => {
      const node = remaining.pop();
      if (node === undefined) throw new Error('A plan has fewer decisions than its space.');
      return node;
    });
  }
}

function isUnchangedArray(
  items: readonly Space[],
  values: readonly Json[],
): items is readonly Space[] & readonly Json[] {
  return items.every((item, i) => item === values[i]);
}

function isUnchangedObject(
  of: ObjectSpace,
  values: readonly Json[],
): of is ObjectSpace & { readonly [key: string]: Json } {
  return Object.values(of).every((member, i) => member === values[i]);
}
