import { AlgorithmError } from './algorithm-error.js';
import { sliceValueLimit } from './slice.js';

/** What an `embed` slice says of a data set. */
export type TaskEmbedding = {
  /** One number ≥ 0 for each filter of the probe. */
  readonly embedding: readonly number[];
  /** Equal for equal data, and else different. */
  readonly fingerprint: string;
};

/** A fingerprint travels among the values, 16 bits in each, because values are the one thing that an algorithm is told. */
const fingerprintNumbers = 16;
const digits = 4;

/** A probe that this build ships: its hash, and how many numbers an embedding by it has. */
export type ShippedProbe = { readonly hash: string; readonly filters: number };

/**
 * The probes by name: `small` sees grey images (colours as their mean), `large` colours (a grey image three times). The
 * hashes are those of the files in `setup/probes`.
 */
export const shippedProbes = {
  small: { hash: '30e4db48057b7e266b6be503130a4eddb777bb0652fd07d8c9113581a04ba630', filters: 32 },
  large: { hash: '3a5e017ca4e7aa8b2d45dce715bb8c78d3e300ec9cd278ab830cca881dd06a3e', filters: 112 },
} as const satisfies Readonly<Record<string, ShippedProbe>>;

/** Name of a shipped probe. */
export type ProbeName = keyof typeof shippedProbes;

/** How many values an embedding of so many numbers takes. */
export function embeddingValueCount(filters: number): number {
  return filters + fingerprintNumbers;
}

/** The values of an `embed` slice; the fingerprint is a hash of 64 hexadecimal digits. */
export function embeddingValues({ embedding, fingerprint }: TaskEmbedding): readonly number[] {
  if (!/^[0-9a-f]{64}$/.test(fingerprint))
    throw new AlgorithmError('the fingerprint of a data set must be a hash of 64 hexadecimal digits');
  const parts = Array.from({ length: fingerprintNumbers }, (_none, place) =>
    Number.parseInt(fingerprint.slice(place * digits, (place + 1) * digits), 16),
  );
  return [...embedding, ...parts];
}

/** The embedding among the values of an `embed` slice; throws `AlgorithmError` where they are none. */
export function readTaskEmbedding(values: readonly number[]): TaskEmbedding {
  const filters = values.length - fingerprintNumbers;
  const embedding = values.slice(0, Math.max(0, filters));
  if (embedding.length === 0 || values.length > sliceValueLimit || embedding.some((one) => !(one >= 0))) {
    throw new AlgorithmError(
      `the values of an embed slice must be numbers ≥ 0, of which the last ${fingerprintNumbers} are the fingerprint of the data`,
    );
  }
  const fingerprint = values
    .slice(filters)
    .map((part) => part.toString(16).padStart(digits, '0'))
    .join('');
  return { embedding, fingerprint };
}
