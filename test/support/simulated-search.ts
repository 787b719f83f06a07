import {
  gateDecision,
  random,
  type AlgorithmReference,
  type Metric,
  type Outcome,
  type Trial,
  type UpdateRequest,
} from '../../algorithms/index.js';
import {
  fork,
  RandomStream,
  rngFromSeed,
  sha256Hex,
  type ChoiceSource,
} from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/genome.js';
import { bool, float, int, oneOf, space, type Space } from '../../search-spaces/index.js';
import {
  algorithmUpdates,
  checkDefinition,
  defaultFailurePolicy,
  planSearch,
  rebuild,
  SearchLoop,
  type Completion,
  type ComputeUpdate,
  type Intervention,
  type JournalRecord,
  type LevelDefinition,
  type LoopStep,
  type SearchDefinition,
  type SearchPlan,
} from '../../searches/index.js';

/** 60 points. */
export const smallSpace = space({
  width: int(0, 9),
  activation: oneOf(['relu', 'tanh', 'gelu']),
  deep: bool(),
});

export const wideSpace = space({
  // Tags are for algorithms with agents; others do not see them.
  rate: float(1e-4, 1, { scale: 'log', tags: ['all'] }),
  width: int(1, 40, { tags: ['all'] }),
  activation: oneOf(['relu', 'tanh', 'gelu'], { tags: ['all'] }),
});

export const scoreMetric: readonly Metric[] = [
  { name: 'score', goal: 'maximize' },
  { name: 'size', goal: 'observe' },
];

export interface DefinitionOptions {
  readonly space?: Space;
  readonly metrics?: readonly Metric[];
  readonly algorithm?: AlgorithmReference;
  readonly level?: Partial<LevelDefinition>;
  readonly pure?: boolean;
  readonly seed?: number;
}

/** One level of a search, complete. */
export function levelDefinition(name: string, options: DefinitionOptions = {}): LevelDefinition {
  return {
    name,
    space: options.space ?? wideSpace,
    metrics: options.metrics ?? scoreMetric,
    algorithm: options.algorithm ?? random(),
    order: 'in-order',
    window: 16,
    budget: { trials: 30 },
    concurrency: 4,
    retries: 1,
    failurePolicy: defaultFailurePolicy,
    timeout: {},
    initial: [],
    dependsOn: [],
    resources: { cpu: 1, gpu: 0 },
    ...options.level,
  };
}

/** A checked definition with these levels. */
export function searchDefinition(
  levels: readonly LevelDefinition[],
  { pure = false, seed = 7 }: { readonly pure?: boolean; readonly seed?: number } = {},
): SearchDefinition {
  return checkDefinition({
    format: 'duramen-search/1',
    name: 'simulated',
    seed,
    levels,
    evaluator: { kind: 'activity', name: 'train', arguments: {}, pure },
    tags: [],
  });
}

/** The plan of a search with one level. */
export function planOf(options: DefinitionOptions = {}): SearchPlan {
  return planSearch('simulated', searchDefinition([levelDefinition('simulated', options)], options), 0, {});
}

/** Outcomes of every kind, each a function of the trial alone. */
export function mixedOutcome(trial: Trial): Outcome {
  const dice = new RandomStream(fork(rngFromSeed('outcomes'), trial.index)).below(20);
  if (dice === 0) return { kind: 'infeasible', reason: 'too large', cost: 1 };
  if (dice === 1) return { kind: 'failed', class: 'Diverged', message: `loss is NaN` };
  if (dice === 2) return { kind: 'failed', class: 'OutOfMemory', message: 'allocation' };
  if (dice === 3) return { kind: 'stopped', step: 3, cost: 3 };
  return scoredOutcome(trial);
}

/** A scored outcome, or a stopped one where the gate says so. */
export function scoredOutcome({ genome, gate, until }: Trial): Outcome {
  const final = genome.reduce((sum, value, place) => sum + value / (place + 1), 0);
  const cost = until ?? 1 + (genome[0] ?? 0);
  if (gate === undefined) return { kind: 'scored', metrics: { score: final, size: 5 }, cost };
  const reports: { step: number; metrics: { score: number } }[] = [];
  for (let step = 1; step <= (until ?? 9); step += 1) {
    reports.push({ step, metrics: { score: final - 1 / step } });
    const { stop, ...values } = gateDecision(gate, reports);
    if (stop)
      return { kind: 'stopped', step, metrics: { score: final - 1 / step, size: 5 }, cost: step, ...values };
  }
  const { stop: _stop, ...values } = gateDecision(gate, reports);
  return { kind: 'scored', metrics: { score: final, size: 5 }, cost, ...values };
}

