export { compileSupernetwork } from './compiled-supernetwork.js';
export type { CompiledSupernetwork, SupernetworkOptions } from './compiled-supernetwork.js';
