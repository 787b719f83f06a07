import { errorText } from '../../foundation/errors/index.js';
import type { Json } from '../../foundation/json/index.js';
import { candidateId, elementId, lengthId, memberId } from '../language/decision-id.js';
import { toDict } from '../genomes/genome-dictionary.js';
import type { Genome } from '../views/genome.js';
import { deepEqual } from '../ground/json-equality.js';
import { checkNode, parseSpace } from '../language/parse-space.js';
import type { ProgramCode } from '../ground/space-error.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { Space } from '../language/space.js';
import { viewOfSpace } from '../views/view-of-space.js';
import type { Place, Selection } from '../views/where.js';
import { placeSelector } from '../views/where.js';
import type { Asked, Pick, PickCandidate } from './pick.js';
import { pickThrough } from './pick.js';

/** Which picks `trace` or `run` answers itself; it hands all others to the `pick` under which it runs. */
export interface PickOptions {
  readonly where: Selection;
  readonly under: Pick;
}

/** The space of a piece of code, and what it returns when every pick takes its first value. */
export interface Traced<T> {
  readonly space: Space;
  readonly first: T;
}

/**
 * Runs code once and collects the space of its picks: an object of the decisions by name. Runs every function among the
 * candidates, too, in order to find the picks in it. A float counts as its minimum. Does not see code that branches on
 * a picked value outside of such a function. Throws `SpaceError` `redefined`, `unnamed_decision`, `pick_failed`,
 * `pick_ended` or those of building a space.
 */
export function trace<T>(code: (pick: Pick) => T, options?: PickOptions): Traced<T> {
  const tracer = new Tracer(options);
  const first = settled('', () => code(tracer.pick));
  tracer.hasEnded = true;
  const space = tracer.space();
  parseSpace(space);
  return { space, first };
}

/**
 * Runs code with the decisions of a genome of its traced space; only chosen functions run. Throws `SpaceError`
 * `unknown_decision` for a pick that was not traced and `unused_decision` for a decision that no pick asked for.
 */
export function run<T>(code: (pick: Pick) => T, space: Space, genome: Genome, options?: PickOptions): T {
  const runner = new Runner(toDict(space, genome), options);
  const result = settled('', () => code(runner.pick));
  runner.hasEnded = true;
  runner.refuseUnused();
  return result;
}

function refuse(code: ProgramCode, id: string, detail: string): never {
  throw new SpaceError({ code, id, pos: null, detail });
}

/** What a function returns; its failure carries the id of the decision. */
function settled<T>(id: string, make: () => T): T {
  let result: T;
  try {
    result = make();
  } catch (error) {
    if (error instanceof SpaceError || id === '') throw error;
    const reason = errorText(error);
    return refuse('pick_failed', id, `a candidate failed: ${reason}`);
  }
  if (typeof result === 'object' && result !== null && 'then' in result) {
    refuse('pick_failed', id, 'the code is asynchronous; make what it waits for before or after.');
  }
  return result;
}

/** The decisions by name inside one function, and where their ids begin. */
interface Level {
  readonly id: string;
  readonly nodes: Map<string, { readonly node: Json; readonly first: unknown }>;
  readonly above: Place | null;
}

function newLevel(id: string, above: Place | null): Level {
  return { id, nodes: new Map(), above };
}

function spaceOf(level: Level): Json {
  return Object.fromEntries([...level.nodes].map(([name, { node }]) => [name, node]));
}

/** What `trace` and `run` share: they refuse picks without a name or after the end, and hand others over. */
abstract class Answerer {
  readonly pick: Pick;
  hasEnded = false;
  private readonly options: PickOptions | undefined;

  constructor(options: PickOptions | undefined) {
    this.options = options;
    this.pick = pickThrough((name, asked) => {
      if (this.hasEnded)
        refuse('pick_ended', String(name), 'the code that this pick was made for has ended.');
      if (typeof name !== 'string' || name === '') {
        refuse('unnamed_decision', '', 'every pick needs a name, so that it is found again.');
      }
      if (this.options !== undefined && !this.isOurs(name, asked, this.options.where)) {
        return handedOver(this.options.under, name, asked);
      }
      return this.answer(name, asked);
    });
  }

  protected abstract answer(name: string, asked: Asked): unknown;
  protected abstract placeAbove(): { readonly id: string; readonly above: Place | null };