/** What may happen to a search between two events. */
export type Disturbance = 'kill' | 'park' | 'pause' | 'rebuild' | 'snapshot' | 'concurrency';

/** A search to simulate, and what happens to it. */
export interface Simulation {
  readonly plan: SearchPlan;
  /** Decides what completes next and what goes wrong when. */
  readonly source: ChoiceSource;
  readonly evaluate?: (trial: Trial, attempt: number) => Outcome;
  readonly concurrency?: number;
  /** Computes the updates of the running search, as its activity would; a rebuild computes them without it. */
  readonly compute?: ComputeUpdate;
  readonly disturbances?: readonly Disturbance[];
  /** Applied, in order, as soon as that many trials were proposed and, if asked for, an update is being computed. */
  readonly interventions?: readonly (readonly [
    atIndex: number,
    intervention: Intervention,
    during?: 'update',
  ])[];
  /** Journal to go on from. */
  readonly journal?: readonly JournalRecord[];
  /** Stops, as if killed, when the journal has this many records. */
  readonly stopAt?: number;
  /** Sees the search after each record. */
  readonly onRecord?: (search: SimulatedSearch) => void;
}

/** A driver of the loop without Temporal: trials that run, an update at a time, a journal in memory. */
export class SimulatedSearch {
  loop: SearchLoop;
  readonly journal: JournalRecord[];
  readonly running = new Set<number>();
  readonly attempts = new Map<number, number>();
  largestState = 0;
  private updating: UpdateRequest | null = null;
  private snapshot: { readonly records: number; readonly state: Uint8Array } | null = null;
  private applied = 0;
  private taken = false;

  constructor(private readonly simulation: Simulation) {
    this.loop = SearchLoop.open(simulation.plan);
    this.journal = [...(simulation.journal ?? [])];
  }

  /** Runs until the search ends, fails or has as many records as were asked for. */
  async run(): Promise<LoopStep> {
    const { source, disturbances = [], concurrency, journal, plan, stopAt = Infinity } = this.simulation;
    if (journal !== undefined && !this.taken) this.loop = await rebuild(plan, journal, computeUpdate);
    if (concurrency !== undefined && concurrency !== this.loop.state.concurrency) {
      this.loop.intervene({ kind: 'setConcurrency', concurrency });
    }
    for (let events = 0; events < 200_000; events += 1) {
      this.intervene();
      const step = this.loop.step();
      this.drain();
      switch (step.kind) {
        case 'start':
          this.start(step.open.trial.index);
          break;
        case 'update':
          if (this.updating === null) this.updating = step.request;
          else await this.happen();
          break;
        case 'breathe':
          break;
        case 'idle':
          await this.happen();
          break;
        case 'end':
        case 'failed':
          return step;
        default:
          step satisfies never;
      }
      if (this.journal.length >= stopAt) return step;
      if (disturbances.length > 0 && source.below(8) === 0) {
        await this.disturb(disturbances[source.below(disturbances.length)] ?? 'kill');
      }
    }
    throw new Error('the search does not end');
  }

  /** Goes on with this loop, of which these trials run. */
  take(loop: SearchLoop, running: Iterable<number>): void {
    this.loop = loop;
    this.taken = true;
    for (const index of running) {
      if (loop.find(index)?.status.kind === 'running') this.running.add(index);
    }
    this.drain();
  }

  /** Closes the search as its workflow does: parks running trials and records held outcomes. */
  close(): void {
    for (const index of this.running) this.loop.park(index);
    this.loop.recordHeld();
    this.drain();
  }

  private start(index: number): void {
    if (this.running.has(index)) throw new Error(`trial ${index} was started while it runs`);
    if (this.running.size >= this.loop.state.concurrency)
      throw new Error('more trials run than there are places');
    this.running.add(index);
    this.attempts.set(index, (this.attempts.get(index) ?? 0) + 1);
  }

  private intervene(): void {
    const { interventions = [] } = this.simulation;
    for (;;) {
      const next = interventions[this.applied];
      if (next === undefined || this.loop.state.nextIndex < next[0]) return;
      if (next[2] === 'update' && this.updating === null) return;
      this.applied += 1;
      this.loop.intervene(next[1]);
      if (next[1].kind === 'cancelTrial') this.running.delete(next[1].trial);
    }
  }

