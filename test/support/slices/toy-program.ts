// What every process of a search of the toy loads: the algorithm, and the function that evaluates.
import { addAlgorithm, register } from '../../../algorithms/index.js';
import { toySlicesAlgorithm } from './toy-slices.js';

addAlgorithm(register(toySlicesAlgorithm));

export { toyEvaluation } from './toy-training.js';
