import type { Compiled } from './compile.js';
import type { PlanNode } from '../views/plan.js';
import type { Scalar } from '../language/space.js';
import type { Template } from './template.js';

/** The scalar candidates of each choice and multi-choice by index; undefined where a candidate is no scalar. */
export type Literals = ReadonlyMap<PlanNode, readonly (Scalar | undefined)[]>;

const known = new WeakMap<Template, Literals>();

/** The literals of a space, which the view alone does not have. */
export function literalsOf(compiled: Compiled): Literals {
  const { template } = compiled;
  if (template === null) throw new TypeError('Literals need the space; a view has no values.');
  const before = known.get(template);
  if (before !== undefined) return before;
  const literals = new Map<PlanNode, readonly (Scalar | undefined)[]>();
  collect(template, literals);
  known.set(template, literals);
  return literals;
}

function collect(template: Template, literals: Map<PlanNode, readonly (Scalar | undefined)[]>): void {
  const each = (templates: readonly Template[]): void => {
    for (const one of templates) collect(one, literals);
  };
  switch (template.kind) {
    case 'fixed':
    case 'number':
    case 'derived':
      return;
    case 'array':
      each(template.items);
      return;
    case 'object':
      each(template.members);
      return;
    case 'choice':
    case 'picks':
      literals.set(template.plan, template.candidates.map(scalarOf));
      each(template.candidates);
      return;
    case 'list':
      each(template.elements);
      return;
    case 'constrained':
      collect(template.of, literals);
      return;
    case 'frozen':
      each(template.parts);
      return;
    default:
      template satisfies never;
  }
}

function scalarOf(template: Template): Scalar | undefined {
  if (template.kind !== 'fixed') return undefined;
  const { value } = template;
  return value === null || typeof value !== 'object' ? value : undefined;
}
