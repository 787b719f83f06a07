import type { Json } from '../../foundation/json/index.js';
import { isList } from '../expressions/expression.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { superNetCalls } from './super-net-calls.js';
import type { RegisteredFunction } from './materialize.js';
import { any, string } from './schema.js';

type SuperNetCall = (typeof superNetCalls)[number];

/** A supernet at one moment, by id: an outcome, in mixtures a weight for each branch, or what is derived. */
export type Setting = { readonly [id: string]: Json };

/** What a decision of a materialised supernet makes: `now` reads the value that the present setting gives it. */
class Controlled {
  readonly now: () => unknown;

  constructor(now: () => unknown) {
    this.now = now;
  }
}

/**
 * The value of an argument under the present setting: decisions give way to their values, also inside arrays and plain
 * objects, and any other value is itself. Functions of a registry call it when they run, so that the same ones serve
 * supernets and child programs.
 */
export function settled(value: unknown): unknown {
  if (value instanceof Controlled) return settled(value.now());
  if (Array.isArray(value)) return value.map(settled);
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, settled(member)]));
}

/**
 * The functions, for a registry, that make the values of the calls of supernets. `settled` calls `setting` for each
 * decision that it reads. `setting` returns that of `settingOf`, with weights for the branches of mixtures, or an index
 * there, too. A branch of weight 0 does not run. `sum` adds the values of branches (mixtures need it). A sum of picks is the
 * list of those picked; with weights at its id it is a list of one value, their sum.
 */
export function superNetFunctions(
  setting: () => Setting,
  sum?: (values: readonly unknown[], weights: readonly number[]) => unknown,
): { readonly [name in SuperNetCall]: RegisteredFunction } {
  const outcome = (id: string): number => {
    const given = givenAt(setting(), id);
    if (typeof given === 'number') return given;
    return refuse('shape_mismatch', id, `one number is needed, not ${show(given)}.`);
  };
  const branch = (id: string, branches: readonly unknown[], index: number): unknown => {
    if (Number.isInteger(index) && index >= 0 && index < branches.length) return branches[index];
    return refuse('index_out_of_range', id, `${show(index)} is no index below ${branches.length}.`);
  };
  const mixture = (id: string, list: readonly unknown[], given: Json): unknown => {
    const weights = isList(given) ? given.filter(isFiniteNumber) : [];
    if (!isList(given) || given.length !== list.length || weights.length !== list.length) {
      return refuse('shape_mismatch', id, `${list.length} finite weights are needed.`);
    }
    if (sum === undefined) return refuse('shape_mismatch', id, 'a mixture needs a function for sums.');
    const used = list.flatMap((value, i) => (weights[i] === 0 ? [] : [settled(value)]));
    return sum(
      used,
      weights.filter((weight) => weight !== 0),
    );
  };
  return {
    switch: {
      params: { id: string, branches: any },
      make: (args) => {
        const { id, list } = argumentsOf(args, 'branches');
        return new Controlled(() => branch(id, list, outcome(id)));
      },
    },
    mix: {
      params: { id: string, branches: any },
      make: (args) => {
        const { id, list } = argumentsOf(args, 'branches');
        return new Controlled(() => {
          const given = givenAt(setting(), id);
          return typeof given === 'number' ? branch(id, list, given) : mixture(id, list, given);
        });
      },
    },
    picked: {
      params: { id: string, ids: any, branches: any },
      make: (args) => {
        const { id, list } = argumentsOf(args, 'branches');
        const { list: ids } = argumentsOf(args, 'ids');
        return new Controlled(() => {
          const weights = Object.hasOwn(setting(), id) ? setting()[id] : undefined;
          if (weights !== undefined && typeof weights !== 'number') return [mixture(id, list, weights)];
          return ids.map((pick) => branch(String(pick), list, outcome(String(pick))));
        });
      },
    },
    control: {
      params: { id: string },
      make: ({ id }) => new Controlled(() => outcome(String(id))),
    },
    derived: {
      params: { id: string },
      make: ({ id }) => new Controlled(() => givenAt(setting(), String(id))),
    },
    masked: {
      params: { id: string, elements: any },
      make: (args) => {
        const { id, list } = argumentsOf(args, 'elements');
        return new Controlled(() => {
          const length = outcome(id);
          if (Number.isInteger(length) && length >= 0 && length <= list.length) return list.slice(0, length);
          return refuse('length_out_of_range', id, `${show(length)} is no length up to ${list.length}.`);
        });
      },
    },
  };
}

function argumentsOf(
  args: { readonly [name: string]: unknown },
  name: string,
): { readonly id: string; readonly list: readonly unknown[] } {
  const list = args[name];
  const id = String(args['id']);
  return Array.isArray(list) ? { id, list } : refuse('does_not_fit', id, `${name} must be an array.`);
}

function givenAt(setting: Setting, id: string): Json {
  const given = Object.hasOwn(setting, id) ? setting[id] : undefined;
  if (given !== undefined) return given;
  return refuse('missing_decision', id, 'the setting says nothing about this decision or derived value.');
}

function isFiniteNumber(value: Json): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function refuse(
  code: 'missing_decision' | 'shape_mismatch' | 'index_out_of_range' | 'length_out_of_range' | 'does_not_fit',
  id: string,
  detail: string,
): never {
  throw new SpaceError({ code, id, pos: null, detail });
}
