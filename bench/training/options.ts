import { parseArgs } from 'node:util';
import { networkNames } from './networks.js';
import type { NetworkName } from './networks.js';

/** What is measured. */
export interface BenchOptions {
  /** Turns that each contender takes. */
  readonly rounds: number;
  /** About how long a turn is. */
  readonly seconds: number;
  readonly networks: readonly NetworkName[];
  /** Peers that are measured, too: those of a Python of the bench's own, those that another Python has, or none. */
  readonly peers: 'pinned' | 'none' | { readonly python: string };
  /** Whether the fixed cost of new networks is measured, too. */
  readonly fixedCost: boolean;
}

export function readOptions(benchArguments: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '4' },
      networks: { type: 'string', default: networkNames.join(',') },
      peers: { type: 'boolean', default: false },
      python: { type: 'string' },
      'no-fixed-cost': { type: 'boolean', default: false },
    },
  });
  return {
    rounds: readNumber(values.rounds, '--rounds', 1),
    seconds: readNumber(values.seconds, '--seconds', 0.1),
    networks: values.networks === '' ? [] : values.networks.split(',').map(readNetwork),
    peers: values.python === undefined ? (values.peers ? 'pinned' : 'none') : { python: values.python },
    fixedCost: !values['no-fixed-cost'],
  };
}

function readNetwork(text: string): NetworkName {
  const name = networkNames.find((each) => each === text);
  if (name === undefined)
    throw new Error(`--networks takes names out of ${networkNames.join(',')}, not "${text}".`);
  return name;
}

function readNumber(text: string, option: string, minimum: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < minimum) {
    throw new Error(`${option} takes a number of at least ${minimum}, not "${text}".`);
  }
  return value;
}
