export { decodeProbe, encodeProbe, probeEpsilon, shippedProbe } from './probe.js';
export type { Probe, ProbeForm, ProbeNumbers } from './probe.js';
export { ProbePass } from './probe-arithmetic.js';
export { dataFingerprint, embedTask, planeOf } from './task-embedding.js';
export type { EmbeddedTask } from './task-embedding.js';
