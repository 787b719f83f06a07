import { flag, int, text, type } from '../tensorflow-graph/attribute.js';
import { GraphWriter } from '../tensorflow-graph/graph-writer.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import { LoadedGraph, loadTensorflow } from '../tensorflow.js';
import type { Computation } from '../tensorflow.js';
import { TrainingError } from '../training-error.js';
import { announcedExtent } from './image-extent.js';

/** An image as a file holds it: channels of a pixel side by side, pixels along the rows, in 0 … 255. */
export interface DecodedImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
}

/** A decoded pixel takes up to 16 bytes on its way out of TensorFlow. */
const mostPixels = 100_000_000;

/** Decodes and resizes PNG, JPEG and BMP images by TensorFlow's kernels. */
export class ImageDecoder {
  private readonly graph: LoadedGraph;

  constructor(computation: Computation) {
    const graph = new GraphWriter();
    const contents = graph.placeholder('contents', 'string', []);
    const decoded = graph.op(
      'DecodeImage',
      [contents],
      { type: 'uint8', sizes: [-1, -1, -1] },
      { channels: int(0), dtype: type('uint8'), expand_animations: flag(false) },
    );
    graph.result('pixels', asNumbers(graph, decoded));
    const shapeType = { T: type('uint8'), out_type: type('int32') };
    graph.result('sizes', graph.op('Shape', [decoded], { type: 'int32', sizes: [3] }, shapeType));

    const original = graph.placeholder('original', 'uint8', [1, -1, -1, -1]);
    const size = graph.placeholder('size', 'int32', [2]);
    const scale = graph.placeholder('scale', 'float', [2]);
    const output = { type: 'float', sizes: [1, -1, -1, -1] } as const;
    const floats = graph.op('Cast', [original], output, { SrcT: type('uint8'), DstT: type('float') });
    const origin = graph.constant('float', [2], Float32Array.from([0, 0]));
    const scaled = graph.float('ScaleAndTranslate', [floats, size, scale, origin], output.sizes, {
      kernel_type: text('triangle'),
      antialias: flag(true),
    });
    const rounded = graph.float('Round', [scaled], output.sizes);
    graph.result('resized', asNumbers(graph, rounded));
    this.graph = new LoadedGraph(loadTensorflow(computation), graph.nodes);
  }

  /**
   * Throws `TrainingError` of class `BadInput` that names the file when it is no whole image, and before it is decoded when
   * it announces more than 100 million pixels.
   */
  decode(file: string, contents: Uint8Array): DecodedImage {
    const announced = announcedExtent(contents);
    if (announced !== null && announced.height * announced.width > mostPixels) {
      throw new TrainingError(
        'BadInput',
        `The image file ${file} has ${announced.width} × ${announced.height} pixels, more than the ${mostPixels} that are decoded: make it smaller.`,
      );
    }
    try {
      const feed = { type: 'string', sizes: [], values: [contents] } as const;
      const [pixels, sizes] = this.graph.run({ contents: feed }, ['pixels', 'sizes']);
      const [height = 0, width = 0, channels = 0] = sizes ?? [];
      return { height, width, channels, pixels: Uint8Array.from(pixels ?? []) };
    } catch (error) {
      if (error instanceof TrainingError && error.failureClass === 'OutOfMemory') throw error;
      throw new TrainingError('BadInput', `The image file ${file} is no whole PNG, JPEG or BMP.`, {
        cause: error,
      });
    }
  }

  /** Stretches an image to another size, linearly and, when it becomes smaller, averaging. */
  resize({ height, width, channels, pixels }: DecodedImage, size: readonly [number, number]): Uint8Array {
    const [newHeight, newWidth] = size;
    if (height === newHeight && width === newWidth) return pixels;
    const [resized] = this.graph.run(
      {
        original: { type: 'uint8', sizes: [1, height, width, channels], values: pixels },
        size: { type: 'int32', sizes: [2], values: Int32Array.from(size) },
        scale: {
          type: 'float',
          sizes: [2],
          values: Float32Array.from([newHeight / height, newWidth / width]),
        },
      },
      ['resized'],
    );
    return Uint8Array.from(resized ?? []);
  }

  close(): void {
    this.graph.close();
  }
}

/** The binding does not return bytes. */
function asNumbers(graph: GraphWriter, value: Value): Value {
  const output = { type: 'int32', sizes: value.sizes } as const;
  return graph.op('Cast', [value], output, { SrcT: type(value.type), DstT: type('int32') });
}

/**
 * An image with one channel (grey) or three (red, green, blue). Transparency is dropped; grey is the luma of ITU-R
 * BT.601, in whole numbers.
 */
export function withChannels(image: DecodedImage, wanted: 1 | 3): DecodedImage {
  const { channels, pixels, height, width } = image;
  if (channels === wanted) return image;
  const converted = new Uint8Array(height * width * wanted);
  const isGrey = channels < 3;
  for (let i = 0; i < height * width; i++) {
    const from = i * channels;
    const red = pixels[from] ?? 0;
    const green = isGrey ? red : (pixels[from + 1] ?? 0);
    const blue = isGrey ? red : (pixels[from + 2] ?? 0);
    if (wanted === 3) converted.set([red, green, blue], 3 * i);
    else converted[i] = isGrey ? red : Math.floor((299 * red + 587 * green + 114 * blue + 500) / 1000);
  }
  return { height, width, channels: wanted, pixels: converted };
}
