import { join } from 'node:path';
import {
  AlgorithmError,
  type AlgorithmProgram,
  type UpdateRequest,
  type UpdateResult,
} from '../../algorithms/index.js';
import { unreachable } from '../../foundation/errors/index.js';
import { cutText, type Json } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import type { SearchPlan } from '../../searches/loop/index.js';
import { programQuestion, readProgramAnswer, type ProgramQuestion } from '../../searches/programs/index.js';
import type { ArtifactStore } from '../../storage/index.js';
import type { ProcessPool, ProcessSlot } from '../processes/index.js';
import { askCommand } from './command-program.js';
import { askFunctionsInProcess } from './functions-program.js';
import { ProgramLost } from './program-exit.js';

/** What the programs of algorithms need of their worker. */
export interface AlgorithmProgramsOptions {
  readonly home: string;
  readonly artifacts: ArtifactStore;
  readonly pool: ProcessPool;
  /** Folder where commands run. */
  readonly projectRoot: string;
}

/** Times that a program is asked when its process dies, before the search stops. */
const mostLosses = 5;

/** Asks the programs of algorithms, in processes of a worker. */
export class AlgorithmPrograms {
  constructor(private readonly options: AlgorithmProgramsOptions) {}

  /**
   * The update of a search whose algorithm has a program: its answer, checked, and its state in the artifact store. Throws
   * `AlgorithmError` with one sentence for a program that answers nonsense, nothing, too late or twice, and the signal's
   * reason on abort.
   */
  async update(plan: SearchPlan, request: UpdateRequest, signal: AbortSignal): Promise<UpdateResult> {
    const { program } = plan.algorithm;
    if (program === undefined)
      throw new AlgorithmError(`the algorithm ${plan.algorithm.name} of "${plan.search}" has no program`);
    const { artifacts } = this.options;
    const before = request.bulk === null ? null : await artifacts.get(request.bulk);
    const question = programQuestion(plan, request.input);
    const { answer, state } = await this.asked(plan, program, question, before, signal);
    const output = readProgramAnswer(nameOf(program), question, answer);
    return { bulk: state === null ? null : await artifacts.put(state), output };
  }

  private async asked(
    plan: SearchPlan,
    program: AlgorithmProgram,
    question: ProgramQuestion,
    before: Uint8Array | null,
    signal: AbortSignal,
  ): Promise<{ readonly answer: Json; readonly state: Uint8Array | null }> {
    for (let losses = 1; ; losses += 1) {
      const slot = await this.options.pool.acquire(bundleOf(program), signal, plan.search);
      let warm = false;
      try {
        const answer = await this.ask(slot, plan, program, question, before, signal);
        warm = program.kind === 'functions';
        return answer;
      } catch (error) {
        if (!(error instanceof ProgramLost)) throw error;
        if (losses === mostLosses)
          throw new AlgorithmError(
            `${error.message}, ${losses} times in a row: resume the search once it can run`,
          );
      } finally {
        slot.release(warm);
      }
    }
  }

  private ask(
    slot: ProcessSlot,
    { search, level }: SearchPlan,
    program: AlgorithmProgram,
    question: ProgramQuestion,
    before: Uint8Array | null,
    signal: AbortSignal,
  ): ReturnType<typeof askCommand> {
    const { home, projectRoot } = this.options;
    const common = { slot, signal, program: nameOf(program) };
    switch (program.kind) {
      case 'functions':
        return askFunctionsInProcess({ ...common, level: level.name }, program, question, before);
      case 'command': {
        const folder = join(home, 'cache', 'programs', sha256Hex(search).slice(0, 32));
        return askCommand({ ...common, projectRoot, folder }, program, question, before);
      }
      default:
        return unreachable(program, 'program');
    }
  }
}

function bundleOf(program: AlgorithmProgram): string | null {
  return program.kind === 'functions' ? program.bundle : null;
}

/** How messages name a program. */
function nameOf(program: AlgorithmProgram): string {
  return program.kind === 'functions'
    ? 'the custom algorithm'
    : `the program '${cutText(program.command, 60)}'`;
}
