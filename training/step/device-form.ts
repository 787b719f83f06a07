import type { Kernels } from '../tensorflow-graph/graph-writer.js';
import type { SettledComputation } from '../tensorflow.js';

/** What a step's graph owes to the device that computes it. */
interface DeviceForm {
  /** Parts of a batch that are computed side by side. */
  readonly parts: number;
  readonly kernels: Kernels;
}

/** The form that suits a computation on a GPU or on processors, unless kernels are named. */
export function deviceForm(
  { mode, parallelism, threads }: SettledComputation,
  onGpu: boolean,
  kernels: Kernels | undefined,
): DeviceForm {
  // A GPU computes one batch faster than its parts.
  const parts = parallelism === 'data' && !onGpu ? threads : 1;
  return { parts, kernels: kernels ?? (mode === 'repeatable' && onGpu ? 'deterministicOnGpus' : 'any') };
}