  private isOurs(name: string, asked: Asked, where: Selection): boolean {
    const { id, above } = this.placeAbove();
    return placeSelector(where)(placeOf(asked, memberId(id, name), above));
  }
}

/** A pick as a place of a view, without what lies below it. */
function placeOf(asked: Asked, id: string, above: Place | null): Place {
  const node = nodeOfAsked(asked, (_candidate, i) => i);
  checkNode(node);
  const [seen] = viewOfSpace(node).nodes;
  if (seen === undefined) throw new Error('A pick is a decision.');
  return { node: { ...seen, id }, id, above };
}

function handedOver(pick: Pick, name: string, asked: Asked): unknown {
  switch (asked.kind) {
    case 'oneOf':
      return pick.oneOf(name, atLeastOne(asked.candidates), asked.options);
    case 'permutation':
      return pick.permutation(name, atLeastOne(asked.candidates), asked.options);
    case 'manyOf':
      return pick.manyOf(name, asked.k, atLeastOne(asked.candidates), asked.options);
    case 'int':
      return pick.int(name, asked.min, asked.max, asked.options as Parameters<Pick['int']>[3]);
    case 'float':
      return pick.float(name, asked.min, asked.max, asked.options as Parameters<Pick['float']>[3]);
    case 'bool':
      return pick.bool(name, asked.options);
    case 'optional':
      return pick.optional(name, asked.of, asked.options);
    case 'listOf':
      return pick.listOf(name, asked.options, asked.element);
    default:
      return asked satisfies never;
  }
}

function atLeastOne(candidates: readonly PickCandidate[]): readonly [PickCandidate, ...PickCandidate[]] {
  const [head, ...rest] = candidates;
  if (head === undefined) {
    throw new SpaceError({ code: 'no_candidates', id: null, pos: null, detail: 'a pick needs a candidate.' });
  }
  return [head, ...rest];
}

/** The node of a pick; `inner` gives the space of each candidate or element. */
function nodeOfAsked(asked: Asked, inner: (candidate: PickCandidate, index: number) => Json): Json {
  const options = asked.options as { readonly [key: string]: Json };
  switch (asked.kind) {
    case 'oneOf':
    case 'permutation':
      return { ...options, $kind: asked.kind, candidates: asked.candidates.map(inner) };
    case 'manyOf':
      return { ...options, $kind: asked.kind, k: asked.k, candidates: asked.candidates.map(inner) };
    case 'int':
    case 'float':
      return { ...options, $kind: asked.kind, min: asked.min, max: asked.max };
    case 'bool':
      return { ...options, $kind: asked.kind };
    case 'optional':
      return { ...options, $kind: asked.kind, of: inner(asked.of, 1) };
    case 'listOf':
      return { ...options, $kind: asked.kind, of: inner(asked.element, 0) };
    default:
      return asked satisfies never;
  }
}

function isFunction(candidate: PickCandidate): candidate is () => unknown {
  return typeof candidate === 'function';
}

class Tracer extends Answerer {
  private level = newLevel('', null);

  space(): Space {
    return spaceOf(this.level);
  }

  protected placeAbove(): Level {
    return this.level;
  }

  protected answer(name: string, asked: Asked): unknown {
    const id = memberId(this.level.id, name);
    const firsts: unknown[] = [];
    const node = nodeOfAsked(asked, (candidate, i) => {
      if (!isFunction(candidate)) {
        firsts.push(candidate);
        return candidate === null || typeof candidate !== 'object'
          ? candidate
          : { $kind: 'const', value: candidate };
      }
      const outer = this.level;
      this.level = newLevel(innerId(asked, id, i), placeOf(asked, id, outer.above));
      firsts.push(settled(id, candidate));
      const space = spaceOf(this.level);
      this.level = outer;
      return space;
    });
    const known = this.level.nodes.get(name);
    if (known !== undefined) {
      if (!deepEqual(known.node, node))
        refuse('redefined', id, 'another pick of this name is defined differently.');
      return known.first;
    }
    placed(node, id);
    const first = firstValue(asked, firsts);
    this.level.nodes.set(name, { node, first });
    return first;
  }
}

/** Checks a node at its pick, so that the error says at which one. */
function placed(node: Json, id: string): void {
  try {
    checkNode(node);
  } catch (error) {
    if (!(error instanceof SpaceError)) throw error;
    throw new SpaceError({ code: error.code, id: id + (error.id ?? ''), pos: null, detail: error.detail });
  }
}

