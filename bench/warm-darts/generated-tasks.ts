import { dcos, dexp, dpow, fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { normalQuantile } from '../../training/data/normal-quantile.js';
import type { DataSet } from '../../training/index.js';

/** Families of tasks that are told apart by different features: oriented waves, sizes of spots, shares of grey values. */
export const families = ['grating', 'blob', 'histogram'] as const;

export type Family = (typeof families)[number];

/** A task of a family; `variant` decides all its random numbers. */
export interface GeneratedTask {
  readonly family: Family;
  readonly variant: string;
  readonly examples: number;
  /** Height and width of its images (8). */
  readonly size?: number;
  /** 1 (default) or 3: each channel then has a strength of its own. */
  readonly channels?: number;
}

const classes = 4;
/** Numbers of this many deviations become black or white. */
const widest = 4;

/**
 * A task of four classes: gratings of different orientation, spots of different size, or pixels of different
 * distribution. Equal tasks have equal bytes on every machine.
 */
export function generatedTask({ family, variant, examples, size = 8, channels = 1 }: GeneratedTask): DataSet {
  const name = `${family}-${variant}`;
  const rng = fork(rngFromSeed(name), `${size}x${channels}`);
  const task = new RandomStream(fork(rng, 'task'));
  const between = (stream: RandomStream, low: number, high: number): number =>
    low + (high - low) * stream.unit();
  const traits = {
    phase: between(task, 0, Math.PI / 4),
    frequency: between(task, 0.9, 1.4),
    offset: between(task, 0.2, 0.5),
  };
  const stream = new RandomStream(fork(rng, 'images'));
  const normal = (): number => normalQuantile((stream.word() + 0.5) / 0x1_0000_0000);
  const labels = Int32Array.from({ length: examples }, () => stream.below(classes));
  const pixels = size * size;
  const values = new Float64Array(examples * pixels * channels);
  labels.forEach((label, i) => {
    const grey = greyImage(family, label, traits, size, stream, normal);
    const strengths = Array.from({ length: channels }, () => (channels === 1 ? 1 : between(stream, 0.4, 1)));
    grey.forEach((value, place) => {
      strengths.forEach((strength, c) => {
        values[(i * pixels + place) * channels + c] = value * strength;
      });
    });
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length,
  );
  const byteOf = (value: number): number =>
    Math.max(0, Math.min(255, Math.round(((value - mean) / deviation / widest + 1) * 127.5)));
  return {
    name,
    hash: `generated/1 ${name} ${examples} ${size} ${channels}`,
    classes,
    imageShape: [size, size, channels],
    labels,
    testFrom: null,
    images: Uint8Array.from(values, byteOf),
    mean: 0.5,
    deviation: 0.5 / widest,
  };
}

interface Traits {
  readonly phase: number;
  readonly frequency: number;
  readonly offset: number;
}

function greyImage(
  family: Family,
  label: number,
  { phase, frequency, offset }: Traits,
  size: number,
  stream: RandomStream,
  normal: () => number,
): Float64Array {
  const image = new Float64Array(size * size);
  const each = (value: (x: number, y: number) => number): Float64Array =>
    image.map((_zero, place) => value(place % size, Math.floor(place / size)));
  switch (family) {
    case 'grating': {
      const angle = phase + (Math.PI * label) / 4;
      const shift = 2 * Math.PI * stream.unit();
      const across = frequency * dcos(angle);
      const along = frequency * dcos(angle - Math.PI / 2);
      return each((x, y) => dcos(across * x + along * y + shift) + 1.6 * normal());
    }
    case 'blob': {
      const radius = 0.6 + 0.45 * label + 0.3 * offset;
      const scale = size / 8;
      const centre = [stream.unit(), stream.unit()].map((unit) => (2 + 3 * unit) * scale);
      const [cx = 0, cy = 0] = centre;
      return each((x, y) => {
        const square = (x - cx) * (x - cx) + (y - cy) * (y - cy);
        return 2 * dexp(-square / (2 * radius * radius * scale * scale)) + 0.8 * normal();
      });
    }
    case 'histogram': {
      const exponent = ([1, 0.5, 1.5, 2][label] ?? 1) + offset;
      return each(() => {
        const size = dpow(Math.abs(normal()), exponent);
        return (normal() < 0 ? -size : size) + 0.06 * normal();
      });
    }
    default:
      return family satisfies never;
  }
}
