import type { Json } from '../foundation/json/index.js';
import { decode } from '../search-spaces/genomes/index.js';
import type { Genome } from '../search-spaces/views/index.js';
import type { Draw, Metric, Trial } from '../algorithms/contract/index.js';
import { trialLimits, type TrialLimits } from '../searches/search-files/index.js';
import { levelIn, planSearch, type SearchPlan, sliceDraws, trialSeed } from '../searches/loop/index.js';
import type {
  LevelDefinition,
  SearchContext,
  SearchDefinition,
  WeightsEvaluator,
} from '../searches/definition/index.js';
import type { ArtifactStore } from '../storage/index.js';
import { loadSetting } from './search-setting.js';

/** A search's setting that was read, with its level and what follows from it for every trial. */
export interface LoadedSetting {
  readonly definition: SearchDefinition;
  readonly context: SearchContext;
  /** The context of the search itself, where `context` is that of the search whose weights it uses. */
  readonly ownContext: SearchContext;
  readonly level: LevelDefinition;
  /** What an evaluation has to return; metrics that the level measures itself may be missing. */
  readonly returned: readonly Metric[];
  /** Names of the metrics that may not be NaN. */
  readonly metricNames: readonly string[];
  readonly limits: () => TrialLimits;
  /** Parameters of a genome of the level's space; throws `SpaceError` for a genome of another space. */
  readonly decode: (genome: Genome) => Json;
  /** As `decode`, also for a genome that violates a declared constraint: draws and the points of slices may. */
  readonly decodeAny: (genome: Genome) => Json;
  /** What answers the draws of a slice by their place; `policy` are the bytes of the policy that it draws from. */
  readonly draws: (draw: Draw, policy: Uint8Array | null) => (place: number) => Genome;
  /** Seed of a trial, 16 hexadecimal digits. */
  readonly seed: (trial: Trial) => string;
  /**
   * The weights of another search under which trials are evaluated; null where they are not. With such, evaluator,
   * context, draws and seeds are those of that search.
   */
  readonly weights: WeightsEvaluator | null;
}

const remembered = 64;

/** Settings of searches by hash; the latest ones stay in memory with their compiled space. */
export class LoadedSettings {
  private readonly settings = new Map<string, LoadedSetting>();

  constructor(private readonly artifacts: ArtifactStore) {}

  /** The setting if it was read lately. */
  cached(hash: string): LoadedSetting | undefined {
    return this.settings.get(hash);
  }

  async load(hash: string): Promise<LoadedSetting> {
    const read = this.settings.get(hash);
    if (read !== undefined) return read;
    const { definition, level: depth, context } = await loadSetting(this.artifacts, hash);
    const level = levelIn(definition, depth, context);
    if (level === undefined) throw new Error(`Setting ${hash}: the search has no level ${depth}.`);
    const { space } = level;
    let known: SearchPlan | undefined;
    // Neither limits nor seeds nor draws depend on the id of the search.
    const plan = (): SearchPlan => (known ??= planSearch('', definition, depth, context));
    let limits: TrialLimits | undefined;
    const own: LoadedSetting = {
      definition,
      context,
      ownContext: context,
      level,
      returned: level.metrics,
      metricNames: level.metrics.map(({ name }) => name),
      decode: (genome) => decode(space, genome),
      decodeAny: (genome) => decode(space, genome, { violated: 'allow' }),
      draws: (draw, policy) => sliceDraws(plan(), draw, policy),
      limits: () => (limits ??= trialLimits(level.metrics, plan().algorithm.limits)),
      seed: (trial) => trialSeed(plan(), trial),
      weights: null,
    };
    const { evaluator } = definition;
    // Outer levels evaluate nothing by themselves.
    const isUnderWeights = evaluator.kind === 'sharedWeights' && depth === definition.levels.length - 1;
    const setting = isUnderWeights ? underWeights(own, evaluator, await this.load(evaluator.setting)) : own;
    const oldest = this.settings.keys().next();
    if (this.settings.size >= remembered && oldest.done !== true) this.settings.delete(oldest.value);
    this.settings.set(hash, setting);
    return setting;
  }
}

/** A setting whose trials are evaluated as those of the search that trained the weights. */
function underWeights(
  own: LoadedSetting,
  weights: WeightsEvaluator,
  { definition: { evaluator }, context, draws, seed }: LoadedSetting,
): LoadedSetting {
  const { level, definition } = own;
  const returned =
    level.measure === undefined
      ? own.returned
      : level.metrics.map((metric): Metric => ({ ...metric, goal: 'observe' }));
  return { ...own, definition: { ...definition, evaluator }, context, draws, seed, weights, returned };
}
