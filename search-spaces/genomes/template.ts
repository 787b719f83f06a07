import type { Json } from '../../foundation/json/index.js';
import type { Expression } from '../expressions/expression.js';
import { shapeOf } from '../language/decision-kinds.js';
import type { ChoicePlan, FloatPlan, IntPlan, LengthPlan, PicksPlan, Plan, PlanNode } from '../views/plan.js';
import type { Constrained, Constraint, Decision, Derived, ObjectSpace, Space } from '../language/space.js';
import { innerSpaces, formOf, sideBySide } from '../language/space-form.js';

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
    const { kind } = formOf(part);
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
    const seen = formOf(space);
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
      case 'decision':
        return this.decision(seen.node, nextPlan());
      case 'derived':
        return { kind: 'derived', node: seen.node, expr: seen.node.expr };
      case 'constrained': {
        const of = this.build(seen.node.of, nextPlan);
        return { kind: 'constrained', node: seen.node, of, constraints: seen.node.constraints };
      }
      case 'frozen': {
        const parts = sideBySide(space, '').map(([part]) => this.build(part, nextPlan));
        return { kind: 'frozen', node: seen.node.of, parts };
      }
      default:
        return seen satisfies never;
    }
  }

  private decision(decision: Decision, plan: PlanNode): Template {
    const shape = shapeOf(decision);
    switch (shape.kind) {
      case 'choice':
        if (plan.kind !== 'choice') throw misplaced(plan, 'a choice');
        return { kind: 'choice', plan, candidates: this.under(shape.candidates, plan.sub) };
      case 'picks':
        if (plan.kind !== 'picks') throw misplaced(plan, 'picks');
        return { kind: 'picks', plan, candidates: this.under(shape.candidates, plan.sub) };
      case 'int':
      case 'float':
        if (plan.kind !== 'int' && plan.kind !== 'float') throw misplaced(plan, 'a number');
        return { kind: 'number', plan };
      case 'length':
        if (plan.kind !== 'length') throw misplaced(plan, 'a list');
        return { kind: 'list', plan, elements: plan.sub.map((sub) => this.whole(shape.of, sub)) };
      default:
        return shape satisfies never;
    }
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

function misplaced(plan: PlanNode, wanted: string): Error {
  return new Error(`A plan has ${plan.kind} where its space has ${wanted}.`);
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
