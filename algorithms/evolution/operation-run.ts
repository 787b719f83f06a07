import { fork, RandomStream, type Rng } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import {
  crossover,
  evaluateExpression,
  type Expression,
  first,
  type Genome,
  mutate,
  next,
  sample,
  type View,
} from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { findOperator } from './custom-operator.js';
import { individualsOf, isGroup, maximumParents, type Individual, type Item } from './individual.js';
import type { Operation, Quantity, RankingKey } from './operation.js';
import { crowdingOrder, nonDominatedFronts } from './pareto.js';
import { randomPlaces, ranked, shares, sliced, weightedPlaces } from './selection.js';
import { speciesOf } from './speciation.js';

/** What operations keep between runs: lists of items and scalars, by key. */
export type Globals = { readonly [key: string]: null | boolean | number | string | readonly Item[] };

/** What an operation may read beside its items. */
export interface OperationContext {
  /** Root of its randomness; the step is forked from it. */
  readonly rng: Rng;
  readonly step: number;
  readonly view: View;
  readonly globals: Globals;
  /** Generation of the children. */
  readonly generation: number;
  /** Genomes that came back without a score lately. */
  readonly rejected: readonly Genome[];
}

/**
 * Runs an operation on a list of items. `place` names it in the tree of operations: what is drawn depends on the
 * step and on the place alone, so another operation elsewhere shifts nothing.
 */
export function applyOperation(
  operation: Operation,
  items: readonly Item[],
  context: OperationContext,
  place = '',
): { readonly items: readonly Item[]; readonly globals: Globals } {
  const run = new OperationRun(context, individualsOf(items));
  const result = run.apply(operation, items, place);
  return { items: result, globals: run.globals };
}

class OperationRun {
  globals: Globals;
  private readonly context: OperationContext;
  private readonly streams = new Map<string, RandomStream>();
  private readonly stepRng: Rng;
  private readonly minimum: number;
  private children = 0;

  constructor(context: OperationContext, all: readonly Individual[]) {
    this.context = context;
    this.stepRng = fork(context.rng, `step:${context.step}`);
    this.globals = context.globals;
    this.minimum = all.reduce((least, { scores }) => Math.min(least, scores?.[0] ?? least), Infinity);
  }

