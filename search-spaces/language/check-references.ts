import type { Json } from '../../foundation/json/index.js';
import { candidateId, elementId } from './decision-id.js';
import { shapeOf } from './decision-kinds.js';
import type { Expression } from '../expressions/expression.js';
import { isList, pathSteps } from '../expressions/expression.js';
import { guardedPaths, isGuarded, typeOfExpression } from './expression-type.js';
import { pathsOf } from '../expressions/parse-expression.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { Decision, Derived, Space } from './space.js';
import { innerSpaces, formOf, sideBySide } from './space-form.js';
import type { ValueType } from './value-type.js';
import { typeOfSpace, unionOfTypes } from './value-type.js';

/** The containers around a place, the nearest first. */
interface Scope {
  readonly container: Space;
  readonly up: Scope | null;
}

interface DerivedPlace {
  readonly node: Derived;
  readonly id: string;
  readonly scope: Scope | null;
}

/** What may stand at a path, and whether nothing may. */
interface Found {
  readonly spaces: readonly Space[];
  readonly mayMiss: boolean;
}

/**
 * Checks every derived value and constraint of a parsed space: paths resolve, no value depends on itself, nothing can
 * fail when a valid genome is decoded. Throws `SpaceError` `unresolved_reference`, `reference_cycle` or `bad_expr`.
 */
export function checkReferences(space: Space): void {
  const checker = new ReferenceChecker();
  checker.collect(space, '', null);
  checker.check();
}

/** The types of the derived values of a parsed space, whose references have been checked. */
export function derivedTypes(space: Space): (derived: Space) => ValueType {
  const checker = new ReferenceChecker();
  checker.collect(space, '', null);
  return (derived) => checker.typeOf(derived);
}

/** Whether something is at a path for some point of a parsed space at least. */
export function mayExist(space: Space, path: string): boolean {
  return walk([space], pathSteps(path) ?? []).spaces.length > 0;
}

/** The id of each derived value of a parsed space, with what its expression reads. */
export function derivedReads(
  space: Space,
): readonly { readonly id: string; readonly read: readonly Space[] }[] {
  const checker = new ReferenceChecker();
  checker.collect(space, '', null);
  return checker.reads();
}

/** What an expression over a parsed space reads: all that may stand at its paths, and on the way there. */
export function spacesRead(expr: Expression, of: Space): readonly Space[] {
  return placesOf(expr).flatMap((steps) => alongPath(of, steps));
}

class ReferenceChecker {
  private readonly derived = new Map<Space, DerivedPlace>();
  private readonly constrained: {
    readonly of: Space;
    readonly exprs: readonly Expression[];
    readonly id: string;
  }[] = [];
  private readonly types = new Map<Space, ValueType>();

  collect(space: Space, id: string, scope: Scope | null): void {
    const seen = formOf(space);
    if (seen.kind === 'decision') {
      this.collectInDecision(seen.node, id, scope);
      return;
    }
    if (seen.kind === 'derived') this.derived.set(space, { node: seen.node, id, scope });
    if (seen.kind === 'constrained') {
      const exprs = seen.node.constraints.map(({ expr }) => expr);
      this.constrained.push({ of: seen.node.of, exprs, id });
    }
    const isContainer = seen.kind === 'array' || seen.kind === 'object';
    const inner = isContainer ? { container: space, up: scope } : scope;
    for (const [part, partId] of sideBySide(space, id)) this.collect(part, partId, inner);
  }

  private collectInDecision(decision: Decision, id: string, scope: Scope | null): void {
    const shape = shapeOf(decision);
    switch (shape.kind) {
      case 'choice':
      case 'picks': {
        const inner = shape.kind === 'choice' ? scope : { container: decision, up: scope };
        shape.candidates.forEach((candidate, i) => {
          this.collect(candidate, candidateId(id, i, shape.candidates.length), inner);
        });
        return;
      }
      case 'length':
        this.collect(shape.of, elementId(id, '*'), { container: decision, up: scope });
        return;
      case 'int':
      case 'float':
        return;
      default:
        shape satisfies never;
    }
  }

