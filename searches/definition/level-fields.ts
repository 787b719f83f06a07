import { failureClasses, type FailureClass, optimisedMetrics } from '../../algorithms/contract/index.js';
import type { CheckedAlgorithm } from './algorithm-check.js';
import { readBudget } from './budget-check.js';
import { decidingMetrics } from './deciding-metrics.js';
import type { DefinitionReader } from './definition-reader.js';
import type { FailurePolicy, LevelDefinition } from './definition.js';
import { readEvaluator } from './evaluator-check.js';
import { evaluatorIdentity } from './evaluator-identity.js';
import { readMetricDeclarations, readObjective } from './metrics-check.js';
import { readResources, readTimeout } from './resources-check.js';
import { readGenome, readSpace } from './space-check.js';

/** A level while it is read. Each field is read when another one, or the level, first asks for it. */
export interface LevelReading {
  /** The level as it was given. */
  readonly given: DefinitionReader;
  readonly outer: readonly LevelDefinition[];
  readonly isInnermost: boolean;
  /** The algorithm, checked with the space, the metrics and the order of the level. */
  readonly checkedAlgorithm: CheckedAlgorithm;
  field<Name extends keyof LevelDefinition>(name: Name): LevelDefinition[Name];
}

/** All that the code says of one field of a level, so that a new field costs one entry. */
export interface LevelField<Value> {
  /** Reads and checks the value; refuses it with its place. */
  readonly read: (member: DefinitionReader, level: LevelReading) => Value;
  /**
   * Where the field can change a decision. `everywhere`: it is part of the identity of a search and of the content key.
   * `inside`: of an inner level it is, of the outermost one only of the content key. `arrivals`: it is part of the
   * content key alone, where the order of arrival decides.
   */
  readonly counts: 'everywhere' | 'inside' | 'arrivals';
  /** What of the value can change a result; absent: all of it. */
  readonly essence?: (value: Exclude<Value, undefined>) => unknown;
}

type LevelFields = {
  readonly [Name in keyof Required<LevelDefinition>]: LevelField<LevelDefinition[Name]>;
};

/** The fields of a level in the order in which a definition has them. */
export const levelFields: LevelFields = {
  name: { read: readName, counts: 'everywhere' },
  space: { read: readSpace, counts: 'everywhere' },
  restOf: { read: optional(readRestOf), counts: 'everywhere' },
  metrics: { read: readMetricDeclarations, counts: 'everywhere' },
  objective: { read: readLevelObjective, counts: 'everywhere' },
  algorithm: { read: readLevelAlgorithm, counts: 'everywhere' },
  order: { read: (member) => member.oneOf(['in-order', 'as-completed']), counts: 'everywhere' },
  window: { read: (member) => member.wholeNumber(1, 1024), counts: 'everywhere' },
  // The budget of the outermost level only says how far the search goes; inner ones decide what the outer level learns.
  budget: {
    read: (member, level) =>
      readBudget(member, metricsOfAlgorithm(level), level.checkedAlgorithm.endsByItself),
    counts: 'inside',
  },
  concurrency: { read: readConcurrency, counts: 'arrivals' },
  retries: { read: (member) => member.wholeNumber(0, 100), counts: 'everywhere' },
  failurePolicy: { read: readFailurePolicy, counts: 'everywhere' },
  timeout: { read: readTimeout, counts: 'everywhere' },
  initial: {
    read: readInitial,
    counts: 'everywhere',
  },
  ofLevels: { read: optional(readOfLevels), counts: 'everywhere' },
  dependsOn: { read: readDependsOn, counts: 'everywhere' },
  measure: { read: optional(readEvaluator), counts: 'everywhere', essence: evaluatorIdentity },
  resources: { read: readResources, counts: 'everywhere' },
};

/** The order in which the check reads fields, which decides the fault that it names; all other fields come last. */
export const readFirst: readonly (keyof LevelDefinition)[] = [
  'name',
  'space',
  'metrics',
  'objective',
  'order',
  'algorithm',
  'window',
  'concurrency',
  'measure',
  'dependsOn',
  'restOf',
];

/** Whether a level has a field of this name. */
export function isLevelField(name: string): name is keyof LevelDefinition {
  return Object.hasOwn(levelFields, name);
}

