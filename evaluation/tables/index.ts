export { TableObjective } from './table-objective.js';
export type { TableAnswer } from './table-objective.js';
export { TableObjectives } from './table-objectives.js';
