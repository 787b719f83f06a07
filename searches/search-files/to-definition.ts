import { AlgorithmError, failureClasses, type TellingOrder } from '../../algorithms/contract/index.js';
import { findAlgorithm } from '../../algorithms/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import { encode, type Genome, parseSpace, type Space, SpaceError } from '../../search-spaces/index.js';
import type { Search } from './define-search.js';
import { readSeed } from '../definition/definition-check.js';
import { DefinitionReader } from '../definition/definition-reader.js';
import { DefinitionError } from '../definition/definition-error.js';
import type {
  Evaluator,
  LevelDefinition,
  RetrainingDefinition,
  SearchDefinition,
} from '../definition/definition.js';
import { durationMilliseconds } from '../definition/duration.js';
import { readEvaluator } from '../definition/evaluator-check.js';
import { problemText, readLevels } from '../definition/level-check.js';
import { defaultFailurePolicy } from '../loop/outcome.js';
import { derivationOf, readRetraining } from '../definition/retraining-check.js';

/** The stored bundle of a search file, which carries its functions to evaluating processes. */
export interface SearchBundle {
  /** Hash in the artifact store. */
  readonly hash: string;
  /** Hash of the lock file that pins the packages outside the bundle; empty when there is none. */
  readonly packages: string;
}

const evaluationOptions = ['evaluate', 'light', 'pure', 'retraining', 'seed', 'tags'] as const;
const levelOptions = [
  'name',
  'space',
  'restOf',
  'metrics',
  'constraints',
  'objective',
  'algorithm',
  'budget',
  'order',
  'window',
  'retries',
  'failurePolicy',
  'timeout',
  'resources',
  'initial',
  'dependsOn',
  'measure',
] as const;
const retrainingOptions = [
  'evaluate',
  'light',
  'pure',
  'metrics',
  'constraints',
  'repetitions',
  'candidates',
  'timeout',
  'resources',
] as const;
const otherEvaluators = ', command(…), activity(…), workflow(…), table(…) or surrogate(…)';
const defaultWindow = 16;
const defaultConcurrency = 4;

/** Finds a file that a search names: where it lies and the SHA-256 of its bytes, or why it cannot be read. */
export type HashFile = (
  path: string,
) => { readonly path: string; readonly sha256: string } | { readonly problem: string };

/**
 * The definition of a search as plain data, with all defaults filled in. Functions need the `bundle` of their search
 * file; without one (in workflow code) a function is refused, because it cannot travel. Tables are hashed by
 * `hashFile`; without it they have to name their hash. Throws `DefinitionError`.
 */
export function toDefinition(search: Search, bundle?: SearchBundle, hashFile?: HashFile): SearchDefinition {
  const reader = new DefinitionReader(search.options, '');
  const flat = reader.at('levels').value === undefined;
  reader.members(flat ? [...levelOptions, ...evaluationOptions] : ['name', 'levels', ...evaluationOptions]);
  const name = reader.at('name').safeName();
  const evaluation = toEvaluation(reader, bundle, hashFile);
  const evaluator = toOwnEvaluator(reader, evaluation);
  const placeOf = (index: number): string => (flat ? '' : `levels[${index}]`);
  const given = flat
    ? [new DefinitionReader(omit(reader.members(), evaluationOptions), '')]
    : reader
        .at('levels')
        .elements()
        .map((element) => toLevelOptions(element));
  const outer: string[] = [];
  const levels = given.map((options) => {
    const plain = toLevel(options, outer, evaluation);
    outer.push(options.at('name').safeName());
    return plain;
  });
  const checked = readLevels(new DefinitionReader(levels, 'levels'), placeOf);
  checkTableMetrics(evaluator, checked.at(-1), 'evaluate');
  const retraining = reader.optional('retraining', (member) =>
    toRetraining(member, checked, { bundle, hashFile }),
  );
  return {
    format: 'duramen-search/1',
    name,
    seed: reader.optional('seed', readSeed) ?? 0,
    levels: checked,
    evaluator,
    ...(retraining === undefined ? {} : { retraining }),
    tags: reader.optional('tags', (tags) => tags.elements().map((tag) => tag.nonEmptyText())) ?? [],
  };
}

interface Evaluation {
  readonly light: boolean;
  readonly pure: boolean;
  readonly bundle: SearchBundle | undefined;
  readonly hashFile: HashFile | undefined;
}

function toEvaluation(
  reader: DefinitionReader,
  bundle: SearchBundle | undefined,
  hashFile: HashFile | undefined,
): Evaluation {
  return {
    light: reader.optional('light', (member) => member.boolean()) ?? false,
    pure: reader.optional('pure', (member) => member.boolean()) ?? false,
    bundle,
    hashFile,
  };
}

