/*
 * Prints SHA-256 of the weights and of the checkpoint of three networks after 50 steps. The bits depend on the machine,
 * so no test holds them: run it with two builds on one machine and compare. A process trains with one number of threads.
 *
 *   npx esbuild test/golden/checkpoint-hash.ts --bundle --platform=node --format=esm --packages=external \
 *     --outfile=.duramen/checkpoint-hash.mjs
 *   for threads in 1 2; do node .duramen/checkpoint-hash.mjs $threads; done
 */
import { rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import {
  buildNetwork,
  CompiledStep,
  encodeCheckpoint,
  hashState,
  initialState,
  parseAugmentationPolicy,
  simplifyGraph,
  splitData,
  train,
} from '../../training/index.js';
import { patterns } from '../support/training-laboratory.js';
import { trainedNetworks } from './trained-networks.js';

const threads = Number(process.argv[2] ?? '1');
const data = patterns(360, [16, 16, 3]);
const optimizer = { kind: 'adamw' } as const;
const augmentation = parseAugmentationPolicy([
  { op: 'randomCrop', magnitude: 2, unit: 'pixels' },
  { policy: 'trivialAugment' },
  { oneOf: [{ op: 'mixup' }, { op: 'cutmix' }, { op: 'cutout' }] },
]);

for (const name of ['plainConvolutional', 'residualConvolutional', 'darts']) {
  const parameters = trainedNetworks[name];
  if (parameters === undefined) throw new Error(`There is no network ${name}.`);
  const network = simplifyGraph(buildNetwork(parameters));
  const step = new CompiledStep({ network, data, optimizer, clips: true, augmentation, threads });
  let saved = '';
  let steps = 0;
  await train({
    step,
    data,
    split: splitData(data, { validation: 40 }, rngFromSeed(0)),
    // 320 examples are 10 steps an epoch.
    settings: {
      epochs: 5,
      batchSize: 32,
      optimizer,
      learningRate: 0.01,
      schedule: { kind: 'cosine', warmUpSteps: 3 },
      weightDecay: 0.01,
      labelSmoothing: 0.1,
      clipNorm: 1,
    },
    seed: 'golden',
    initial: initialState(network, step.stateSizes, 'golden'),
    checkpoint: null,
    observer: {
      checkpoint: async (checkpoint) => {
        steps = checkpoint.step;
        saved = sha256Hex(encodeCheckpoint({ ...checkpoint, content: 'golden', kinds: [] }));
      },
    },
  });
  console.log(`${threads} threads, ${name}: weights ${hashState(step.read())}`);
  console.log(`${threads} threads, ${name}: checkpoint after ${steps} steps ${saved}`);
  step.close();
}