  apply(operation: Operation, items: readonly Item[], place: string): readonly Item[] {
    const { view } = this.context;
    switch (operation.op) {
      case 'identity':
        return items;
      case 'pipe':
        return operation.of.reduce((given, one, i) => this.apply(one, given, `${place}.${i}`), items);
      case 'concat':
        return this.each(operation.of, items, place).flat();
      case 'union':
        return withoutRepeats(this.each(operation.of, items, place).flat());
      case 'intersect': {
        const [kept = [], ...others] = this.each(operation.of, items, place);
        return kept.filter((item) => others.every((other) => holds(other, item)));
      }
      case 'minus': {
        const [kept = [], ...others] = this.each(operation.of, items, place);
        return kept.filter((item) => !others.some((other) => holds(other, item)));
      }
      case 'xor': {
        const parts = this.each(operation.of, items, place);
        return parts.flatMap((part, i) =>
          part.filter((item) => !parts.some((other, j) => j !== i && holds(other, item))),
        );
      }
      case 'invert': {
        const taken = this.apply(operation.of, items, `${place}.0`);
        return items.filter((item) => !holds(taken, item));
      }
      case 'repeat': {
        const count = this.count(operation.k, items);
        return Array.from({ length: count }, () => this.apply(operation.of, items, `${place}.0`)).flat();
      }
      case 'times': {
        let given = items;
        const count = this.count(operation.k, items);
        for (let i = 0; i < count; i += 1) given = this.apply(operation.of, given, `${place}.0`);
        return given;
      }
      case 'slice':
        return sliced(items, operation.from, operation.to, operation.step ?? 1);
      case 'when':
        return this.evaluate(operation.test, this.scope(items)) === true
          ? this.apply(operation.then, items, `${place}.0`)
          : this.apply(operation.otherwise, items, `${place}.1`);
      case 'choose': {
        const { limit = operation.of.length } = operation;
        const stream = this.stream(place);
        let [given, applied] = [items, 0];
        for (const [i, { operation: one, probability }] of operation.of.entries()) {
          // Every operation takes its draw, so that a limit that is reached shifts nothing.
          const chosen = stream.unit() < this.quantity(probability, items);
          if (!chosen || applied === limit) continue;
          given = this.apply(one, given, `${place}.${i}`);
          applied += 1;
        }
        return given;
      }
      case 'forEach':
        return items.map((item) => this.apply(operation.of, isGroup(item) ? item : [item], `${place}.0`));
      case 'flatten':
        return flattened(items, operation.depth ?? Infinity);
      case 'untilChange': {
        const before = genomesOf(items);
        let result = items;
        for (let i = 0; i < operation.max && genomesOf(result) === before; i += 1) {
          result = this.apply(operation.of, items, `${place}.0`);
        }
        return result;
      }
      case 'get':
        return this.list(operation.key);
      case 'put': {
        const value = operation.value === undefined ? items : this.scalar(operation.value, items);
        this.globals = { ...this.globals, [operation.key]: value };
        return items;
      }
      case 'cycle': {
        const list = this.list(operation.key);
        const cursor = this.globals[operation.cursor];
        const at = typeof cursor === 'number' && list.length > 0 ? cursor % list.length : 0;
        const item = list[at];
        if (item === undefined) return [];
        this.globals = { ...this.globals, [operation.cursor]: at + 1 };
        return [item];
      }
      case 'random': {
        const n = this.number(operation.n, items);
        return pick(items, randomPlaces(items.length, n, operation.replace ?? false, this.stream(place)));
      }
      case 'weighted': {
        const weights = items.map((item) => this.key(operation.weights, item));
        return pick(items, weightedPlaces(weights, this.number(operation.n, items), this.stream(place)));
      }
      case 'proportional': {
        const weights = items.map((item) => this.key(operation.weights, item));
        const counts = shares(weights, this.number(operation.n, items));
        return items.flatMap((item, i) => Array.from({ length: counts[i] ?? 0 }, () => item));
      }
      case 'top':
        return this.ranked(operation, items, 'falling');
      case 'bottom':
        return this.ranked(operation, items, 'rising');
      case 'first':
        return this.ranked(operation, items, 'given');
      case 'last':
        return [...this.ranked(operation, [...items].reverse(), 'given')].reverse();
      case 'mutate': {
        const { operator = 'local', where, avoid = false } = operation;
        const { rejected } = this.context;
        const feasible = (genome: Genome): boolean => !rejected.some((other) => equal(other, genome));
        return individualsOf(items).map(({ id, genome }) =>
          this.child(
            mutate(view, genome, this.stream(place), {
              operator,
              ...(where === undefined ? {} : { where }),
              ...(avoid && rejected.length > 0 ? { feasible } : {}),
            }),
            [id],
          ),
        );
      }
      case 'recombine': {
        const parents = individualsOf(items);
        if (parents.length === 0) return [];
        const genomes = parents.map(({ genome }) => genome);
        const ids = parents.map(({ id }) => id);
        return crossover(view, genomes, this.stream(place), operation.crossover).map((genome) =>
          this.child(genome, ids),
        );
      }
      case 'sample':
        return Array.from({ length: this.count(operation.n, items) }, () =>
          this.child(sample(view, this.stream(place)), []),
        );
      case 'next':
        return individualsOf(items).map(({ id, genome }) =>
          this.child(next(view, genome) ?? first(view), [id]),
        );
      case 'nonDominatedSort': {
        const scored = individualsOf(items).filter(({ scores }) => scores !== undefined);
        const others = individualsOf(items).filter(({ scores }) => scores === undefined);
        const fronts = nonDominatedFronts(scored.map(({ scores = [] }) => scores));
        return [...fronts.map((front) => pick(scored, front)), ...(others.length === 0 ? [] : [others])];
      }
      case 'crowdingSort': {
        const individuals = individualsOf(items);
        const order = crowdingOrder(
          individuals.map(({ scores = [] }) => scores),
          operation.ends,
        );
        return pick(individuals, order);
      }
      case 'speciate': {
        const individuals = individualsOf(items);
        const known = individualsOf(this.list(operation.key));
        const genomes = individuals.map(({ genome }) => genome);
        const species = speciesOf(
          view,
          genomes,
          known.map(({ genome }) => genome),
          operation,
        );
        const representatives = species.map(({ representative, members }): Item => {
          const old = known.find(({ genome }) => genome === representative);
          return old ?? individuals[members[0] ?? 0] ?? [];
        });
        this.globals = { ...this.globals, [operation.key]: representatives };
        return species.map(({ members }) => pick(individuals, members));
      }
      case 'custom': {
        const operator = findOperator(operation.name);
        if (operator === undefined) throw new AlgorithmError(`there is no operator '${operation.name}'`);
        return operator(items, {
          arguments: operation.arguments,
          view,
          step: this.context.step,
          source: this.stream(place),
          child: (genome, parents) => this.child(genome, parents),
        });
      }
      default:
        return operation satisfies never;
    }
  }

  private each(
    operations: readonly Operation[],
    items: readonly Item[],
    place: string,
  ): readonly (readonly Item[])[] {
    return operations.map((one, i) => this.apply(one, items, `${place}.${i}`));
  }

  private child(genome: Genome, parents: readonly number[]): Individual {
    this.children += 1;
    return {
      id: -this.children,
      genome,
      generation: this.context.generation,
      initial: false,
      parents: [...new Set(parents)].slice(0, maximumParents),
    };
  }

  /** The stream of one place in the tree, going on from what was drawn there in this step. */
  private stream(place: string): RandomStream {
    const known = this.streams.get(place);
    if (known !== undefined) return known;
    const stream = new RandomStream(fork(this.stepRng, place));
    this.streams.set(place, stream);
    return stream;
  }

  private list(key: string): readonly Item[] {
    const value = this.globals[key];
    return typeof value === 'object' && value !== null ? value : [];
  }

