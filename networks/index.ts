export { initialValues, networkParameters } from './network-parameters.js';
export type { NetworkParameter } from './operations/index.js';
