import { isPlainObject } from '../../foundation/json/index.js';
import type { Genome, View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { StateValue } from '../contract/state-value.js';
import { isFiniteNumber, readFields, readGenome, readInteger, readList } from '../contract/state-shape.js';
import { individualsOf, maximumParents, type Individual, type Item } from './individual.js';
import type { Globals } from './operation-run.js';

/** A trial that the algorithm proposed and whose outcome it has not been told. */
type Outstanding = {
  readonly id: number;
  readonly generation: number;
  readonly initial: boolean;
  readonly parents: readonly number[];
};

export type EvolutionState = {
  readonly generation: number;
  readonly initialProposals: number;
  /** The number of trials told with a score. */
  readonly scored: number;
  readonly proposed: number;
  readonly told: number;
  /** The last genome that the sweep of the initial phase proposed. */
  readonly swept: Genome | null;
  readonly population: readonly Item[];
  /** Children that the algorithm has not proposed yet. */
  readonly queue: readonly Individual[];
  readonly outstanding: readonly Outstanding[];
  /** The latest genomes whose trials ended without a score. */
  readonly rejected: readonly Genome[];
  readonly globals: Globals;
};

/** Deepest nesting of groups in a state. */
const maximumDepth = 8;

/** Checks that a value read back is a state; throws `AlgorithmError` that names the place of the first fault. */
export function readEvolutionState(
  view: View,
  value: StateValue,
  limits: { readonly population: number; readonly children: number; readonly rejected: number },
): EvolutionState {
  const fields = readFields(value, 'state', [
    'generation',
    'initialProposals',
    'scored',
    'proposed',
    'told',
    'swept',
    'population',
    'queue',
    'outstanding',
    'rejected',
    'globals',
  ]);
  const integer = (key: 'generation' | 'initialProposals' | 'scored' | 'proposed' | 'told'): number =>
    readInteger(fields[key], `state.${key}`);
  const genome = (item: StateValue | undefined, place: string): Genome => readGenome(view, item, place);
  return {
    generation: integer('generation'),
    initialProposals: integer('initialProposals'),
    scored: integer('scored'),
    proposed: integer('proposed'),
    told: integer('told'),
    swept: fields.swept === null ? null : genome(fields.swept, 'state.swept'),
    population: readItems(view, fields.population, 'state.population', limits.population),
    queue: individualsOf(readItems(view, fields.queue, 'state.queue', limits.children)),
    outstanding: readList(fields.outstanding, 'state.outstanding', Infinity, (item, place) => {
      const one = readFields(item, place, ['id', 'generation', 'initial', 'parents']);
      return {
        id: readInteger(one.id, `${place}.id`),
        generation: readInteger(one.generation, `${place}.generation`),
        initial: one.initial === true,
        parents: readList(one.parents, `${place}.parents`, maximumParents, readInteger),
      };
    }),
    rejected: readList(fields.rejected, 'state.rejected', limits.rejected, genome),
    globals: readGlobals(view, fields.globals, limits.population),
  };
}

function readGlobals(view: View, value: StateValue | undefined, longest: number): Globals {
  if (!isPlainObject(value)) throw new AlgorithmError('state.globals must be an object');
  const globals: Record<string, Globals[string]> = {};
  for (const [key, given] of Object.entries(value)) {
    const place = `state.globals.${key}`;
    if (given === null || typeof given === 'boolean' || typeof given === 'string') globals[key] = given;
    else if (typeof given === 'number' && Number.isFinite(given)) globals[key] = given;
    else globals[key] = readItems(view, given, place, longest);
  }
  return globals;
}

function readItems(view: View, value: unknown, place: string, longest: number, depth = 0): readonly Item[] {
  if (!Array.isArray(value)) throw new AlgorithmError(`${place} must be a list`);
  if (value.length > longest) {
    throw new AlgorithmError(`${place} has ${value.length} items, at most ${longest} are possible`);
  }
  if (depth > maximumDepth) throw new AlgorithmError(`${place} is nested deeper than ${maximumDepth}`);
  return value.map((item: StateValue, i) =>
    Array.isArray(item)
      ? readItems(view, item, `${place}[${i}]`, longest, depth + 1)
      : readIndividual(view, item, `${place}[${i}]`),
  );
}

function readIndividual(view: View, value: StateValue, place: string): Individual {
  if (!isPlainObject(value)) throw new AlgorithmError(`${place} must be an individual`);
  const optional = ['scores', 'told'] as const;
  const present = optional.filter((key) => Object.hasOwn(value, key));
  const keys = ['id', 'genome', 'generation', 'initial', 'parents', ...present] as const;
  const fields = readFields(value, place, keys);
  if (typeof fields.id !== 'number' || !Number.isSafeInteger(fields.id)) {
    throw new AlgorithmError(`${place}.id must be a whole number`);
  }
  return {
    id: fields.id,
    genome: readGenome(view, fields.genome, `${place}.genome`),
    generation: readInteger(fields.generation, `${place}.generation`),
    initial: fields.initial === true,
    parents: readList(fields.parents, `${place}.parents`, maximumParents, readWhole),
    ...(fields.scores === undefined
      ? {}
      : { scores: readList(fields.scores, `${place}.scores`, Infinity, readFinite) }),
    ...(fields.told === undefined ? {} : { told: readInteger(fields.told, `${place}.told`) }),
  };
}

function readWhole(value: StateValue, place: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new AlgorithmError(`${place} must be a whole number`);
}

function readFinite(value: StateValue, place: string): number {
  if (isFiniteNumber(value)) return value;
  throw new AlgorithmError(`${place} must be a finite number`);
}
