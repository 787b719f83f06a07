import { builderNames } from '../../../training/index.js';
import { failed, passed, untried, type Check } from '../check.js';
import { withProver } from '../prover.js';

// Convolutions on a GPU may round products to the ten bits of TF32, so losses agree less closely than in floats.
const firstTolerance = 0.01;
const lastTolerance = 0.15;
const steps = 20;

/** Losses on the device beside those on the processor. */
export const agreement: Check = {
  name: 'agreement',
  shows: 'the losses of a training on the device are those on the processor, to tolerance',
  run: async ({ devices, program }) => {
    const [device] = devices;
    if (device === undefined) return untried('There is no device to compare with the processor.');
    const names = builderNames.map((name) => `builder ${name} with sgd`);
    const lossesOn = (chosen: typeof device | null): Promise<readonly (readonly number[])[]> =>
      withProver(program, chosen, async (prover) => {
        const all: (readonly number[])[] = [];
        for (const name of names) {
          const answer = await prover.ask({ kind: 'steps', name, count: steps });
          if (answer.kind !== 'steps') throw new Error(`${name} did not run: ${JSON.stringify(answer)}.`);
          all.push(answer.losses);
        }
        return all;
      });
    const [onDevice, onProcessor] = [await lossesOn(device), await lossesOn(null)];
    const rows = names.map((name, i) => {
      const [own, other] = [onDevice[i] ?? [], onProcessor[i] ?? []];
      return { name, first: relative(own[0], other[0]), last: relative(own.at(-1), other.at(-1)) };
    });
    const apart = rows.filter(({ first, last }) => first > firstTolerance || last > lastTolerance);
    const figures = { steps, firstTolerance, lastTolerance, relativeDifferences: rows };
    if (apart.length === 0) return passed(figures);
    return failed(`Losses differ for ${apart.map(({ name }) => name).join(', ')}.`, figures);
  },
};

function relative(own = Number.NaN, other = Number.NaN): number {
  const difference = Math.abs(own - other) / Math.abs(other);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
