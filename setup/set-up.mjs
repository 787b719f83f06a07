import { installDataSet } from './data-sets.mjs';
import { installTemporalCli } from './temporal-cli.mjs';
import { installTensorflow } from './tensorflow.mjs';

// What is fetched into the user's cache, in the order in which searches need it.
const installers = {
  temporal: ({ say }) => installTemporalCli({ say }),
  mnist: ({ say }) => installDataSet('mnist', { say }),
  tensorflow: ({ say, gpu }) => installTensorflow({ say, gpu }),
};

/** What searches need beside the npm packages: a Temporal server; to train networks, TensorFlow and MNIST. */
export const machineParts = Object.keys(installers);

/**
 * Puts parts that a machine needs into the user's cache, by default all; with `gpu` TensorFlow for GPUs. What is there
 * already is only checked. Throws `SetupProblem`.
 */
export async function setUpMachine({ parts = machineParts, gpu = false, say = () => {} } = {}) {
  for (const part of machineParts) if (parts.includes(part)) await installers[part]({ say, gpu });
}
