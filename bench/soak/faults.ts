import type { RandomStream } from '../../foundation/numbers/index.js';
import { victims, type Victim } from '../kill-matrix/victims.js';

/** What stops for a while, with everything that it keeps: the processes that evaluate, a worker, the server. */
export type Frozen = 'evaluating process' | 'trainer worker' | 'search worker' | 'server';

/** One thing that goes wrong, or that somebody does, while a search runs. Times in seconds. */
export type Fault =
  | { readonly kind: 'kill'; readonly victim: Victim }
  | { readonly kind: 'freeze'; readonly frozen: Frozen; readonly seconds: number }
  | { readonly kind: 'pause'; readonly seconds: number }
  | { readonly kind: 'concurrency'; readonly concurrency: number }
  | { readonly kind: 'odd message'; readonly message: string; readonly value: OddValue }
  | { readonly kind: 'full disk'; readonly seconds: number }
  | { readonly kind: 'clock step'; readonly seconds: number };

export type FaultKind = Fault['kind'];

/** What a message may hold that no client sends. */
export type OddValue = null | boolean | number | string | readonly OddValue[] | { readonly odd: number };

/** What the place of a run allows, and how long a fault lasts at most. */
export interface FaultLimits {
  /** A disk of its own can be filled. */
  readonly disk: boolean;
  /** Evaluations run inside of the search worker: there is no trainer. */
  readonly light: boolean;
  readonly longestFreeze: number;
  readonly fullDisk: number;
}

const messages = ['enqueue', 'extend', 'setConcurrency', 'cancelTrial'] as const;
const oddValues: readonly OddValue[] = [null, true, -1, 0.5, 'x', [], [null], { odd: 1 }];
const shortestFreeze = 5;

/** The next fault of a run: all kinds equally often. */
export function drawFault(random: RandomStream, limits: FaultLimits): Fault {
  const kinds: readonly FaultKind[] = [
    ...(['kill', 'freeze', 'pause', 'concurrency', 'odd message', 'clock step'] as const),
    ...(limits.disk ? (['full disk'] as const) : []),
  ];
  const kind = pick(random, kinds);
  switch (kind) {
    case 'kill':
      return { kind, victim: pick(random, victims.filter(isThere(limits))) };
    case 'freeze': {
      const all: readonly Frozen[] = ['evaluating process', 'trainer worker', 'search worker', 'server'];
      const longer = Math.max(0, Math.round(limits.longestFreeze) - shortestFreeze);
      const seconds = Math.min(shortestFreeze, limits.longestFreeze) + random.below(longer + 1);
      return { kind, frozen: pick(random, all.filter(isThere(limits))), seconds };
    }
    case 'pause':
      return { kind, seconds: 1 + random.below(5) };
    case 'concurrency':
      return { kind, concurrency: 1 + random.below(4) };
    case 'odd message':
      return { kind, message: pick(random, messages), value: pick(random, oddValues) };
    case 'full disk':
      return { kind, seconds: limits.fullDisk };
    case 'clock step': {
      // From seconds to an hour, forwards and backwards.
      const seconds = Math.round(2 ** (random.unit() * 12)) * (random.below(2) === 0 ? 1 : -1);
      return { kind, seconds };
    }
  }
}

/** A fault as a line of the log has it. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `${fault.victim} killed`;
    case 'freeze':
      return `${fault.frozen} frozen for ${fault.seconds} s`;
    case 'pause':
      return `paused for ${fault.seconds} s`;
    case 'concurrency':
      return `concurrency ${fault.concurrency}`;
    case 'odd message':
      return `${fault.message} with ${JSON.stringify(fault.value)}`;
    case 'full disk':
      return `disk full for ${fault.seconds} s`;
    case 'clock step':
      return `clock of the workers stepped by ${fault.seconds} s`;
  }
}

const isThere =
  ({ light }: FaultLimits) =>
  (part: Victim | Frozen): boolean =>
    !light || (part !== 'evaluating process' && part !== 'trainer worker');

function pick<Value>(random: RandomStream, values: readonly Value[]): Value {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('There is nothing to draw from.');
  return value;
}
