import { unreachable } from '../foundation/errors/index.js';
import type { ChoiceSource } from '../foundation/numbers/index.js';
import { sha256Hex } from '../foundation/numbers/index.js';
import {
  drawOf,
  type BoundAlgorithm,
  type Outcome,
  type StateValue,
  type ToldTrial,
  type Trial,
  type UpdateRequest,
} from '../algorithms/index.js';
import { decode, type Genome } from '../search-spaces/index.js';
import {
  EvaluationError,
  SearchLoop,
  sliceDraws,
  type EndReason,
  type SearchPlan,
  type TrialDraw,
} from '../searches/index.js';

import { programQuestion, readProgramAnswer } from '../searches/programs/index.js';
import type { ProgramAnswers } from './program-answers.js';

/** What may vary between two runs of a search without being part of it; in-order trajectories do not depend on it. */
export interface LoopRunOptions {
  /** Chooses which of the running trials completes next; by default the one that was started first. */
  readonly completion?: ChoiceSource;
  /** Points that a user enqueues, by the index that each takes. */
  readonly enqueued?: ReadonlyMap<number, Genome>;
  /** Bulks that the algorithm finds before its first update, by hash. */
  readonly bulks?: ReadonlyMap<string, Uint8Array>;
  /** Answers in place of the algorithm's program, where it has one. */
  readonly program?: ProgramAnswers | undefined;
}

type Compute = NonNullable<BoundAlgorithm['computeUpdate']>;

const firstStarted: ChoiceSource = { below: () => 0, unit: () => 0 };

/**
 * A search driven without a server: the caller evaluates each trial that `next` gives and hands its outcome to
 * `complete`, until there is none. It is the loop of the durable search, so both decide the same.
 */
export class LoopRun {
  readonly loop: SearchLoop;
  /** What updates of the algorithm left and what it found, by hash. */
  readonly bulks: Map<string, Uint8Array>;
  private readonly proposed: Trial[] = [];
  private readonly outcomes = new Map<number, Outcome>();
  private readonly running: Trial[] = [];
  private readonly completion: ChoiceSource;
  private readonly enqueued: Map<number, Genome>;
  private readonly program: ProgramAnswers | undefined;
  private ended: EndReason | null = null;
  private updateCount = 0;

  constructor(
    private readonly plan: SearchPlan,
    options: LoopRunOptions = {},
  ) {
    this.loop = SearchLoop.open(plan);
    this.completion = options.completion ?? firstStarted;
    this.enqueued = new Map(options.enqueued);
    this.bulks = new Map(options.bulks);
    this.program = options.program;
  }

  /** The trial to evaluate next; null once the search has ended. Throws `Error` when a failure stops the search. */
  next(): Trial | null {
    for (;;) {
      this.enqueue();
      const step = this.loop.step();
      this.drain();
      switch (step.kind) {
        case 'start':
          this.running.push(step.open.trial);
          break;
        case 'update':
          this.update(step.request);
          break;
        case 'breathe':
          break;
        case 'idle': {
          const [trial] = this.running.splice(this.completion.below(this.running.length), 1);
          if (trial === undefined)
            throw new Error('the search stands still: nothing runs and nothing can start');
          return trial;
        }
        case 'end':
          this.ended = step.reason;
          return null;
        case 'failed':
          throw new Error(step.message);
        default:
          return unreachable(step, 'step of the loop');
      }
    }
  }

  /** Hands the outcome of a trial that `next` gave to the search. */
  complete(trial: Trial, outcome: Outcome): void {
    this.loop.complete(trial.index, { outcome });
    this.drain();
  }

  /** What a slice draws at a place; throws `EvaluationError` where it draws nothing. */
  drawAt({ slice }: Trial): (place: number) => TrialDraw {
    let genomeAt: ((place: number) => Genome) | undefined;
    return (place) => {
      const draw = slice === undefined ? null : drawOf(slice);
      if (draw === null)
        throw new EvaluationError(
          'BadInput',
          'This trial draws no architectures: only slices with a draw do.',
        );
      const policy = draw.from === 'policy' ? (this.bulks.get(draw.policy) ?? null) : null;
      genomeAt ??= sliceDraws(this.plan, draw, policy);
      const genome = genomeAt(place);
      return { genome, parameters: decode(this.plan.level.space, genome, { violated: 'allow' }) };
    };
  }

  /** Why the search ended; throws `Error` while it goes on. */
  get reason(): EndReason {
    if (this.ended === null) throw new Error('the search has not ended');
    return this.ended;
  }

  /** Every trial that was proposed, by index. */
  get trials(): readonly Trial[] {
    return this.proposed;
  }

  /** The trials whose outcomes count, by index. */
  get told(): readonly ToldTrial[] {
    return this.proposed.flatMap((trial) => {
      const outcome = this.outcomes.get(trial.index);
      return outcome === undefined ? [] : [{ trial, outcome }];
    });
  }

  /** Updates of the algorithm that were computed. */
  get updates(): number {
    return this.updateCount;
  }

  private enqueue(): void {
    const index = this.loop.state.nextIndex;
    const genome = this.enqueued.get(index);
    if (genome === undefined) return;
    this.enqueued.delete(index);
    this.loop.intervene({ kind: 'enqueue', genome });
  }

  private update({ bulk, input }: UpdateRequest): void {
    const bytes = bulk === null ? null : this.bulks.get(bulk);
    if (bytes === undefined) throw new Error(`no update of ${this.plan.algorithm.name} has left ${bulk}`);
    const computed = this.computed(bytes, input);
    const hash = computed.bulk === null ? null : sha256Hex(computed.bulk);
    if (hash !== null && computed.bulk !== null) this.bulks.set(hash, computed.bulk);
    this.updateCount += 1;
    this.loop.applyUpdate({ bulk: hash, output: computed.output });
  }

  private computed(bulk: Uint8Array | null, input: StateValue): ReturnType<Compute> {
    const { name, computeUpdate, program } = this.plan.algorithm;
    if (program !== undefined) {
      if (this.program === undefined)
        throw new Error(
          `${name} is decided by a program: give the option \`program\`, which answers in its place`,
        );
      const question = programQuestion(this.plan, input);
      const { answer, state } = this.program(question, bulk);
      return { bulk: state, output: readProgramAnswer(`the program of ${name}`, question, answer) };
    }
    if (computeUpdate === undefined) throw new Error(`${name} has no updates`);
    return computeUpdate(bulk, input);
  }

  private drain(): void {
    for (const record of this.loop.drainRecords()) {
      if (record.kind === 'proposed') this.proposed.push(record.trial);
      if (record.kind === 'told') this.outcomes.set(record.index, record.outcome);
    }
  }
}
