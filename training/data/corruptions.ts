import { dcos, dexp, fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import type { DataDescription } from './data-set.js';
import { normalQuantile } from './normal-quantile.js';
import { shuffled } from './split.js';

/** 1: mild, 5: strong. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** A change of all images of a data set. */
export type Corruption =
  | {
      readonly kind:
        'gaussianNoise' | 'shotNoise' | 'impulseNoise' | 'blur' | 'contrast' | 'rotation' | 'permutedPixels';
      readonly severity: Severity;
    }
  | { readonly kind: 'inversion' };

export type CorruptionKind = Corruption['kind'];

type Shape = DataDescription['imageShape'];
/** Changes the pixels of an image; `index` is the image's index in the source. */
type Change = (pixels: Uint8Array, index: number) => Uint8Array;

/**
 * Strengths by severity. The first five are those of CIFAR-10-C (D. Hendrycks and T. Dietterich, "Benchmarking Neural
 * Network Robustness to Common Corruptions and Perturbations", ICLR 2019): deviation of the noise, photons in a white
 * pixel, share of pixels hit, deviation of the blur in pixels, and the factor of the contrast. Rotations are by
 * multiples of 15° and permutations of a fifth of the pixels to all.
 */
export const severities = {
  gaussianNoise: [0.04, 0.06, 0.08, 0.09, 0.1],
  shotNoise: [500, 250, 100, 75, 50],
  impulseNoise: [0.01, 0.02, 0.03, 0.05, 0.07],
  blur: [0.4, 0.6, 0.7, 0.8, 1],
  contrast: [0.75, 0.5, 0.4, 0.3, 0.15],
  rotation: [15, 30, 45, 60, 75],
  permutedPixels: [0.2, 0.4, 0.6, 0.8, 1],
} as const;

/** All corruptions one after the other. Each draws from a stream of its own for each image. */
export function corruptionOf(corruptions: readonly Corruption[], shape: Shape, rng: Rng): Change {
  const changes = corruptions.map((corruption, i) =>
    changeOf(corruption, shape, fork(rng, `corruption:${i}`)),
  );
  return (pixels, index) => changes.reduce((changed, change) => change(changed, index), pixels);
}

function changeOf(corruption: Corruption, shape: Shape, rng: Rng): Change {
  switch (corruption.kind) {
    case 'inversion':
      return (pixels) => pixels.map((pixel) => 255 - pixel);
    case 'gaussianNoise':
      return gaussianNoise(severities.gaussianNoise[corruption.severity - 1] ?? 0, rng);
    case 'shotNoise':
      return shotNoise(severities.shotNoise[corruption.severity - 1] ?? 1, rng);
    case 'impulseNoise':
      return impulseNoise(severities.impulseNoise[corruption.severity - 1] ?? 0, rng);
    case 'blur':
      return blur(severities.blur[corruption.severity - 1] ?? 1, shape);
    case 'contrast':
      return contrast(severities.contrast[corruption.severity - 1] ?? 1, shape);
    case 'rotation':
      return rotation(severities.rotation[corruption.severity - 1] ?? 0, shape);
    case 'permutedPixels':
      return permutedPixels(severities.permutedPixels[corruption.severity - 1] ?? 1, shape, rng);
    default: {
      const never: never = corruption;
      throw new Error(`Unknown corruption ${JSON.stringify(never)}.`);
    }
  }
}

/** To a whole number in 0 … 255, halves up. */
function pixelOf(value: number): number {
  return Math.max(0, Math.min(255, Math.floor(value + 0.5)));
}

const quantileBits = 16;

/** Adds normal noise of a deviation, in units of the whole range. */
function gaussianNoise(deviation: number, rng: Rng): Change {
  const count = 1 << quantileBits;
  const noise = Float64Array.from(
    { length: count },
    (_none, i) => 255 * deviation * normalQuantile((i + 0.5) / count),
  );
  return (pixels, index) => {
    const stream = new RandomStream(fork(rng, index));
    return pixels.map((pixel) => pixelOf(pixel + (noise[stream.word() >>> (32 - quantileBits)] ?? 0)));
  };
}

const poissonBits = 12;

/** The pixel that a camera sees where `photons` come from a white one on average: Poisson noise. */
function shotNoise(photons: number, rng: Rng): Change {
  const count = 1 << poissonBits;
  const tables = Array.from({ length: 256 }, (_none, pixel) => {
    const expected = (pixel / 255) * photons;
    const table = new Uint8Array(count);
    let arrived = 0;
    let probability = dexp(-expected);
    let cumulative = probability;
    for (let i = 0; i < count; i++) {
      // The largest quantile is below 1, and the sum of all probabilities comes closer to 1 than that.
      while (cumulative < (i + 0.5) / count) {
        arrived++;
        probability *= expected / arrived;
        cumulative += probability;
      }
      table[i] = pixelOf((arrived / photons) * 255);
    }
    return table;
  });
  return (pixels, index) => {
    const stream = new RandomStream(fork(rng, index));
    return pixels.map((pixel) => tables[pixel]?.[stream.word() >>> (32 - poissonBits)] ?? 0);
  };
}

/** Makes a share of the pixels black or white, each half of the time ("salt and pepper"). */
function impulseNoise(share: number, rng: Rng): Change {
  return (pixels, index) => {
    const stream = new RandomStream(fork(rng, index));
    return pixels.map((pixel) => {
      const drawn = stream.unit();
      if (drawn >= share) return pixel;
      return drawn < share / 2 ? 0 : 255;
    });
  };
}

/** Gaussian blur to four deviations; pixels beyond the edge are those at the edge. */
function blur(deviation: number, [height, width, channels]: Shape): Change {
  const radius = Math.floor(4 * deviation + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_none, i) =>
    dexp(-((i - radius) * (i - radius)) / (2 * deviation * deviation)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const clamp = (place: number, size: number): number => Math.max(0, Math.min(size - 1, place));
  return (pixels) => {
    const across = new Float64Array(pixels.length);
    const changed = new Uint8Array(pixels.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let i = 0; i < weights.length; i++) {
            const from = (y * width + clamp(x + i - radius, width)) * channels + c;
            sum += (weights[i] ?? 0) * (pixels[from] ?? 0);
          }
          across[(y * width + x) * channels + c] = sum / total;
        }
      }
    }
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width * channels; x++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++)
          sum += (weights[i] ?? 0) * (across[clamp(y + i - radius, height) * width * channels + x] ?? 0);
        changed[y * width * channels + x] = pixelOf(sum / total);
      }
    }
    return changed;
  };
}

