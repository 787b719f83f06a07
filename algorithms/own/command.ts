import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { ownAlgorithm } from './own-algorithm.js';
import { configureCommand, plainOwnOptions, type OwnOptions } from './own-options.js';

const name = 'command';
const version = 1;

/**
 * An algorithm in any language: a command line that gets one JSON object on its standard input and answers with one on its
 * standard output (docs/own-algorithm.md). It runs in the project's folder and keeps its state as files in the folder that
 * `DURAMEN_STATE_DIRECTORY` names.
 */
export function command(line: string, options: OwnOptions = {}): AlgorithmReference {
  return { name, version, config: { command: line, ...plainOwnOptions(options) } };
}

export const commandAlgorithm = ownAlgorithm(name, version, configureCommand);