/** The evaluator beside which `light` is given. */
function toOwnEvaluator(reader: DefinitionReader, evaluation: Evaluation): Evaluator {
  const evaluator = toEvaluator(reader.at('evaluate'), evaluation);
  if (evaluation.light && evaluator.kind !== 'function') {
    reader.at('light').refuse(`only a function can be light, and evaluate is a ${evaluator.kind}.`);
  }
  return evaluator;
}

/** The retraining with its defaults, most of which are those of the search itself. */
function toRetraining(
  reader: DefinitionReader,
  levels: readonly LevelDefinition[],
  { bundle, hashFile }: Pick<Evaluation, 'bundle' | 'hashFile'>,
): RetrainingDefinition {
  reader.members(retrainingOptions);
  const [level] = levels;
  const own = toOwnEvaluator(reader, toEvaluation(reader, bundle, hashFile));
  const evaluator: Evaluator = own.kind === 'function' ? { ...own, function: 'retraining' } : own;
  const ownMetrics = reader.at('metrics').value !== undefined;
  if (!ownMetrics && reader.at('constraints').value !== undefined)
    reader.at('constraints').refuse('name the metrics that it belongs to, too.');
  const counts = reader.optional('candidates', (member) => member.members(['best', 'draws', 'drawn'])) ?? {};
  const learned = level !== undefined && levels.length === 1 && derivationOf(level) !== null;
  const defaults = learned ? { best: 1, draws: 1_000, drawn: 10 } : { best: 5, draws: 0, drawn: 0 };
  const plain = {
    evaluator,
    metrics: ownMetrics ? toMetrics(reader) : level?.metrics,
    objective: ownMetrics ? undefined : level?.objective,
    repetitions: reader.at('repetitions').value ?? 3,
    candidates: { ...defaults, ...counts },
    timeout: reader.optional('timeout', toTimeout) ?? {},
    resources: reader.optional('resources', toResources) ?? level?.resources,
  };
  const checked = readRetraining(new DefinitionReader(plain, reader.place), levels);
  checkTableMetrics(evaluator, checked, 'retraining.evaluate');
  return checked;
}

function toLevelOptions(element: DefinitionReader): DefinitionReader {
  if (!isPlainObject(element.value) || element.value['kind'] !== 'duramen-level') {
    element.refuse('must be made by level({ … }).');
  }
  const options = new DefinitionReader(element.value['options'], element.place);
  options.members(levelOptions);
  return options;
}

/** The level with its defaults; whether it makes sense is checked once all levels are there. */
function toLevel(reader: DefinitionReader, outer: readonly string[], evaluation: Evaluation): unknown {
  const budget = reader.at('budget');
  budget.members(['trials', 'scored', 'cost', 'target', 'duration', 'concurrency']);
  const { concurrency, ...amounts } = budget.members();
  const duration = budget.optional('duration', toMilliseconds);
  return {
    name: reader.at('name').safeName(),
    space: reader.at('space').value,
    ...(reader.at('restOf').value === undefined ? {} : { restOf: reader.at('restOf').value }),
    metrics: toMetrics(reader),
    objective: reader.optional('objective', toObjective),
    algorithm: reader.at('algorithm').value,
    order: reader.at('order').value ?? naturalOrder(reader.at('algorithm')),
    window: reader.at('window').value ?? defaultWindow,
    budget: { ...amounts, ...(duration === undefined ? {} : { duration }) },
    concurrency: concurrency ?? defaultConcurrency,
    retries: reader.at('retries').value ?? 1,
    failurePolicy: {
      ...defaultFailurePolicy,
      ...reader.optional('failurePolicy', (policies) => policies.members(failureClasses)),
    },
    timeout: reader.optional('timeout', toTimeout) ?? {},
    initial: reader.optional('initial', (points) => toGenomes(points, reader.at('space'))) ?? [],
    dependsOn: reader.at('dependsOn').value ?? [...outer],
    measure: reader.optional('measure', (measure) => toEvaluator(measure, evaluation)),
    resources: reader.optional('resources', toResources) ?? { cpu: 1, gpu: 0 },
  };
}

function toMetrics(reader: DefinitionReader): unknown {
  const metrics = reader.at('metrics');
  const constraints = reader.optional('constraints', (member) => member) ?? new DefinitionReader({}, '');
  const names = Object.keys(metrics.members());
  for (const name of Object.keys(constraints.members())) {
    if (!names.includes(name)) {
      constraints.at(name).refuse(`there is no metric "${name}" (there is ${names.join(', ')}).`);
    }
  }
  return names.map((name) => {
    const goal = metrics.at(name).oneOf(['maximize', 'minimize', 'observe']);
    const limits = constraints.optional(name, (limit) => limit.members(['atMost', 'atLeast'])) ?? {};
    return { name, goal, ...limits };
  });
}

function toObjective(reader: DefinitionReader): unknown {
  const { maximize, minimize } = reader.members(['maximize', 'minimize']);
  if ((maximize === undefined) === (minimize === undefined)) {
    reader.refuse('give either maximize or minimize, an expression over the metrics.');
  }
  return maximize === undefined
    ? { expression: minimize, goal: 'minimize' }
    : { expression: maximize, goal: 'maximize' };
}