  private ranked(
    {
      n,
      key = 'score',
      cluster = false,
    }: {
      readonly n?: Quantity;
      readonly key?: RankingKey;
      readonly cluster?: boolean;
    },
    items: readonly Item[],
    order: 'falling' | 'rising' | 'given',
  ): readonly Item[] {
    const count = n === undefined ? items.length : this.number(n, items);
    const needsKeys = order !== 'given' || cluster;
    const keys = items.map((item) => (needsKeys ? this.key(key, item) : 0));
    return pick(items, ranked(keys, count, order, cluster));
  }

  /** A count of items: a number below 1 is a fraction of them. */
  private number(n: Quantity, items: readonly Item[]): number {
    const value = this.quantity(n, items);
    return value < 1 ? Math.ceil(value * items.length) : Math.floor(value);
  }

  private count(n: Quantity, items: readonly Item[]): number {
    return Math.max(0, Math.floor(this.quantity(n, items)));
  }

  private quantity(quantity: Quantity, items: readonly Item[]): number {
    const scope = this.scope(items);
    const number = (expression: Expression): number => {
      const value = this.evaluate(expression, scope);
      if (typeof value === 'number') return value;
      throw new AlgorithmError(
        `a number is needed at step ${this.context.step}, not ${JSON.stringify(value)}`,
      );
    };
    if (!isRandomQuantity(quantity)) return Math.max(0, number(quantity));
    const [low, high] = quantity.random.map(number);
    const rng = fork(this.context.rng, `schedule:${this.context.step}`);
    return (low ?? 0) + new RandomStream(rng).unit() * ((high ?? 0) - (low ?? 0));
  }

  private key(key: RankingKey, item: Item): number {
    if (key === 'score' || key === 'generation' || key === 'id') {
      if (isGroup(item)) return groupScope(item).best ?? -Infinity;
      return key === 'score' ? (item.scores?.[0] ?? -Infinity) : item[key];
    }
    const scope = isGroup(item) ? groupScope(item) : individualScope(item);
    const value = this.evaluate(key, {
      minimum: Number.isFinite(this.minimum) ? this.minimum : 0,
      ...scope,
    });
    return typeof value === 'number' ? value : Number(value === true);
  }

  private scope(items: readonly Item[]): Record<string, Json> {
    const scope: Record<string, Json> = { len: items.length };
    for (const [key, value] of Object.entries(this.globals)) {
      scope[key] = typeof value === 'object' && value !== null ? value.length : value;
    }
    return scope;
  }

  private scalar(expression: Expression, items: readonly Item[]): null | boolean | number | string {
    const value = this.evaluate(expression, this.scope(items));
    return typeof value === 'object' ? null : value;
  }

  private evaluate(expression: Expression, scope: Json): Json {
    return evaluateExpression(expression, scope, { step: this.context.step });
  }
}

function isRandomQuantity(
  quantity: Quantity,
): quantity is { readonly random: readonly [Expression, Expression] } {
  return typeof quantity === 'object' && quantity !== null && !Array.isArray(quantity);
}

function pick<T>(items: readonly T[], places: readonly number[]): readonly T[] {
  return places.flatMap((place) => {
    const item = items[place];
    return item === undefined ? [] : [item];
  });
}

/** Individuals are the same when their ids are; groups when their members are. */
function identityOf(item: Item): string {
  return isGroup(item) ? `[${item.map(identityOf).join()}]` : String(item.id);
}

function holds(items: readonly Item[], wanted: Item): boolean {
  const identity = identityOf(wanted);
  return items.some((item) => identityOf(item) === identity);
}

function withoutRepeats(items: readonly Item[]): readonly Item[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const identity = identityOf(item);
    const isNew = !seen.has(identity);
    seen.add(identity);
    return isNew;
  });
}

function flattened(items: readonly Item[], depth: number): readonly Item[] {
  if (depth < 1) return items;
  return items.flatMap((item) => (isGroup(item) ? flattened(item, depth - 1) : [item]));
}

function genomesOf(items: readonly Item[]): string {
  return JSON.stringify(individualsOf(items).map(({ genome }) => genome));
}

function equal(a: Genome, b: Genome): boolean {
  return a.length === b.length && a.every((number, place) => number === b[place]);
}

function individualScope({ id, scores, generation, told }: Individual): Record<string, Json> {
  return {
    id,
    generation,
    ...(scores?.[0] === undefined ? {} : { score: scores[0], scores }),
    ...(told === undefined ? {} : { told }),
  };
}

function groupScope(group: readonly Item[]): { len: number; mean?: number; best?: number; worst?: number } {
  const scores = individualsOf(group).flatMap(({ scores: [score] = [] }) =>
    score === undefined ? [] : [score],
  );
  if (scores.length === 0) return { len: group.length };
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const { best, worst } = scores.reduce(
    (range, score) => ({ best: Math.max(range.best, score), worst: Math.min(range.worst, score) }),
    { best: -Infinity, worst: Infinity },
  );
  return { len: group.length, mean, best, worst };
}
