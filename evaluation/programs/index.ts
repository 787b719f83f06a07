export { AlgorithmPrograms } from './algorithm-programs.js';
export type { AlgorithmProgramsOptions } from './algorithm-programs.js';
export { ProgramLost } from './program-exit.js';
