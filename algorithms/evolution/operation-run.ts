import type { Json } from '../../foundation/json/index.js';
import { fork, RandomStream, type Rng } from '../../foundation/numbers/index.js';
import { evaluateExpression, type Expression } from '../../search-spaces/expressions/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { isGroup, maximumParents, type Individual, type Item } from './individual.js';
import { groupScope, individualScope } from './item-scope.js';
import type { Quantity, RankingKey } from './operation.js';

/** The lists of items and the scalars that operations keep between runs, by key. */
export type Globals = { readonly [key: string]: null | boolean | number | string | readonly Item[] };

/** The surroundings that an operation may read beside its items. */
export interface OperationContext {
  /** Root of its randomness; the run forks the step from it. */
  readonly rng: Rng;
  readonly step: number;
  readonly view: View;
  readonly globals: Globals;
  /** Generation of the children. */
  readonly generation: number;
  /** The latest genomes whose trials ended without a score. */
  readonly rejected: readonly Genome[];
}

/** One run of an operation and the operations inside it: its globals, random streams and children. */
export class OperationRun {
  readonly context: OperationContext;
  private currentGlobals: Globals;
  private readonly streams = new Map<string, RandomStream>();
  private readonly stepRng: Rng;
  private readonly minimum: number;
  private children = 0;

  constructor(context: OperationContext, all: readonly Individual[]) {
    this.context = context;
    this.stepRng = fork(context.rng, `step:${context.step}`);
    this.currentGlobals = context.globals;
    this.minimum = all.reduce((least, { scores }) => Math.min(least, scores?.[0] ?? least), Infinity);
  }

  /** The globals with everything that operations stored so far. */
  get globals(): Globals {
    return this.currentGlobals;
  }

  store(key: string, value: Globals[string]): void {
    this.currentGlobals = { ...this.currentGlobals, [key]: value };
  }

  /** The list under a key of the globals; empty where they hold no list. */
  list(key: string): readonly Item[] {
    const value = this.currentGlobals[key];
    return typeof value === 'object' && value !== null ? value : [];
  }

  /** A new individual; its id is negative and different from those of all other children of the run. */
  child(genome: Genome, parents: readonly number[]): Individual {
    this.children += 1;
    return {
      id: -this.children,
      genome,
      generation: this.context.generation,
      initial: false,
      parents: [...new Set(parents)].slice(0, maximumParents),
    };
  }

  /** The random stream of one place in the tree of operations; it goes on from the last draw there in this run. */
  stream(place: string): RandomStream {
    const known = this.streams.get(place);
    if (known !== undefined) return known;
    const stream = new RandomStream(fork(this.stepRng, place));
    this.streams.set(place, stream);
    return stream;
  }

  /** A number of items to take: a quantity below 1 is a fraction of them, rounded up. */
  portion(n: Quantity, items: readonly Item[]): number {
    const value = this.quantity(n, items);
    return value < 1 ? Math.ceil(value * items.length) : Math.floor(value);
  }

  /** A whole number of repetitions. */
  count(n: Quantity, items: readonly Item[]): number {
    return Math.max(0, Math.floor(this.quantity(n, items)));
  }

  quantity(quantity: Quantity, items: readonly Item[]): number {
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

  /** The key of an item as a number: true is 1, and any other value that is no number is 0. */
  key(key: RankingKey, item: Item): number {
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

  /** The value of an expression over `len`, `step` and the globals. */
  value(expression: Expression, items: readonly Item[]): Json {
    return this.evaluate(expression, this.scope(items));
  }

  private scope(items: readonly Item[]): Record<string, Json> {
    const scope: Record<string, Json> = { len: items.length };
    for (const [key, value] of Object.entries(this.currentGlobals)) {
      scope[key] = typeof value === 'object' && value !== null ? value.length : value;
    }
    return scope;
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
