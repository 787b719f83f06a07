export { distanceMatrix, libraryThreshold, taskDistance } from './task-similarity.js';
