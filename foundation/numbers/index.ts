export { dcos, dexp, dlog, dpow, dtanh } from './elementary.js';
export { hashJson, sha256, sha256Hex } from './hash.js';
export { logNormalCdf, logNormalDensity, normalCdf, normalDensity, normalQuantile } from './normal.js';
export { philox, philoxInto } from './philox.js';
export { fork, RandomStream, rngFromSeed } from './rng.js';
export type { ChoiceSource, Rng } from './rng.js';
