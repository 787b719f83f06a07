export { compileSupernetwork } from './compiled-supernetwork.js';
export type { CompiledSupernetwork, SampledPath, SupernetworkOptions } from './compiled-supernetwork.js';
export { compileMixture } from './compiled-mixture.js';
export type { CompiledMixture, MixtureOptions } from './compiled-mixture.js';
