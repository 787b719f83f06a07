import type { Slice } from '../../../algorithms/index.js';
import type { Json } from '../../../foundation/json/index.js';

/** The part of a trial's handle that the toy's training uses. */
export interface ToyTrial {
  readonly index: number;
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly slice: Slice | null;
  readonly checkpoint: {
    save(bytes: Uint8Array, step: number): Promise<void>;
    latest(): Promise<ToyCheckpoint | null>;
    continued(): Promise<ToyCheckpoint | null>;
  };
  values(numbers: readonly number[]): void;
  draws(count: number, from?: number): Promise<readonly { readonly parameters: Json }[]>;
  setAttribute(key: string, value: Json): void;
}

interface ToyCheckpoint {
  readonly kind: string;
  readonly trial: number;
  readonly step: number;
  readonly bytes?: Uint8Array;
}

type Point = { readonly x: number; readonly k: string };

/** Steps of an epoch; a checkpoint follows each. */
export const stepsPerEpoch = 4;

const modulus = 10_007;

/**
 * A training whose weights are one whole number in a file. Each step moves it by the point that is drawn; scores and
 * evaluations read it. `pause` milliseconds pass at each step.
 */
export function toyEvaluation(pause: number): (parameters: unknown, trial: ToyTrial) => Promise<unknown> {
  const wait = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, pause));
  return async (parameters, trial) => {
    const { slice, checkpoint } = trial;
    if (slice === null) return { accuracy: 0 };
    const continued = weightsOf(await checkpoint.continued()) ?? Number.parseInt(trial.seed.slice(0, 4), 16);
    if (slice.kind === 'train') {
      const latest = await checkpoint.latest();
      const isOwn = latest !== null && latest.trial === trial.index;
      let weights = isOwn ? (weightsOf(latest) ?? 0) : continued;
      const first = (slice.epoch - 1) * stepsPerEpoch;
      for (let step = isOwn ? latest.step - first : 0; step < stepsPerEpoch; step += 1) {
        if (trial.signal.aborted) return undefined;
        await wait();
        const [path] = await trial.draws(1, step);
        weights = moved(weights, path?.parameters, step + 1);
        await checkpoint.save(new TextEncoder().encode(String(weights)), first + step + 1);
      }
      trial.setAttribute('weights', weights);
      return { accuracy: shared(weights, parameters) };
    }
    await wait();
    if (slice.kind === 'score') {
      const drawn = await trial.draws(slice.count);
      trial.values(drawn.map((one) => shared(continued, one.parameters)));
    }
    return { accuracy: shared(continued, parameters) };
  };
}

function weightsOf(checkpoint: ToyCheckpoint | null): number | null {
  return checkpoint?.bytes === undefined ? null : Number(new TextDecoder().decode(checkpoint.bytes));
}

function moved(weights: number, path: unknown, step: number): number {
  return (weights * 31 + numberOf(path) + step) % modulus;
}

function shared(weights: number, point: unknown): number {
  return ((weights * 7 + numberOf(point)) % 997) / 997;
}

function numberOf(point: unknown): number {
  const { x, k } = point as Point;
  return x * 3 + (k === 'a' ? 1 : 2);
}
