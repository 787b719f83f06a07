export { limitsOf, measureFields, measureOf, readMeasure } from './measure.js';
export type { Limit, Measure } from './measure.js';
export { rankedPlaces, violationOf } from './ranking.js';
export type { Ranked } from './ranking.js';
export { readPendingPoint, readToldPoint, toldPointBytes } from './told-point.js';
export type { PendingPoint, ToldPoint } from './told-point.js';