  private async happen(): Promise<void> {
    const { source, evaluate = scoredOutcome, compute = computeUpdate } = this.simulation;
    const places = this.running.size + (this.updating === null ? 0 : 1);
    if (places === 0) {
      if (!this.loop.paused) throw new Error('nothing runs and nothing can start');
      this.loop.intervene({ kind: 'resume', by: 'user' });
      return;
    }
    const chosen = [...this.running][source.below(places)];
    if (chosen === undefined) {
      if (this.updating !== null) this.loop.applyUpdate(await compute(this.loop.plan, this.updating));
      this.updating = null;
      return;
    }
    const open = this.loop.find(chosen);
    if (open === undefined) throw new Error(`trial ${chosen} runs but is not open`);
    this.running.delete(chosen);
    const completion: Completion = { outcome: evaluate(open.trial, this.attempts.get(chosen) ?? 1) };
    this.loop.complete(chosen, completion);
  }

  private async disturb(disturbance: Disturbance): Promise<void> {
    const { source, plan } = this.simulation;
    this.drain();
    switch (disturbance) {
      case 'kill':
        this.lose(SearchLoop.decode(plan, this.loop.encode()));
        this.loop.parkAll();
        return;
      case 'park':
        for (const index of this.running) {
          if (source.below(2) === 0) continue;
          this.loop.park(index);
          this.running.delete(index);
        }
        return;
      case 'pause':
        this.loop.intervene({ kind: 'pause', by: 'user' });
        this.drain();
        return;
      case 'rebuild':
        // Held outcomes that only a snapshot knew are lost with it.
        this.snapshot = null;
        this.lose(await rebuild(plan, this.journal, computeUpdate));
        return;
      case 'snapshot': {
        const { snapshot } = this;
        if (snapshot !== null && source.below(2) === 0) {
          const from = SearchLoop.decode(plan, snapshot.state);
          this.lose(await rebuild(plan, this.journal.slice(snapshot.records), computeUpdate, from));
        } else {
          this.snapshot = { records: this.journal.length, state: this.loop.encode() };
        }
        return;
      }
      case 'concurrency': {
        const concurrency = 1 + source.below(plan.level.window);
        this.loop.intervene({ kind: 'setConcurrency', concurrency });
        this.drain();
        return;
      }
      default:
        disturbance satisfies never;
    }
  }

  private lose(loop: SearchLoop): void {
    this.loop = loop;
    this.running.clear();
    this.updating = null;
  }

  private drain(): void {
    for (const record of this.loop.drainRecords()) {
      // As the journal keeps it.
      this.journal.push(JSON.parse(JSON.stringify(record)) as JournalRecord);
    }
    this.simulation.onRecord?.(this);
    if (this.journal.length % 8 === 0)
      this.largestState = Math.max(this.largestState, this.loop.encode().length);
  }
}

const bulks = new Map<string, Uint8Array>();

/** Keeps a bulk that a search has from the beginning, such as a snapshot of a library, and returns its hash. */
export function keepBulk(bytes: Uint8Array): string {
  const hash = sha256Hex(bytes);
  bulks.set(hash, bytes);
  return hash;
}

/** Computes an update with bulks in memory. */
export const computeUpdate = algorithmUpdates({
  get: (hash) => {
    const bytes = bulks.get(hash);
    return bytes === undefined
      ? Promise.reject(new Error(`there is no bulk ${hash}`))
      : Promise.resolve(bytes);
  },
  put: (bytes) => {
    const hash = sha256Hex(bytes);
    bulks.set(hash, bytes);
    return Promise.resolve(hash);
  },
});

/** A source of choices that a property can vary. */
export function choices(seed: number): ChoiceSource {
  return new RandomStream(rngFromSeed(seed));
}

/** All that two runs of the same search must share. */
export function trajectoryOf(search: SimulatedSearch): {
  readonly proposals: readonly Trial[];
  readonly outcomes: ReadonlyMap<number, Outcome>;
  readonly hash: string;
} {
  const proposals = search.journal.flatMap((record) => (record.kind === 'proposed' ? [record.trial] : []));
  const outcomes = new Map<number, Outcome>();
  for (const record of search.journal) {
    if (record.kind !== 'told') continue;
    if (outcomes.has(record.index)) throw new Error(`trial ${record.index} was told twice`);
    outcomes.set(record.index, record.outcome);
  }
  return { proposals, outcomes, hash: search.loop.state.trajectoryHash };
}

/** A genome of the wide space for points that a test enqueues. */
export function genomeOf(width: number): Genome {
  return [0.01, width, 1];
}
