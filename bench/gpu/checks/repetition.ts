import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { fork, RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import { longCase } from '../cases.js';
import { failed, passed, type Check, type Workshop } from '../check.js';
import type { Device } from '../machine.js';
import { withProver } from '../prover.js';

/** Of 320 examples in batches of 64. */
const stepsPerEpoch = 5;

/** The same weights again, undisturbed and after kills. */
export const repetition: Check = {
  name: 'repetition',
  shows: 'a training has the same weights twice, and after kills at ten random steps',
  run: async (workshop) => {
    const epochs = workshop.isQuick ? 4 : 30;
    const kills = workshop.isQuick ? 3 : 10;
    const device = workshop.devices[0] ?? null;
    const first = await trainedHash(workshop, device, epochs, []);
    const second = await trainedHash(workshop, device, epochs, []);
    if (second !== first) return failed('Two undisturbed trainings have other weights.', { first, second });
    const stream = new RandomStream(fork(rngFromSeed('gpu'), 'kills'));
    const steps = new Set<number>();
    while (steps.size < kills) steps.add(1 + stream.below(epochs * stepsPerEpoch - 1));
    const killedAt = [...steps].sort((a, b) => a - b);
    const third = await trainedHash(workshop, device, epochs, killedAt);
    const figures = { hash: first, steps: epochs * stepsPerEpoch, killedAt };
    return third === first
      ? passed(figures)
      : failed('A training that was killed has other weights.', { ...figures, afterKills: third });
  },
};

/**
 * Hash of the weights after a training of the long case whose process is killed when it has done these steps (ascending)
 * and started again each time.
 */
export async function trainedHash(
  workshop: Workshop,
  device: Device | null,
  epochs: number,
  killedAt: readonly number[],
): Promise<string> {
  const folder = await mkdtemp(path.join(workshop.folder, 'training-'));
  const left = [...killedAt];
  for (;;) {
    const hash = await withProver(workshop.program, device, async (prover) => {
      let answer = await prover.ask({ kind: 'training', name: longCase, epochs, folder });
      while (answer.kind === 'step') {
        const [next] = left;
        if (next !== undefined && answer.number >= next) {
          left.shift();
          return null;
        }
        answer = await prover.next();
      }
      if (answer.kind === 'trained') return answer.hash;
      throw new Error(`The training did not end: ${JSON.stringify(answer)}.`);
    });
    if (hash !== null) return hash;
  }
}
