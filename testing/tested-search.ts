import {
  AlgorithmError,
  encodeState,
  type BoundAlgorithm,
  type Outcome,
  type StateValue,
  type TellingOrder,
  type Trial,
} from '../algorithms/index.js';
import { RandomStream, rngFromSeed, sha256Hex, type ChoiceSource } from '../foundation/numbers/index.js';
import { view, type Genome, type Space, type View } from '../search-spaces/index.js';
import { DefinitionError } from '../searches/index.js';
import { LoopRun } from './loop-run.js';
import { mixedOutcome } from './outcomes.js';
import { programOf, type ProgramAnswers } from './program-answers.js';
import { simulatedPlan, type TestedAlgorithm } from './simulated-plan.js';

/** One run of a search under test; what is left out has a default. */
export interface TestedRunOptions {
  readonly trials: number;
  readonly seed?: number;
  readonly window?: number;
  readonly concurrency?: number;
  readonly completion?: ChoiceSource;
  readonly evaluate?: (trial: Trial) => Outcome;
  readonly enqueued?: ReadonlyMap<number, Genome>;
  /** Puts itself between the search and the algorithm. */
  readonly watched?: (bound: BoundAlgorithm) => BoundAlgorithm;
}

/** What a run of a search under test came to. */
export interface TestedRun {
  readonly algorithm: BoundAlgorithm;
  readonly trials: readonly Trial[];
  /** The algorithm had nothing more to propose. */
  readonly done: boolean;
  readonly state: StateValue;
  readonly bulks: ReadonlyMap<string, Uint8Array>;
  /** The first draws of a slice of this run. */
  readonly drawsOf: (trial: Trial, count: number) => readonly Genome[];
  /** Hash of all proposals and of the last state: what two equal runs have in common. */
  readonly fingerprint: string;
}

/** A number for every genome, so that points differ. */
export function scoreOfGenome(genome: Genome): number {
  return genome.reduce((sum, number, place) => sum + number / (place + 1), 0);
}

const usualSeed = 7;

/** A search of an algorithm in one space and order, as the contract suite runs it. */
export class TestedSearch {
  readonly view: View;

  constructor(
    private readonly algorithm: TestedAlgorithm,
    readonly space: Space,
    readonly order: TellingOrder,
    /** Bulks that the algorithm finds before its first update, by hash. */
    private readonly given: ReadonlyMap<string, Uint8Array> = new Map(),
    /** Answers in place of the algorithm's program, where it has one. */
    private readonly program: ProgramAnswers | undefined = programOf(algorithm),
  ) {
    this.view = view(space);
  }

  /** The algorithm, bound as for every run without a seed of its own; throws `DefinitionError` where it cannot be. */
  bind(): BoundAlgorithm {
    return this.plan({ trials: 1 }).algorithm;
  }

  /** Whether the algorithm can work with the space, the order and one optimised metric. */
  suits(): boolean {
    try {
      this.bind();
      return true;
    } catch (error) {
      if (error instanceof DefinitionError || error instanceof AlgorithmError) return false;
      throw error;
    }
  }

  run(options: TestedRunOptions): TestedRun {
    const { completion = new RandomStream(rngFromSeed('completion')), enqueued } = options;
    const { evaluate = mixedOutcome(scoreOfGenome) } = options;
    const plan = this.plan(options);
    const bulks = { bulks: this.given, program: this.program };
    const run = new LoopRun(plan, { completion, ...bulks, ...(enqueued === undefined ? {} : { enqueued }) });
    for (let trial = run.next(); trial !== null; trial = run.next()) run.complete(trial, evaluate(trial));
    const { state } = run.loop.learned;
    const { trials, reason } = run;
    const fingerprint = sha256Hex(JSON.stringify(trials) + sha256Hex(encodeState(state)));
    return {
      algorithm: plan.algorithm,
      trials,
      done: reason.kind === 'exhausted',
      state,
      bulks: run.bulks,
      drawsOf: (trial, count) => {
        const drawAt = run.drawAt(trial);
        return Array.from({ length: count }, (_, place) => drawAt(place).genome);
      },
      fingerprint,
    };
  }

  private plan({ trials, seed = usualSeed, window = 5, concurrency = 3, watched }: TestedRunOptions) {
    const search = {
      metrics: { score: 'maximize', size: 'observe' },
      constraints: { size: { atMost: 2 } },
      order: this.order,
      trials,
      seed,
      window,
      concurrency,
    } as const;
    return simulatedPlan(this.algorithm, this.space, search, watched);
  }
}