  check(): void {
    const done = new Set<Space>();
    for (const place of this.derived.values()) this.refuseCycles(place, [], done);
    for (const { node, id } of this.derived.values()) {
      try {
        this.typeOf(node);
      } catch (error) {
        throw placed(error, id);
      }
    }
    for (const { of, exprs, id } of this.constrained) {
      for (const expr of exprs) this.checkConstraint(expr, of, id, []);
    }
  }

  private refuseCycles(place: DerivedPlace, above: readonly Space[], done: Set<Space>): void {
    if (done.has(place.node)) return;
    if (above.includes(place.node)) {
      const detail = 'a derived value depends on itself.';
      throw new SpaceError({ code: 'reference_cycle', id: place.id, pos: null, detail });
    }
    for (const path of pathsOf(place.node.expr)) {
      for (const space of outwards(place.scope, pathSteps(path) ?? []).spaces) {
        for (const inner of this.derivedIn(space)) this.refuseCycles(inner, [...above, place.node], done);
      }
    }
    done.add(place.node);
  }

  private derivedIn(space: Space): readonly DerivedPlace[] {
    const own = this.derived.get(space);
    if (own !== undefined) return [own];
    return innerSpaces(space).flatMap((inner) => this.derivedIn(inner));
  }

  typeOf(space: Space): ValueType {
    const known = this.types.get(space);
    const place = this.derived.get(space);
    if (known !== undefined) return known;
    if (place === undefined) return unionOfTypes([]);
    const type = typeOfExpression(place.node.expr, (path, isGuardedPath) => {
      const { spaces, mayMiss } = outwards(place.scope, pathSteps(path) ?? []);
      if ((mayMiss || spaces.length === 0) && !isGuardedPath) {
        const detail = `nothing may be at the path ${show(path)}; ask with "has" first.`;
        throw new SpaceError({ code: 'unresolved_reference', id: place.id, pos: null, detail });
      }
      if (spaces.length === 0) return null;
      return unionOfTypes(spaces.map((found) => typeOfSpace(found, (inner) => this.typeOf(inner))));
    });
    this.types.set(space, type);
    return type;
  }

  reads(): readonly { readonly id: string; readonly read: readonly Space[] }[] {
    return [...this.derived.values()].map(({ node, id, scope }) => {
      const read: Space[] = [];
      for (const steps of placesOf(node.expr)) {
        for (let at = scope; at !== null; at = at.up) {
          read.push(...alongPath(at.container, steps));
          const found = walk([at.container], steps);
          if (found.spaces.length > 0 && !found.mayMiss) break;
        }
      }
      return { id, read };
    });
  }

  /** A path of a constraint must exist for some point at least. */
  private checkConstraint(expr: Expression, of: Space, id: string, guards: readonly string[]): void {
    if (expr === null || typeof expr !== 'object') return;
    const [operator, ...given] = expr;
    if (operator === 'path') {
      const path = String(given[0]);
      if (isGuarded(path, guards) || mayExist(of, path)) return;
      const detail = `nothing is ever at the path ${show(path)}.`;
      throw new SpaceError({ code: 'unresolved_reference', id, pos: null, detail });
    }
    const [condition = null] = given;
    given.forEach((part, i) => {
      const known =
        i === 0 ? [] : guardedPaths(condition, operator !== 'or' && !(operator === 'if' && i === 2));
      this.checkConstraint(part, of, id, [...guards, ...known]);
    });
  }
}

function placed(error: unknown, id: string): unknown {
  if (!(error instanceof SpaceError) || error.id !== null) return error;
  return new SpaceError({ code: error.code, id, pos: null, detail: error.detail });
}

/** What may stand at a path in the nearest container, or in an outer one where it may be missing there. */
function outwards(scope: Scope | null, steps: readonly (string | number)[]): Found {
  const spaces: Space[] = [];
  for (let at = scope; at !== null; at = at.up) {
    const found = walk([at.container], steps);
    spaces.push(...found.spaces);
    if (found.spaces.length > 0 && !found.mayMiss) return { spaces, mayMiss: false };
  }
  return { spaces, mayMiss: true };
}

