import {
  checkDefinition,
  DefinitionReader,
  readExtension,
  type Budget,
  type SearchDefinition,
} from '../searches/index.js';
import type { EnqueuedPoint } from './messages/messages.js';

/**
 * What comes with a message, read from values of unknown origin: anybody may send any JSON. Each function throws an
 * error with one sentence when a value is not what its message needs, whatever the search does.
 */

/** For messages that say all by their name: what comes with them is left aside. */
export function readNothing(): [] {
  return [];
}

export function readBudget(value: unknown): [Budget] {
  return [readExtension(value)];
}

export function readConcurrency(value: unknown): [number] {
  return [new DefinitionReader(value, 'concurrency').wholeNumber(1)];
}

/** The point itself is read with the space of the search. */
export function readPoint(value: unknown): [EnqueuedPoint] {
  const reader = new DefinitionReader(value, 'point');
  const members = reader.members();
  if (Object.hasOwn(members, 'genome')) {
    return [
      {
        genome: reader
          .at('genome')
          .elements()
          .map((element) => element.finiteNumber()),
      },
    ];
  }
  if (!Object.hasOwn(members, 'parameters'))
    reader.refuse('must have "parameters" of the space, or a "genome".');
  return [{ parameters: reader.at('parameters').json() }];
}

export function readTrialIndex(value: unknown): [number] {
  return [new DefinitionReader(value, 'trial').wholeNumber(0)];
}

export function readDefinition(value: unknown): [SearchDefinition] {
  return [checkDefinition(value)];
}

export function readFlag(value: unknown): [boolean] {
  return [new DefinitionReader(value, 'pause flag').boolean()];
}
