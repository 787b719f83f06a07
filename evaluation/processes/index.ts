export { EvaluatingProcesses } from './evaluating-processes.js';
export { cudaLibraries, gpuDevices } from './gpu-devices.js';
export { memoryWords } from './supervised-process.js';
export { describeThrown, parseJsonLine } from './process-messages.js';
export type {
  CommandProcess,
  EvaluatingProcess,
  ProcessExit,
  ProcessPool,
  ProcessSlot,
} from './process-pool.js';
