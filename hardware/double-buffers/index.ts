export { followedAtMost, timeArray } from './array-timing.js';
export type { ArrayTiming } from './array-timing.js';
