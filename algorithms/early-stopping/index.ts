export { GateObserver } from './gate.js';
export type { GateValues, Report } from './gate.js';