/** The metrics as the algorithm of a level sees them. */
export function metricsOfAlgorithm(level: LevelReading): ReturnType<typeof decidingMetrics> {
  return decidingMetrics({ metrics: level.field('metrics'), objective: level.field('objective') });
}

function optional<Value>(read: LevelField<Value>['read']): LevelField<Value | undefined>['read'] {
  return (member, level) => (member.value === undefined ? undefined : read(member, level));
}

function readName(reader: DefinitionReader, { outer }: LevelReading): string {
  const name = reader.safeName();
  if (outer.some((level) => level.name === name)) {
    reader.refuse(`two levels are called "${name}"; give each its own name.`);
  }
  if (outer[0]?.dependsOn.includes(name) === true) {
    reader.refuse(`the outermost level reads "${name}" from its context; give this level another name.`);
  }
  return name;
}

function readLevelObjective(reader: DefinitionReader, level: LevelReading): LevelDefinition['objective'] {
  const metrics = level.field('metrics');
  const objective = reader.value === undefined ? undefined : readObjective(reader, metrics);
  if (optimisedMetrics(decidingMetrics({ metrics, objective })).length === 0) {
    level.given
      .at('metrics')
      .refuse('at least one metric must be maximized or minimized, or give an objective.');
  }
  return objective;
}

function readLevelAlgorithm(reader: DefinitionReader, level: LevelReading): LevelDefinition['algorithm'] {
  const { algorithm, slices } = level.checkedAlgorithm;
  if (slices && !level.isInnermost) {
    reader.refuse(
      `${algorithm.name} shares weights between its trials, so that no inner search can evaluate them: give it to the innermost level.`,
    );
  }
  return algorithm;
}

function readInitial(reader: DefinitionReader, level: LevelReading): LevelDefinition['initial'] {
  const points = reader.elements();
  const { algorithm, slices } = level.checkedAlgorithm;
  if (slices && points.length > 0) {
    reader.refuse(
      `${algorithm.name} shares weights between its trials, and a point of one's own would have no checkpoint to continue: leave the points out.`,
    );
  }
  return points.map((point) => readGenome(point, level.field('space')));
}

function readConcurrency(reader: DefinitionReader, level: LevelReading): number {
  const concurrency = reader.wholeNumber(1, 1024);
  const window = level.field('window');
  if (level.field('order') === 'in-order' && concurrency > window) {
    level.given
      .at('window')
      .refuse(
        `the window (${window}) is below the concurrency (${concurrency}): raise the window or lower the concurrency.`,
      );
  }
  return concurrency;
}

function readFailurePolicy(reader: DefinitionReader): Readonly<Record<FailureClass, FailurePolicy>> {
  reader.members(failureClasses);
  const policies = failureClasses.map((failure) => [
    failure,
    reader.at(failure).oneOf(['infeasible', 'stop']),
  ]);
  // Every class has its entry, which the type of fromEntries cannot say.
  return Object.fromEntries(policies) as Readonly<Record<FailureClass, FailurePolicy>>;
}

function readDependsOn(reader: DefinitionReader, level: LevelReading): readonly string[] {
  const { outer } = level;
  const [outermost] = outer;
  const names: string[] = [];
  for (const element of reader.elements()) {
    const name = element.text();
    if (outermost === undefined) {
      // No level is around the outermost one, so it names what workflow code gives as context.
      if (element.safeName() === level.field('name'))
        element.refuse('a level cannot read its own parameters.');
    } else if (!outermost.dependsOn.includes(name) && !outer.some((one) => one.name === name)) {
      element.refuse(`"${name}" is not the name of an outer level.`);
    }
    if (names.includes(name)) element.refuse(`"${name}" is named twice.`);
    names.push(name);
  }
  return names;
}

function readOfLevels(reader: DefinitionReader): readonly string[] {
  const names = reader.elements().map((name) => name.safeName());
  return names.length > 1 ? names : reader.refuse('must name several levels.');
}

function readRestOf(reader: DefinitionReader, level: LevelReading): string {
  const name = reader.text();
  if (!level.outer.some((one) => one.name === name))
    reader.refuse(`"${name}" is not the name of an outer level.`);
  if (!level.field('dependsOn').includes(name))
    reader.refuse(`"${name}" must be one of the levels in dependsOn.`);
  const initial = level.given.at('initial');
  if (initial.elements().length > 0) {
    initial.refuse('the space of this level differs from trial to trial and has no points in common.');
  }
  return name;
}
