import { CPU_QUEUE, GPU_QUEUE } from '../workflows/messages/index.js';

/** What a worker serves: search workflows with their light activities, or evaluations in processes. */
export type ServedQueue = 'search' | 'cpu' | 'gpu';

/** A task queue of evaluations in processes, as one worker serves it. */
export interface EvaluationQueue {
  readonly taskQueue: string;
  /** Evaluations at the same time. */
  readonly slots: number;
  /** GPUs by slot, as values of `CUDA_VISIBLE_DEVICES`; empty: processors alone. */
  readonly devices: readonly string[];
}

/** The task queues of evaluations that a worker is to serve. `devices` are the GPUs that it may use. */
export function evaluationQueues(
  queues: readonly ServedQueue[],
  extraQueues: readonly string[],
  slots: number,
  devices: readonly string[],
): readonly EvaluationQueue[] {
  const onProcessors = [...(queues.includes('cpu') ? [CPU_QUEUE] : []), ...extraQueues];
  return [
    ...onProcessors.map((taskQueue) => ({ taskQueue, slots, devices: [] })),
    ...(queues.includes('gpu')
      ? [{ taskQueue: GPU_QUEUE, slots: devices.length > 0 ? devices.length : slots, devices }]
      : []),
  ];
}

/**
 * A warning for a worker whose queue `gpu` cannot run evaluations on GPUs, because the machine has none or TensorFlow
 * lacks its libraries. Null when it can.
 */
export function gpuWarning(devices: readonly string[], libraries: string | null): string | null {
  if (devices.length === 0) {
    return 'nvidia-smi lists no GPU that this worker may use: evaluations for GPUs run on processors here.';
  }
  if (libraries !== null) return null;
  return 'There are GPUs, but TensorFlow is not set up for them: "node setup/prepare.mjs --gpu" in the folder of duramen does it; until then its trainings run on processors.';
}
