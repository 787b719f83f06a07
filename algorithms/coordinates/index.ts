export { coordinatesOf } from './coordinates.js';
export type {
  ChoiceCoordinate,
  Coordinate,
  Coordinates,
  NumberCoordinate,
  OrderCoordinate,
  SetCoordinate,
} from './coordinates.js';
export { decidedGenome } from './decided-genome.js';
export type { Decider } from './decided-genome.js';
export { quasiRandomGenome } from './quasi-random-genome.js';
export { freshRow, placesOf, rowOf } from './row.js';
export type { Row } from './row.js';
export {
  countSeen,
  isExhausted,
  isSeen,
  mostSeen,
  noneSeen,
  readSeen,
  remembersAll,
  unseenPoint,
  withSeen,
} from './seen-points.js';
export type { SeenPoints } from './seen-points.js';
export { startPoint } from './start-point.js';
