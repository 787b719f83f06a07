import { parseSpace } from './parse-space.js';
import type { Plan } from './plan.js';
import { planOfView } from './plan.js';
import type { Size } from './size.js';
import type { Space } from './space.js';
import type { Template } from './template.js';
import { templateOfSpace } from './template.js';
import type { View } from './view.js';
import { viewOfSpace } from './view-of-space.js';

/** A space or a view with everything that the functions on genomes need, worked out once. */
export class Compiled {
  readonly view: View;
  readonly plan: Plan;
  /** How genomes become values; null where only the view is known. */
  readonly template: Template | null;
  /** The space itself; undefined where only the view is known (null is a space). */
  readonly space: Space | undefined;

  constructor(space: Space | undefined, view: View) {
    this.space = space;
    this.view = view;
    this.plan = planOfView(view);
    this.template = space === undefined ? null : templateOfSpace(space, this.plan);
  }
}

/** What functions on genomes accept: they need the decisions only. */
export type Decisions = Space | View | Compiled;

const compiled = new WeakMap<object, Compiled>();

function isView(x: Space | View): x is View {
  return typeof x === 'object' && x !== null && !Array.isArray(x) && '$kind' in x && x.$kind === 'view';
}

/**
 * Checks a space or takes a view, and prepares it for fast use. Remembered by identity, since both are immutable.
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

/** How many points a space has; a float makes it infinite. */
export function size(x: Decisions): Size {
  return compile(x).plan.size;
}