function walk(from: readonly Space[], steps: readonly (string | number)[]): Found {
  let spaces = from;
  let mayMiss = false;
  for (const step of steps) {
    const next: Space[] = [];
    for (const space of spaces) {
      const found = stepInto(space, step);
      next.push(...found.spaces);
      if (found.mayMiss) mayMiss = true;
    }
    spaces = next;
  }
  return { spaces, mayMiss };
}

/** What stands at the places of a path after its start, one step after the other. */
function alongPath(from: Space, steps: readonly (string | number)[]): readonly Space[] {
  return steps.flatMap((_, i) => {
    const { spaces } = walk([from], steps.slice(0, i + 1));
    return i === steps.length - 1 ? spaces.flatMap(within) : spaces.flatMap(steppedThrough);
  });
}

/** A space with all that stands in it. */
function within(space: Space): readonly Space[] {
  return [space, ...insideOf(space).flatMap(within)];
}

/** A space with what a step into it leads through: candidates have no place of their own. */
function steppedThrough(space: Space): readonly Space[] {
  const seen = formOf(space);
  const isChoice =
    (seen.kind === 'decision' && shapeOf(seen.node).kind === 'choice') ||
    (seen.kind === 'frozen' && shapeOf(seen.node.of).kind === 'choice');
  if (!isChoice && seen.kind !== 'constrained') return [space];
  return [space, ...insideOf(space).flatMap(steppedThrough)];
}

/** What stands in a space; in a frozen decision, what stands in that. */
function insideOf(space: Space): readonly Space[] {
  const seen = formOf(space);
  return innerSpaces(seen.kind === 'frozen' ? seen.node.of : space);
}

/** The paths that an expression reads or asks for. */
function placesOf(expr: Expression): readonly (readonly (string | number)[])[] {
  if (expr === null || typeof expr !== 'object') return [];
  const [operator, ...given] = expr;
  if (operator === 'path' || operator === 'has') return [pathSteps(String(given[0])) ?? []];
  return given.flatMap(placesOf);
}

const missing: Found = { spaces: [], mayMiss: true };

function stepInto(space: Space, step: string | number): Found {
  const seen = formOf(space);
  const one = (found: Space | undefined): Found =>
    found === undefined ? missing : { spaces: [found], mayMiss: false };
  switch (seen.kind) {
    case 'scalar':
    case 'derived':
      return missing;
    case 'const': {
      const value = memberOf(seen.value, step);
      return one(value === undefined ? undefined : { $kind: 'const', value });
    }
    case 'array':
      return one(typeof step === 'number' ? seen.items[step] : undefined);
    case 'object':
      return one(Object.hasOwn(seen.of, String(step)) ? seen.of[String(step)] : undefined);
    case 'decision':
      return stepIntoDecision(seen.node, step);
    case 'constrained':
    case 'frozen':
      return stepInto(seen.node.of, step);
    default:
      return seen satisfies never;
  }
}

function stepIntoDecision(decision: Decision, step: string | number): Found {
  const shape = shapeOf(decision);
  switch (shape.kind) {
    case 'choice':
      return walk(shape.candidates, [step]);
    case 'picks': {
      const { candidates, k } = shape;
      return typeof step === 'number' && step < k ? { spaces: candidates, mayMiss: false } : missing;
    }
    case 'length': {
      const { of, min, max } = shape;
      return typeof step === 'number' && step < max ? { spaces: [of], mayMiss: step >= min } : missing;
    }
    case 'int':
    case 'float':
      return missing;
    default:
      return shape satisfies never;
  }
}

function memberOf(value: Json, step: string | number): Json | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (isList(value)) return typeof step === 'number' ? value[step] : undefined;
  return Object.hasOwn(value, String(step)) ? value[String(step)] : undefined;
}
