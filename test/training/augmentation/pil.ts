import type { Images } from './augmented.js';

/*
 * Operations on single images as PIL computes them, pixel by pixel in doubles (ImageOps, ImageEnhance, and
 * Image.transform with an affine map and the nearest pixel).
 */

type Pixel = (x: number, y: number, channel: number) => number;

/** The images whose pixels these functions give, one for each image. */
function made({ shape, pixels }: Images, pixelOf: (image: Pixel, index: number) => Pixel): Images {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const result = new Uint8Array(pixels.length);
  for (let index = 0; index < pixels.length / size; index++) {
    const image: Pixel = (x, y, channel) => pixels[index * size + (y * width + x) * channels + channel] ?? 0;
    const pixel = pixelOf(image, index);
    for (let i = 0; i < size; i++) {
      const place = Math.floor(i / channels);
      result[index * size + i] = pixel(place % width, Math.floor(place / width), i % channels);
    }
  }
  return { shape, pixels: result };
}

function each(images: Images, value: (pixel: number) => number): Images {
  return made(images, (image) => (x, y, channel) => value(image(x, y, channel)));
}

export const invert = (images: Images) => each(images, (pixel) => 255 - pixel);
export const solarize = (images: Images, threshold: number) =>
  each(images, (pixel) => (pixel < threshold ? pixel : 255 - pixel));
export const posterize = (images: Images, bits: number) =>
  each(images, (pixel) => pixel & ~((1 << (8 - bits)) - 1));

function grey(image: Pixel, channels: number): Pixel {
  if (channels === 1) return (x, y) => image(x, y, 0);
  return (x, y) => (image(x, y, 0) * 19595 + image(x, y, 1) * 38470 + image(x, y, 2) * 7471 + 0x8000) >> 16;
}

// ImageEnhance blends in single precision and cuts the fraction off.
function blend(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(Math.fround(factor) * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value);
}

export const brightness = (images: Images, factor: number) =>
  each(images, (pixel) => blend(0, pixel, factor));

export const contrast = (images: Images, factor: number) =>
  made(images, (image) => {
    const [height, width, channels] = images.shape;
    const tone = grey(image, channels);
    let sum = 0;
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) sum += tone(x, y, 0);
    const mean = Math.floor(sum / (height * width) + 0.5);
    return (x, y, channel) => blend(mean, image(x, y, channel), factor);
  });

export const color = (images: Images, factor: number) =>
  made(images, (image) => {
    const tone = grey(image, images.shape[2]);
    return (x, y, channel) => blend(tone(x, y, 0), image(x, y, channel), factor);
  });

export const sharpness = (images: Images, factor: number) =>
  made(images, (image) => (x, y, channel) => {
    const [height, width] = images.shape;
    const own = image(x, y, channel);
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return blend(own, own, factor);
    let sum = 0;
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) sum += image(x + dx, y + dy, channel) * (dx === 0 && dy === 0 ? 5 : 1);
    }
    return blend(Math.floor(sum / 13 + 0.5), own, factor);
  });

function histogram(image: Pixel, [height, width]: Images['shape'], channel: number): number[] {
  const counts = Array.from({ length: 256 }, () => 0);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) counts[image(x, y, channel)] = (counts[image(x, y, channel)] ?? 0) + 1;
  }
  return counts;
}

function byTable(images: Images, tableOf: (counts: readonly number[]) => readonly number[] | null): Images {
  return made(images, (image) => {
    const tables = Array.from({ length: images.shape[2] }, (_none, channel) =>
      tableOf(histogram(image, images.shape, channel)),
    );
    return (x, y, channel) => {
      const value = image(x, y, channel);
      return Math.max(0, Math.min(255, tables[channel]?.[value] ?? value));
    };
  });
}

export const autoContrast = (images: Images) =>
  byTable(images, (counts) => {
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    if (high <= low) return null;
    return counts.map((_count, value) => Math.floor(((value - low) * 255) / (high - low)));
  });

export const equalize = (images: Images) =>
  byTable(images, (counts) => {
    const present = counts.filter((count) => count > 0);
    const total = present.reduce((sum, count) => sum + count, 0);
    const step = Math.floor((total - (present.at(-1) ?? 0)) / 255);
    if (present.length <= 1 || step === 0) return null;
    let sum = Math.floor(step / 2);
    return counts.map((count) => {
      const value = Math.floor(sum / step);
      sum += count;
      return value;
    });
  });

/** x = a·x + b·y + c, y = d·x + e·y + f from the places of the result to those of the image. */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** `isTie` is told when a place is so near to the border of two pixels that rounding decides. */
export function transform(
  images: Images,
  [a, b, c, d, e, f]: AffineMap,
  fill: number,
  isTie: (index: number, x: number, y: number) => void = () => undefined,
): Images {
  const [height, width] = images.shape;
  return made(images, (image, index) => (x, y, channel) => {
    const fromX = a * (x + 0.5) + b * (y + 0.5) + c;
    const fromY = d * (x + 0.5) + e * (y + 0.5) + f;
    for (const place of [fromX, fromY]) if (Math.abs(place - Math.round(place)) < 1e-4) isTie(index, x, y);
    const isInside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
    return isInside ? image(Math.floor(fromX), Math.floor(fromY), channel) : fill;
  });
}

/** The map of Image.rotate around the centre, counter-clockwise in degrees. */
export function rotation([height, width]: Images['shape'], degrees: number): AffineMap {
  const angle = (-degrees * Math.PI) / 180;
  const [x, y] = [width / 2, height / 2];
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return [cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y];
}
