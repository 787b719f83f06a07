import { bindAlgorithm } from '../../algorithms/index.js';
import { optimisedMetrics } from '../../algorithms/contract/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { view } from '../../search-spaces/genomes/index.js';
import { decidingMetrics } from './deciding-metrics.js';
import type { DefinitionReader } from './definition-reader.js';
import type { LevelDefinition, RetrainingDefinition } from './definition.js';
import { readEvaluator } from './evaluator-check.js';
import { readMetricDeclarations, readObjective } from './metrics-check.js';
import { readResources, readTimeout } from './resources-check.js';

/** Candidates of one search at most: each is trained in full several times. */
const candidatesLimit = 64;

const retrainingFields = [
  'evaluator',
  'metrics',
  'objective',
  'repetitions',
  'candidates',
  'timeout',
  'resources',
] as const;

/** Checks how a search of these levels is followed by a full retraining. */
export function readRetraining(
  reader: DefinitionReader,
  levels: readonly LevelDefinition[],
): RetrainingDefinition {
  reader.members(retrainingFields);
  const [level] = levels;
  if (level === undefined) return reader.refuse('a search without levels has nothing to retrain.');
  const nested = levels.length > 1;
  const metrics = readMetricDeclarations(reader.at('metrics'));
  const objective = reader.optional('objective', (member) => readObjective(member, metrics));
  const optimised = optimisedMetrics(decidingMetrics({ metrics, objective }));
  if (optimised.length !== 1) {
    const found = optimised.length === 0 ? 'none is' : `${optimised.map(({ name }) => name).join(', ')} are`;
    reader
      .at('metrics')
      .refuse(
        `one metric has to choose among the candidates, and ${found} optimised: name the one and 'observe' the others.`,
      );
  }
  const derivation = derivationOf(level);
  for (const { metric } of derivation?.limits ?? []) {
    if (metrics.some(({ name }) => name === metric)) continue;
    reader
      .at('metrics')
      .refuse(
        `the algorithm keeps "${metric}" below a target, and what the search never measured can only be checked here: 'observe' it.`,
      );
  }
  const counts = reader.at('candidates');
  counts.members(['best', 'draws', 'drawn']);
  const best = counts.at('best').wholeNumber(0, candidatesLimit);
  const draws = counts.at('draws').wholeNumber(0, 100_000);
  const drawn = counts.at('drawn').wholeNumber(0, candidatesLimit - best);
  if (nested && drawn > 0) {
    counts.at('drawn').refuse('a drawn point of an outer level has no inner parameters: leave it out.');
  }
  if (derivation === null && drawn > 0) {
    counts.at('drawn').refuse(`the algorithm ${level.algorithm.name} has no policies to draw from.`);
  }
  if (derivation === null && best === 0) counts.at('best').refuse('there would be nothing to retrain.');
  return {
    evaluator: readEvaluator(reader.at('evaluator')),
    metrics,
    ...(objective === undefined ? {} : { objective }),
    repetitions: reader.at('repetitions').wholeNumber(1, 100),
    candidates: { best, draws, drawn },
    timeout: readTimeout(reader.at('timeout')),
    resources: readResources(reader.at('resources')),
  };
}

/** What the algorithm of a level that was checked derives candidates by; null where these are its best results. */
export function derivationOf({
  algorithm,
  space,
  metrics,
  objective,
  order,
}: LevelDefinition): { readonly limits: readonly { readonly metric: string }[] } | null {
  const seen = decidingMetrics({ metrics, objective });
  return bindAlgorithm(algorithm, view(space), seen, rngFromSeed(0), order).derivation ?? null;
}