function innerId(asked: Asked, id: string, index: number): string {
  switch (asked.kind) {
    case 'oneOf':
    case 'permutation':
      return candidateId(id, index, asked.candidates.length);
    case 'manyOf':
      return candidateId(asked.k === 1 ? id : elementId(id, '*'), index, asked.candidates.length);
    case 'optional':
      return candidateId(id, 1, 2);
    case 'listOf':
      return elementId(id, '*');
    case 'int':
    case 'float':
    case 'bool':
      return id;
    default:
      return asked satisfies never;
  }
}

function firstValue(asked: Asked, firsts: readonly unknown[]): unknown {
  switch (asked.kind) {
    case 'oneOf':
      return firsts[0];
    case 'permutation':
      return firsts;
    case 'manyOf':
      return Array.from(
        { length: asked.k },
        (_, pick) => firsts[asked.options.distinct === false ? 0 : pick],
      );
    case 'int':
    case 'float':
      return asked.min;
    case 'bool':
      return false;
    case 'optional':
      return null;
    case 'listOf':
      return Array.from({ length: asked.options.min }, () => firsts[0]);
    default:
      return asked satisfies never;
  }
}

class Runner extends Answerer {
  private readonly numbers: ReadonlyMap<string, number>;
  private readonly unused: Set<string>;
  private readonly values = new Map<string, unknown>();
  private place: { readonly id: string; readonly above: Place | null } = { id: '', above: null };

  constructor(numbers: { readonly [id: string]: Json }, options: PickOptions | undefined) {
    super(options);
    this.numbers = new Map(Object.entries(numbers).map(([id, number]) => [id, Number(number)]));
    this.unused = new Set(this.numbers.keys());
  }

  refuseUnused(): void {
    for (const id of this.unused) refuse('unused_decision', id, 'the code did not ask for this decision.');
  }

  protected placeAbove(): { readonly id: string; readonly above: Place | null } {
    return this.place;
  }

  protected answer(name: string, asked: Asked): unknown {
    const id = memberId(this.place.id, name);
    if (this.values.has(id)) return this.values.get(id);
    const value = this.decided(id, asked);
    this.values.set(id, value);
    return value;
  }

  private number(id: string): number {
    const number = this.numbers.get(id);
    if (number === undefined) refuse('unknown_decision', id, 'this decision was not traced.');
    this.unused.delete(id);
    return number;
  }

  private decided(id: string, asked: Asked): unknown {
    switch (asked.kind) {
      case 'oneOf':
        return this.candidate(asked.candidates, id, asked);
      case 'permutation':
        return this.picks(asked.candidates, asked.candidates.length, id, asked);
      case 'manyOf':
        return this.picks(asked.candidates, asked.k, id, asked);
      case 'int':
      case 'float':
        return this.number(id);
      case 'bool':
        return this.number(id) === 1;
      case 'optional':
        return this.candidate([null, asked.of], id, asked);
      case 'listOf':
        return Array.from({ length: this.number(lengthId(id)) }, (_, i) =>
          this.made(asked.element, id, elementId(id, i), asked),
        );
      default:
        return asked satisfies never;
    }
  }

  private picks(
    candidates: readonly PickCandidate[],
    k: number,
    id: string,
    asked: Asked,
  ): readonly unknown[] {
    return Array.from({ length: k }, (_, pick) =>
      this.candidate(candidates, k === 1 ? id : elementId(id, pick), asked),
    );
  }

  private candidate(candidates: readonly PickCandidate[], id: string, asked: Asked): unknown {
    const index = this.number(id);
    if (!(index in candidates)) {
      refuse(
        'unknown_decision',
        id,
        `the pick has ${candidates.length} candidates, and ${show(index)} is chosen.`,
      );
    }
    return this.made(candidates[index] ?? null, id, candidateId(id, index, candidates.length), asked);
  }

  private made(candidate: PickCandidate, id: string, innerPlace: string, asked: Asked): unknown {
    if (!isFunction(candidate)) return candidate;
    const outer = this.place;
    this.place = { id: innerPlace, above: placeOf(asked, id, outer.above) };
    const value = settled(id, candidate);
    this.place = outer;
    return value;
  }
}
