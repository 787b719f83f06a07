import { optimisedMetrics } from '../../algorithms/contract/index.js';
import { findAlgorithm } from '../../algorithms/index.js';
import { type CheckedAlgorithm, readAlgorithm } from './algorithm-check.js';
import { decidingMetrics } from './deciding-metrics.js';
import { DefinitionError } from './definition-error.js';
import { DefinitionReader } from './definition-reader.js';
import type { LevelDefinition, TrialEvaluator } from './definition.js';
import {
  isLevelField,
  type LevelField,
  levelFields,
  type LevelReading,
  metricsOfAlgorithm,
  readFirst,
} from './level-fields.js';

/** Checks the levels of a search, each alone and with its neighbours; `placeOf` names a level in messages. */
export function readLevels(
  reader: DefinitionReader,
  placeOf: (index: number) => string,
): readonly LevelDefinition[] {
  const elements = reader.elements();
  if (elements.length === 0) reader.refuse('a search needs at least one level.');
  const levels: LevelDefinition[] = [];
  for (const [index, element] of elements.entries()) {
    const given = new DefinitionReader(element.value, placeOf(index));
    levels.push(new LevelReader(given, levels, index === elements.length - 1).read());
  }
  checkNeighbours(levels, placeOf);
  return levels;
}

/** Reads one level by the table of its fields. */
class LevelReader implements LevelReading {
  private readonly known = new Map<keyof LevelDefinition, LevelDefinition[keyof LevelDefinition]>();
  private algorithm: CheckedAlgorithm | undefined;

  constructor(
    readonly given: DefinitionReader,
    readonly outer: readonly LevelDefinition[],
    readonly isInnermost: boolean,
  ) {}

  read(): LevelDefinition {
    const names = Object.keys(levelFields).filter(isLevelField);
    this.given.members(names);
    for (const name of [...readFirst, ...names]) this.field(name);
    const fields = names.map((name) => [name, this.field(name)] as const);
    // The table has an entry for every field of a level, which the type of fromEntries cannot say.
    return Object.fromEntries(
      fields.filter(([, value]) => value !== undefined),
    ) as unknown as LevelDefinition;
  }

  field<Name extends keyof LevelDefinition>(name: Name): LevelDefinition[Name] {
    // Under each name the map has what the entry of that name has read.
    if (this.known.has(name)) return this.known.get(name) as LevelDefinition[Name];
    const { read }: LevelField<LevelDefinition[Name]> = levelFields[name];
    const value = read(this.given.at(name), this);
    this.known.set(name, value);
    return value;
  }

  get checkedAlgorithm(): CheckedAlgorithm {
    this.algorithm ??= readAlgorithm(
      this.given.at('algorithm'),
      this.field('space'),
      metricsOfAlgorithm(this),
      this.field('order'),
    );
    return this.algorithm;
  }
}

/** Refuses a measure of trials that their own evaluation can measure. */
export function checkMeasures(
  levels: readonly LevelDefinition[],
  evaluator: TrialEvaluator,
  placeOf: (index: number) => string,
): void {
  const innermost = levels.length - 1;
  if (levels[innermost]?.measure === undefined || evaluator.kind === 'sharedWeights') return;
  const place = placeOf(innermost);
  throw new DefinitionError(
    place === '' ? 'measure' : `${place}.measure`,
    'the innermost level has no inner search to measure: return its metrics from evaluate.',
  );
}

/** What a level expects of the level inside it. */
function checkNeighbours(levels: readonly LevelDefinition[], placeOf: (index: number) => string): void {
  for (const [index, level] of levels.entries()) {
    const inner = levels[index + 1];
    if (inner === undefined) return;
    const available = [
      ...inner.metrics.map((metric) => metric.name),
      ...(inner.objective === undefined ? [] : ['objective']),
    ];
    const missing =
      level.measure === undefined
        ? level.metrics.find((metric) => !available.includes(metric.name))
        : undefined;
    if (missing !== undefined) {
      throw new DefinitionError(
        `${placeOf(index)}.metrics.${missing.name}`,
        `the inner level "${inner.name}" has no such metric (it has ${available.join(', ')}) and there is no measure to add it.`,
      );
    }
    if (
      optimisedMetrics(decidingMetrics(inner)).length > 1 &&
      findAlgorithm(level.algorithm).objectives === 'single'
    ) {
      throw new DefinitionError(
        `${placeOf(index)}.algorithm`,
        `the inner level "${inner.name}" ends in a Pareto front, so this level needs an algorithm for several metrics; ` +
          'or give the inner level an objective.',
      );
    }
  }
}
