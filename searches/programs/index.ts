export { askFunctions } from './custom-program.js';
export type { CustomProgramAnswer } from './custom-program.js';
export { readProgramAnswer } from './program-answer.js';
export { programQuestion } from './program-question.js';
export type { ProgramOutcome, ProgramQuestion } from './program-question.js';
