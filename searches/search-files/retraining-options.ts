import { DefinitionReader } from '../definition/definition-reader.js';
import type { Evaluator, LevelDefinition, RetrainingDefinition } from '../definition/definition.js';
import { derivationOf, readRetraining } from '../definition/retraining-check.js';
import { checkTableMetrics, evaluatorContext, toOwnEvaluator } from './evaluator-options.js';
import type { EvaluatorContext } from './evaluator-options.js';
import { toMetrics, toResources, toTimeout } from './level-options.js';

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

/** The retraining with its defaults, most of which are those of the search itself. */
export function toRetraining(
  reader: DefinitionReader,
  levels: readonly LevelDefinition[],
  { bundle, hashFile }: Pick<EvaluatorContext, 'bundle' | 'hashFile'>,
): RetrainingDefinition {
  reader.members(retrainingOptions);
  const [level] = levels;
  const own = toOwnEvaluator(reader, evaluatorContext(reader, bundle, hashFile));
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
    resources: reader.optional('resources', toResources) ?? levels.at(-1)?.resources,
  };
  const checked = readRetraining(new DefinitionReader(plain, reader.place), levels);
  checkTableMetrics(evaluator, checked, 'retraining.evaluate');
  return checked;
}
