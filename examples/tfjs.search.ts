import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-node-gpu';
import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { float, int, oneOf, space } from 'duramen/search-spaces';

const epochs = 20;
const points = 400;

/** Points in a square, and whether each lies in a ring: the same for all trials. */
function ring(): { readonly xs: tf.Tensor2D; readonly ys: tf.Tensor2D } {
  return tf.tidy(() => {
    const xs = tf.randomUniform<tf.Rank.R2>([points, 2], -1, 1, 'float32', 7);
    const radius = xs.square().sum(1).sqrt();
    return { xs, ys: radius.greater(0.4).logicalAnd(radius.less(0.8)).toFloat().reshape([points, 1]) };
  });
}

function network(units: number, activation: 'relu' | 'tanh', seed: number): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotUniform({ seed });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units, activation, inputShape: [2], kernelInitializer }),
      tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer }),
    ],
  });
}

// An ordinary model of TensorFlow.js: it reports from a callback, and goes on from its last epoch when it was killed.
// SGD without momentum has no state of its own, so the saved model is all that there is to save.
export default defineSearch({
  name: 'tfjs',
  space: space({
    learningRate: float(0.2, 4, { scale: 'log' }),
    units: int(8, 32, { scale: 'log' }),
    activation: oneOf(['relu', 'tanh']),
  }),
  metrics: { accuracy: 'maximize' },
  algorithm: random(),
  budget: { trials: 4, concurrency: 2 },
  seed: 3,
  async evaluate({ learningRate, units, activation }, trial) {
    const saved = await trial.checkpoint.latest();
    const model =
      saved === null
        ? network(units, activation, Number.parseInt(trial.seed.slice(-6), 16))
        : await tf.loadLayersModel(`file://${saved.path}/model.json`);
    model.compile({
      optimizer: tf.train.sgd(learningRate),
      loss: 'binaryCrossentropy',
      metrics: ['accuracy'],
    });
    const { xs, ys } = ring();
    const folder = mkdtempSync(join(tmpdir(), 'tfjs-example-'));
    let accuracy = 0;
    try {
      await model.fit(xs, ys, {
        epochs,
        initialEpoch: saved?.step ?? 0,
        batchSize: 20,
        // The order of the examples has no seed in TensorFlow.js.
        shuffle: false,
        verbose: 0,
        callbacks: {
          onEpochEnd: async (epoch, logs) => {
            accuracy = Number(logs?.['acc']);
            const checkpoint = join(folder, `epoch-${epoch + 1}`);
            await model.save(`file://${checkpoint}`);
            await trial.checkpoint.save({ folder: checkpoint }, epoch + 1);
            trial.report(epoch + 1, { accuracy });
            if (trial.shouldStop() || trial.signal.aborted) model.stopTraining = true;
          },
        },
      });
      return { accuracy };
    } finally {
      rmSync(folder, { recursive: true, force: true });
      tf.dispose([xs, ys]);
      model.dispose();
    }
  },
});
