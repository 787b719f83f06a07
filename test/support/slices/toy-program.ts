// What every process of a search of the toys loads: the algorithms, and the function that evaluates.
import { addAlgorithm, register } from '../../../algorithms/index.js';
import { addToyPolicy } from './toy-policy.js';
import { toySlicesAlgorithm } from './toy-slices.js';

addAlgorithm(register(toySlicesAlgorithm));
addToyPolicy();

export { toyEvaluation } from './toy-training.js';
