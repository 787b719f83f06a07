import type { Check } from '../check.js';
import { agreement } from './agreement.js';
import { kernels } from './kernels.js';
import { load } from './load.js';
import { memory } from './memory.js';
import { repetition } from './repetition.js';
import { search } from './search.js';
import { twoDevices, twoProcesses } from './sharing.js';
import { speed } from './speed.js';

/** The lines of the proof, in their order. */
export const checks: readonly Check[] = [
  load,
  kernels,
  repetition,
  agreement,
  twoProcesses,
  twoDevices,
  memory,
  search,
  speed,
];