/** Brings the pixels of each channel closer to the channel's mean in the image. */
function contrast(factor: number, [height, width, channels]: Shape): Change {
  return (pixels) => {
    const means = Array.from({ length: channels }, (_none, c) => {
      let sum = 0;
      for (let i = c; i < pixels.length; i += channels) sum += pixels[i] ?? 0;
      return sum / (height * width);
    });
    return pixels.map((pixel, i) => {
      const mean = means[i % channels] ?? 0;
      return pixelOf((pixel - mean) * factor + mean);
    });
  };
}

/** Turns the image counter-clockwise about its centre, linearly between pixels; what was outside is black. */
function rotation(degrees: number, [height, width, channels]: Shape): Change {
  const angle = (degrees / 180) * Math.PI;
  const cos = dcos(angle);
  const sin = dcos(angle - Math.PI / 2);
  const middleY = (height - 1) / 2;
  const middleX = (width - 1) / 2;
  return (pixels) => {
    const at = (y: number, x: number, c: number): number =>
      y < 0 || x < 0 || y >= height || x >= width ? 0 : (pixels[(y * width + x) * channels + c] ?? 0);
    const changed = new Uint8Array(pixels.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const fromX = middleX + cos * (x - middleX) - sin * (y - middleY);
        const fromY = middleY + sin * (x - middleX) + cos * (y - middleY);
        const left = Math.floor(fromX);
        const top = Math.floor(fromY);
        const right = fromX - left;
        const below = fromY - top;
        for (let c = 0; c < channels; c++) {
          const upper = at(top, left, c) * (1 - right) + at(top, left + 1, c) * right;
          const lower = at(top + 1, left, c) * (1 - right) + at(top + 1, left + 1, c) * right;
          changed[(y * width + x) * channels + c] = pixelOf(upper * (1 - below) + lower * below);
        }
      }
    }
    return changed;
  };
}

/** Moves a share of the pixels, with all their channels, to each other's places: the same way in all images. */
function permutedPixels(share: number, [height, width, channels]: Shape, rng: Rng): Change {
  const places = Int32Array.from({ length: height * width }, (_none, i) => i);
  const moved = shuffled(places, fork(rng, 'places')).slice(0, Math.round(share * places.length));
  const sources = places.slice();
  shuffled(moved, fork(rng, 'order')).forEach((source, i) => {
    sources[moved[i] ?? 0] = source;
  });
  const bytes = Int32Array.from(
    { length: sources.length * channels },
    (_none, i) => (sources[Math.floor(i / channels)] ?? 0) * channels + (i % channels),
  );
  return (pixels) => pixels.map((_pixel, i) => pixels[bytes[i] ?? 0] ?? 0);
}
