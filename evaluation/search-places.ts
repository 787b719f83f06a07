import type { Json } from '../foundation/json/index.js';
import { decode } from '../search-spaces/genomes/index.js';
import type { Genome } from '../search-spaces/views/index.js';
import type { Trial } from '../algorithms/contract/index.js';
import { trialLimits, type TrialLimits } from '../searches/search-files/index.js';
import { levelIn, planSearch, type SearchPlan, trialSeed } from '../searches/loop/index.js';
import type { LevelDefinition } from '../searches/definition/index.js';
import type { ArtifactStore } from '../storage/index.js';
import type { SearchAddress } from './evaluation.js';
import { loadAddress } from './search-address.js';

/** A search address that was read, with its level. */
export interface SearchPlace {
  readonly address: SearchAddress;
  readonly level: LevelDefinition;
  /** Names of the metrics that may not be NaN. */
  readonly metricNames: readonly string[];
  readonly limits: () => TrialLimits;
  /** Parameters of a genome of the level's space; throws `SpaceError` for a genome of another space. */
  readonly decode: (genome: Genome) => Json;
  /** Seed of a trial, 16 hexadecimal digits. */
  readonly seed: (trial: Trial) => string;
}

const remembered = 64;

/** Search addresses by hash; the latest ones stay in memory with their compiled space. */
export class SearchPlaces {
  private readonly places = new Map<string, SearchPlace>();

  constructor(private readonly artifacts: ArtifactStore) {}

  /** The place if it was read lately. */
  cached(hash: string): SearchPlace | undefined {
    return this.places.get(hash);
  }

  async load(hash: string): Promise<SearchPlace> {
    const read = this.places.get(hash);
    if (read !== undefined) return read;
    const address = await loadAddress(this.artifacts, hash);
    const level = levelIn(address.definition, address.level, address.context);
    if (level === undefined) throw new Error(`Address ${hash}: the search has no level ${address.level}.`);
    const { space } = level;
    let known: SearchPlan | undefined;
    // The id of the search plays no part in what is asked of the plan here.
    const plan = (): SearchPlan =>
      (known ??= planSearch('', address.definition, address.level, address.context));
    let limits: TrialLimits | undefined;
    const place: SearchPlace = {
      address,
      level,
      metricNames: level.metrics.map(({ name }) => name),
      decode: (genome) => decode(space, genome),
      limits: () => (limits ??= trialLimits(level.metrics, plan().algorithm.limits)),
      seed: (trial) => trialSeed(plan(), trial),
    };
    const oldest = this.places.keys().next();
    if (this.places.size >= remembered && oldest.done !== true) this.places.delete(oldest.value);
    this.places.set(hash, place);
    return place;
  }
}
