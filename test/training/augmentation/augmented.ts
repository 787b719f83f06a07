import { parseAugmentationPolicy } from '../../../training/augmentation/augmentation-policy.js';
import type { AugmentationPolicyInput } from '../../../training/augmentation/augmentation-policy.js';
import { augmentationUses, writeAugmentation } from '../../../training/augmentation/augmentation-writer.js';
import { type } from '../../../training/tensorflow-graph/attribute.js';
import { GraphWriter } from '../../../training/tensorflow-graph/graph-writer.js';
import { LoadedGraph, loadTensorflow } from '../../../training/tensorflow.js';

export type Shape = readonly [height: number, width: number, channels: number];

/** Images as bytes, one after the other. */
export interface Images {
  readonly shape: Shape;
  readonly pixels: Uint8Array;
}

/** A policy in a graph of its own. */
export class AugmentationLaboratory {
  private readonly graph: LoadedGraph;

  constructor(
    policy: AugmentationPolicyInput,
    private readonly shape: Shape,
    mean = 0.5,
  ) {
    const graph = new GraphWriter();
    const images = graph.placeholder('images', 'uint8', [-1, ...shape]);
    const targets = graph.placeholder('targets', 'float', [-1, -1]);
    const seed = graph.placeholder('seed', 'int32', [2]);
    const parsed = parseAugmentationPolicy(policy);
    const uses = augmentationUses(parsed);
    const augmented = writeAugmentation(graph, parsed, images, {
      imageShape: shape,
      mean,
      // Every use has another first word.
      seedOf: (use) =>
        graph.op(
          'AddV2',
          [seed, graph.integers(1000 * uses.indexOf(use), 0)],
          { type: 'int32', sizes: [2] },
          { T: type('int32') },
        ),
    });
    const cast = { SrcT: type('uint8'), DstT: type('float') };
    const floats = graph.op('Cast', [augmented.images], { type: 'float', sizes: images.sizes }, cast);
    graph.result('augmented', floats);
    graph.result('mixed', augmented.mixTargets(targets));
    this.graph = new LoadedGraph(loadTensorflow({ threads: 1 }), graph.nodes);
  }

  /** Augments images in a step; use number k has the seed 7 + 1000 k. */
  run(pixels: Uint8Array, step = 1): Uint8Array {
    return this.runMixed(pixels, [], step).pixels;
  }

  /** As `run`, with targets for every image. */
  runMixed(
    pixels: Uint8Array,
    targets: readonly (readonly number[])[],
    step = 1,
  ): { readonly pixels: Uint8Array; readonly targets: Float32Array } {
    const count = pixels.length / this.shape.reduce((product, size) => product * size, 1);
    const given = targets.length === 0 ? Array.from({ length: count }, () => [1]) : targets;
    const [augmented, mixed] = this.graph.run(
      {
        images: { type: 'uint8', sizes: [count, ...this.shape], values: pixels },
        targets: {
          type: 'float',
          sizes: [count, given[0]?.length ?? 0],
          values: Float32Array.from(given.flat()),
        },
        seed: { type: 'int32', sizes: [2], values: Int32Array.of(7, step) },
      },
      ['augmented', 'mixed'],
    );
    return { pixels: Uint8Array.from(augmented ?? []), targets: Float32Array.from(mixed ?? []) };
  }

  close(): void {
    this.graph.close();
  }
}
