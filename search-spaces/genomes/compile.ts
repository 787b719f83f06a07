import type { Genome } from '../views/genome.js';
import { parseSpace } from '../language/parse-space.js';
import type { GridRule, Plan } from '../views/plan.js';
import { planOfView } from '../views/plan.js';
import type { Size } from '../views/size.js';
import type { Space } from '../language/space.js';
import { ProgramBuilder } from './program-builder.js';
import type { SpaceProblem } from '../ground/space-error.js';
import type { Template, TemplateTraits } from './template.js';
import { templateOfSpace, traitsOf } from './template.js';
import type { View } from '../views/view.js';
import { viewOfSpace } from '../views/view-of-space.js';

/** A space or a view with everything that the functions on genomes need, worked out once. */
export class Compiled {
  readonly view: View;
  readonly plan: Plan;
  /** How genomes become values; null where only the view is known. */
  readonly template: Template | null;
  /** The space itself; undefined where only the view is known (null is a space). */
  readonly space: Space | undefined;
  /** What the space holds beside plain decisions; nothing where only the view is known. */
  readonly traits: TemplateTraits;

  constructor(space: Space | undefined, view: View, grid?: GridRule) {
    this.space = space;
    this.view = view;
    this.plan = planOfView(view, grid);
    this.traits = space === undefined ? noTraits : traitsOf(space);
    this.template = space === undefined ? null : templateOfSpace(space, this.plan, this.traits);
  }

  /** The first constraint that a valid genome violates; null where none does or none are known. */
  violation(numbers: Genome): SpaceProblem | null {
    if (!this.traits.constrains || this.template === null) return null;
    return new ProgramBuilder(numbers, { quotes: this.traits.freezes }).program(this.template).violation;
  }
}

const noTraits: TemplateTraits = { derives: false, constrains: false, freezes: false };

/** What functions on genomes accept: they need the decisions only. */
export type Decisions = Space | View | Compiled;

const compiled = new WeakMap<object, Compiled>();

function isView(x: Space | View): x is View {
  return typeof x === 'object' && x !== null && !Array.isArray(x) && '$kind' in x && x.$kind === 'view';
}

/**
 * Checks a space or takes a view, and prepares it for fast use. Does so once for each object, since both are immutable.
 * Throws `SpaceError` for what is no space.
 */
export function compile(x: Decisions): Compiled {
  if (x instanceof Compiled) return x;
  if (typeof x !== 'object' || x === null) return compileSpace(x);
  const known = compiled.get(x);
  if (known !== undefined) return known;
  const made = isView(x) ? new Compiled(undefined, x) : compileSpace(x);
  compiled.set(x, made);
  return made;
}

function compileSpace(space: Space): Compiled {
  parseSpace(space);
  return new Compiled(space, viewOfSpace(space));
}

/** The decisions of a space, without any value of a candidate: all that an algorithm gets. */
export function view(x: Decisions): View {
  return compile(x).view;
}

/** How many points a space has; a float makes it infinite, also one whose range is a single value. */
export function size(x: Decisions): Size {
  const { plan } = compile(x);
  return hasFloat(plan) ? 'infinite' : plan.size;
}

/** Whether some point of a plan has a float that no grid has made finite. */
function hasFloat({ nodes }: Plan): boolean {
  return nodes.some((node) => {
    switch (node.kind) {
      case 'float':
        return node.values === null;
      case 'int':
        return false;
      case 'choice':
      case 'picks':
      case 'length':
        return node.sub.some(hasFloat);
      default:
        return node satisfies never;
    }
  });
}
