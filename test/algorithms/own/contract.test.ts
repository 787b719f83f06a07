import annealing from '../../../examples/own-algorithm/annealing.search.js';
import { command, custom, type CustomAlgorithm } from '../../../algorithms/index.js';
import type { Json } from '../../../foundation/json/index.js';
import { RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import { sample } from '../../../search-spaces/index.js';
import { describeAlgorithm, type ProgramAnswers } from '../../../testing/index.js';

const { algorithm } = annealing.options as { readonly algorithm: CustomAlgorithm };

await describeAlgorithm(algorithm, { title: 'simulated annealing of the example' });

// A generation at a time, each told before the next; parameters in place of genomes, and text to remember them by.
await describeAlgorithm(
  custom<{ readonly generations: number }>({
    batch: 7,
    waitsFor: 7,
    start: () => ({ generations: 0 }),
    ask: ({ generations }, wanted, problem) => ({
      proposals: Array.from({ length: wanted }, (_, place) => ({
        parameters: problem.parameters(problem.sample()),
        note: `${generations}.${place}`,
      })),
      state: { generations: generations + 1 },
    }),
  }),
  { title: 'custom, by generations' },
);

// Another answer whenever it is asked, whatever the seed: what a program with a clock or a network would give.
let asked = 0;
const unpredictable: ProgramAnswers = ({ view, wanted }, state) => {
  asked += 1;
  const random = new RandomStream(rngFromSeed(asked));
  const proposals: Json = Array.from({ length: 1 + random.below(wanted) }, () => ({
    genome: sample(view, random),
    note: asked,
  }));
  return { answer: { proposals }, state: Uint8Array.of(...(state ?? []).slice(-3), asked % 256) };
};

await describeAlgorithm(command('any program', { batch: 4, waitsFor: 0 }), {
  title: 'command, unpredictable',
  program: unpredictable,
});
