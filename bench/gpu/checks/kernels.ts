import { errorText } from '../../../foundation/errors/index.js';
import { proofCases } from '../cases.js';
import { failed, passed, type Check, type Workshop } from '../check.js';
import { Prover } from '../prover.js';

/** Every operation, builder, augmentation and optimiser in a repeatable training step. */
export const kernels: Check = {
  name: 'kernels',
  shows: 'every operation, builder, augmentation and optimiser runs in a repeatable training step',
  run: async (workshop) => {
    const names = proofCases().map(({ name }) => name);
    const refused: Record<string, string> = {};
    const chosen = workshop.isQuick ? names.filter((_name, i) => i % 8 === 0) : names;
    const runner = new CaseRunner(workshop);
    try {
      for (const name of chosen) {
        const reason = await runner.reasonAgainst(name);
        if (reason === null) continue;
        workshop.say(`${name}: ${reason}`);
        refused[name] = reason;
      }
    } finally {
      await runner.close();
    }
    const count = Object.keys(refused).length;
    if (count === 0) return passed({ cases: chosen.length });
    return failed(`${count} of ${chosen.length} cases did not run.`, { cases: chosen.length, refused });
  },
};

/** Tries cases in one process, and in a new one after a crash. */
class CaseRunner {
  private prover: Prover | null = null;

  constructor(private readonly workshop: Workshop) {}

  /** Why a case does not run; null: it runs, twice with the same bits. */
  async reasonAgainst(name: string): Promise<string | null> {
    const { program, devices } = this.workshop;
    this.prover ??= new Prover(program, devices[0] ?? null);
    try {
      const first = await this.prover.ask({ kind: 'steps', name, count: 3 });
      if (first.kind === 'threw') return first.message;
      if (first.kind !== 'steps') return `an unexpected answer: ${first.kind}`;
      if (![...first.losses, first.evaluated].every(Number.isFinite)) return 'a loss is not finite';
      const second = await this.prover.ask({ kind: 'steps', name, count: 3 });
      const isEqual = second.kind === 'steps' && second.hash === first.hash;
      return isEqual ? null : 'the second run has other bits than the first';
    } catch (error) {
      await this.close();
      return `the process ended: ${errorText(error)}`;
    }
  }

  async close(): Promise<void> {
    await this.prover?.kill();
    this.prover = null;
  }
}
