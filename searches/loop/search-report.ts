import type { Json } from '../../foundation/json/index.js';
import { decode } from '../../search-spaces/genomes/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { algorithmView, type ViewLimits } from './algorithm-view.js';
import type { LoopState, OpenTrial } from './loop-state.js';
import type {
  AlgorithmView,
  BestTrial,
  EndReason,
  SearchPhase,
  SearchProgress,
  SearchResult,
  TrialsView,
} from './progress.js';
import type { SearchPlan } from './search-plan.js';
import { tellingIn } from './telling.js';

/** Largest front that a search answers, in characters of JSON. */
const frontCharacters = 500_000;

/** What a search tells people and outer levels about itself, read from its state. */
export class SearchReport {
  constructor(
    private readonly plan: SearchPlan,
    private readonly state: Readonly<LoopState>,
  ) {}

  /** Outcomes that are complete, in turn or held. */
  get completed(): number {
    const { open, recorded } = this.state;
    const telling = tellingIn(this.plan.level);
    const held = open.filter((each) => each.status.kind === 'done' && !telling.isCounted(this.state, each));
    return recorded + held.length;
  }

  /** Index that a point enqueued now gets. */
  get nextEnqueuedIndex(): number {
    const { enqueued, initialUsed, nextIndex } = this.state;
    const initialLeft = Math.max(0, this.plan.level.initial.length - initialUsed);
    return nextIndex + initialLeft + enqueued.length;
  }

  /** The best trial, or the Pareto front with the best first metric first. */
  best(): readonly BestTrial[] {
    const front = this.state.candidates.map((candidate) => ({
      ...candidate,
      parameters: this.parameters(candidate.genome),
    }));
    // The server refuses a result above 2 MB, so a large front loses points; the journal keeps every one.
    const length = JSON.stringify(front).length;
    return length <= frontCharacters ? front : spread(front, (front.length * frontCharacters) / length);
  }

  /** What the algorithm has learned from the outcomes told to it; null where it has nothing to tell. */
  algorithm(limits: ViewLimits): AlgorithmView | null {
    return algorithmView(this.plan, this.state.algorithm, limits);
  }

  /** First optimised metric of the best trial. */
  bestValue(): number | null {
    return this.state.candidates[0]?.metrics[this.bestMetric()] ?? null;
  }

  /** Name of the first optimised metric. */
  bestMetric(): string {
    return this.plan.metrics.find((metric) => metric.goal !== 'observe')?.name ?? '';
  }

  trials(): TrialsView {
    const running = this.running().map(({ trial }) => ({
      index: trial.index,
      parameters: this.parameters(trial.genome),
    }));
    return { running, last: this.state.last };
  }

  progress(phase: SearchPhase, activeMilliseconds: number): SearchProgress {
    const { state, plan } = this;
    return {
      search: plan.search,
      level: plan.level.name,
      phase,
      message: state.failure ?? state.pauses.losses,
      trials: this.completed,
      trialsBudget: state.budget.trials ?? null,
      outcomes: state.counts,
      running: this.running().map(({ trial }) => trial.index),
      concurrency: state.concurrency,
      window: plan.level.window,
      cost: state.cost,
      best: this.bestValue(),
      bestMetric: this.bestMetric(),
      trajectoryHash: state.trajectoryHash,
      activeMilliseconds,
    };
  }

  result(reason: EndReason): SearchResult {
    const { state, plan } = this;
    const best = this.best();
    return {
      search: plan.search,
      level: plan.level.name,
      reason,
      trials: state.recorded,
      scored: state.counts.scored,
      cost: state.cost,
      trajectoryHash: state.trajectoryHash,
      best: best[0] ?? null,
      front: best,
      timed: state.timed,
      reused: false,
    };
  }

  private running(): readonly OpenTrial[] {
    return this.state.open.filter((each) => each.status.kind === 'running');
  }

  private parameters(genome: Genome): Json {
    return decode(this.plan.level.space, genome, { violated: 'allow' });
  }
}

/** So many points of a front, evenly spread from the first on. */
function spread<T>(front: readonly T[], count: number): readonly T[] {
  const step = front.length / Math.max(1, Math.floor(count));
  return front.filter((_, place) => place === 0 || Math.floor(place / step) > Math.floor((place - 1) / step));
}