/** The telling order of a level that names none: the natural one of its algorithm. */
function naturalOrder(reader: DefinitionReader): TellingOrder {
  const name = reader.at('name').nonEmptyText();
  const version = reader.at('version').wholeNumber(1);
  try {
    return findAlgorithm({ name, version, config: {} }).naturalOrder(reader.at('config').value);
  } catch (error) {
    if (error instanceof AlgorithmError) reader.refuse(`${error.message}.`);
    throw error;
  }
}

function toMilliseconds(reader: DefinitionReader): number {
  const milliseconds = durationMilliseconds(reader.value);
  if (milliseconds === null)
    reader.refuse('must be milliseconds or text such as 500ms, 30s, 10m, 12h or 7d, above 0.');
  return milliseconds;
}

function toTimeout(reader: DefinitionReader): unknown {
  reader.members(['attempt', 'trial']);
  return {
    attempt: reader.optional('attempt', toMilliseconds),
    trial: reader.optional('trial', toMilliseconds),
  };
}

function toResources(reader: DefinitionReader): unknown {
  const { memory, cpu = 1, gpu = 0, ...rest } = reader.members(['cpu', 'gpu', 'memory', 'queue']);
  return {
    ...rest,
    cpu,
    gpu,
    ...(memory === undefined ? {} : { memoryMegabytes: toMegabytes(reader.at('memory')) }),
  };
}

function toMegabytes(reader: DefinitionReader): number {
  if (typeof reader.value === 'number') return reader.positiveNumber();
  const match = /^(\d+(?:\.\d+)?) ?(MB|GB)$/.exec(reader.text());
  if (match === null) return reader.refuse('must be megabytes or text such as 512MB or 2GB.');
  return Number(match[1]) * (match[2] === 'GB' ? 1000 : 1);
}

/** Points given as parameters, encoded. */
function toGenomes(reader: DefinitionReader, space: DefinitionReader): readonly Genome[] {
  let checked: Space;
  try {
    checked = parseSpace(space.value);
  } catch (error) {
    if (error instanceof SpaceError) space.refuse(error.message);
    throw error;
  }
  return reader.elements().map((element) => {
    const genome = encode(checked, element.json());
    if (!genome.ok) return element.refuse(`is not a point of the space: ${problemText(genome.error)}.`);
    return genome.value;
  });
}

function toEvaluator(reader: DefinitionReader, evaluation: Evaluation): Evaluator {
  if (typeof reader.value !== 'function') {
    if (!isPlainObject(reader.value)) {
      reader.refuse(`must be a function${otherEvaluators}.`);
    }
    const evaluator = readEvaluator(
      reader.value['kind'] === 'table' ? withHash(reader, evaluation.hashFile) : reader,
    );
    if (evaluator.kind === 'function') reader.refuse(`must be the function itself${otherEvaluators}.`);
    return evaluator;
  }
  if (evaluation.bundle === undefined) {
    return reader.refuse(
      'a function cannot travel to child workflows or through continue-as-new: in workflow code name an activity(…) ' +
        'or workflow(…), or put the search into a search file.',
    );
  }
  const { light, pure, bundle } = evaluation;
  return { kind: 'function', bundle: bundle.hash, packages: bundle.packages, light, pure };
}

/** The table with the place and the hash of its file. */
function withHash(reader: DefinitionReader, hashFile: HashFile | undefined): DefinitionReader {
  const given = reader.optional('sha256', (hash) => hash.text());
  if (hashFile === undefined) {
    if (given !== undefined) return reader;
    return reader
      .at('sha256')
      .refuse(
        'files cannot be read here: give the SHA-256 of the file, or put the search into a search file.',
      );
  }
  const found = hashFile(reader.at('path').nonEmptyText());
  if ('problem' in found) return reader.at('path').refuse(found.problem);
  if (given !== undefined && given !== found.sha256) {
    reader.at('sha256').refuse(`${found.path} has the SHA-256 ${found.sha256}, not this one.`);
  }
  return new DefinitionReader({ ...reader.members(), ...found }, reader.place);
}

/** Every optimised metric of what a table evaluates has to come from it. */
function checkTableMetrics(
  evaluator: Evaluator,
  level: Pick<LevelDefinition, 'metrics'> | undefined,
  place: string,
): void {
  if (evaluator.kind !== 'table' || level === undefined) return;
  const measured = Object.keys(evaluator.description.metrics);
  const missing = level.metrics.find(({ name, goal }) => goal !== 'observe' && !measured.includes(name));
  if (missing !== undefined) {
    throw new DefinitionError(
      place,
      `the table has no metric "${missing.name}" (it has ${measured.join(', ')}): say where it is read.`,
    );
  }
}

function omit(
  value: { readonly [key: string]: unknown },
  keys: readonly string[],
): { readonly [key: string]: unknown } {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
