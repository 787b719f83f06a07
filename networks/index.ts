export { initialValues, networkParameters } from './network-parameters.js';
export type { NetworkParameter } from './network-parameters.js';
