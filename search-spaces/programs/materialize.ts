import type { Json } from '../../foundation/json/index.js';
import { derivedTypes } from '../language/check-references.js';
import { isList } from '../expressions/expression.js';
import { parseSpace } from '../language/parse-space.js';
import { elementId, memberId } from '../language/decision-id.js';
import type { SpaceProblem } from '../ground/space-error.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { Space } from '../language/space.js';
import { innerSpaces, formOf } from '../language/space-form.js';
import { fits, fitsIn } from './fits.js';
import type { Schema } from './schema.js';
import { quoted } from './schema.js';

/** A function that programs call by name: `{ "$call": name, … }`. */
export interface RegisteredFunction {
  /** What each argument may be. */
  readonly params: { readonly [name: string]: Schema };
  /** Makes the value of a call; arguments that are calls are made already. */
  readonly make: (args: { readonly [name: string]: unknown }) => unknown;
}

/** The functions of programs by name. */
export interface Registry {
  readonly fns: { readonly [name: string]: RegisteredFunction };
  /** The same registry in which calls of some names are made by others. */
  with(overrides: { readonly [name: string]: string | RegisteredFunction }): Registry;
}

/** Makes functions known by their names. */
export function registry(fns: { readonly [name: string]: RegisteredFunction }): Registry {
  return {
    fns,
    with(overrides) {
      const changed = Object.entries(overrides).map(([name, by]) => {
        found(fns, name, '');
        return [name, typeof by === 'string' ? found(fns, by, '') : by] as const;
      });
      return registry({ ...fns, ...Object.fromEntries(changed) });
    },
  };
}

function found(fns: Registry['fns'], name: string, id: string): RegisteredFunction {
  const fn = Object.hasOwn(fns, name) ? fns[name] : undefined;
  if (fn !== undefined) return fn;
  const detail = `no function ${show(name)} is registered; there are ${Object.keys(fns).join(', ')}.`;
  throw new SpaceError({ code: 'unknown_call', id, pos: null, detail });
}

/**
 * The value of a decoded program: every `$call` object replaced by what its function makes, inner ones first. Arguments
 * must fit the function's schemas, except those that hold calls, since a schema says nothing about made values. Throws
 * `SpaceError` `unknown_call` or `does_not_fit`. Never call it in a workflow: functions may have side effects.
 */
export function materialize(value: Json, { fns }: Registry): unknown {
  return made(value, fns, '');
}

function made(value: Json, fns: Registry['fns'], id: string): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item, i) => made(item, fns, elementId(id, i)));
  const entries = Object.entries(value).map(([key, member]) => [key, made(member, fns, memberId(id, key))]);
  const { $call: call } = value;
  if (typeof call !== 'string') return Object.fromEntries(entries);
  const fn = found(fns, call, id);
  const { $call: _call, ...args } = value;
  const problem = argumentProblem(args, fn, id, (argument, schema) => fits(quoted(argument), schema));
  if (problem !== null) throw new SpaceError(problem);
  return fn.make(
    Object.fromEntries(entries.filter(([key]) => key !== '$call')) as { [name: string]: unknown },
  );
}

/** The first argument that does not fit. Skips arguments that hold calls: no schema describes what those make. */
function argumentProblem<T extends Json | Space>(
  args: { readonly [name: string]: T },
  { params }: RegisteredFunction,
  id: string,
  problemOf: (argument: T, schema: Schema) => SpaceProblem | null,
): SpaceProblem | null {
  const unknown = Object.keys(args).find((key) => !Object.hasOwn(params, key));
  if (unknown !== undefined) {
    const detail = `the call has no parameter ${show(unknown)}.`;
    return { code: 'does_not_fit', id: memberId(id, unknown), pos: null, detail };
  }
  for (const [name, schema] of Object.entries(params)) {
    const own = memberId(id, name);
    const argument = Object.hasOwn(args, name) ? args[name] : undefined;
    if (argument === undefined) {
      if (isOptional(schema)) continue;
      return { code: 'does_not_fit', id: own, pos: null, detail: 'the argument is missing.' };
    }
    if (holdsCall(argument)) continue;
    const problem = problemOf(argument, schema);
    if (problem !== null) return { ...problem, id: own + withDot(problem.id ?? '') };
  }
  return null;
}

function withDot(id: string): string {
  return id === '' || id.startsWith('[') ? id : `.${id}`;
}

function isOptional(schema: Schema): boolean {
  return isBranchLike(schema) && schema['$kind'] === 'optional';
}

function isBranchLike(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function holdsCall(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsCall);
  if (!isBranchLike(value)) return false;
  return typeof value['$call'] === 'string' || Object.values(value).some(holdsCall);
}

/**
 * What is wrong with the calls of a space before anything is decided; null where every call is of a registered
 * function and every argument fits whatever is chosen.
 */
export function checkCalls(space: Space, { fns }: Registry): SpaceProblem | null {
  const parsed = parseSpace(space);
  const types = derivedTypes(parsed);
  const check = (part: Space, id: string): SpaceProblem | null => {
    const seen = formOf(part);
    if (seen.kind === 'object' && typeof seen.of['$call'] === 'string') {
      const { $call: call, ...args } = seen.of;
      if (!Object.hasOwn(fns, call)) {
        return { code: 'unknown_call', id, pos: null, detail: `no function ${show(call)} is registered.` };
      }
      const problem = argumentProblem(args, found(fns, call, id), id, (argument, schema) =>
        fitsIn(argument, schema, types),
      );
      if (problem !== null) return problem;
    }
    for (const [inner, innerId] of placesIn(part, id)) {
      const problem = check(inner, innerId);
      if (problem !== null) return problem;
    }
    return null;
  };
  return check(parsed, '');
}

function placesIn(space: Space, id: string): readonly (readonly [Space, string])[] {
  const seen = formOf(space);
  if (seen.kind === 'object')
    return Object.entries(seen.of).map(([key, member]) => [member, memberId(id, key)]);
  const inner = innerSpaces(space);
  return seen.kind === 'array'
    ? inner.map((item, i) => [item, elementId(id, i)])
    : inner.map((one) => [one, id]);
}
