export {
  CPU_QUEUE,
  GPU_QUEUE,
  SEARCH_QUEUE,
  SEARCH_WORKFLOW,
  adoptUpdate,
  algorithmQuery,
  bestQuery,
  cancelTrialUpdate,
  enqueueUpdate,
  extendUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  setConcurrencyUpdate,
  trialsQuery,
} from './messages.js';
export type { EnqueuedPoint, SearchInput } from './messages.js';
export { searchInstructions } from './search-instructions.js';
