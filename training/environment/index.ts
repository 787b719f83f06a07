export { trainingProcessEnvironment } from './process-environment.js';
