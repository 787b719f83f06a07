import { RandomStream, rngFromSeed } from '../foundation/numbers/index.js';
import { ints, text } from '../training/tensorflow-graph/attribute.js';
import { depthwiseFilterGradient } from '../training/tensorflow-graph/depthwise-filter-gradient.js';
import { GraphWriter } from '../training/tensorflow-graph/graph-writer.js';
import { LoadedGraph, loadTensorflow } from '../training/tensorflow.js';
import { readCount } from './count-option.js';

const batch = 64;
const kernels = [3, 5, 7];
const strides = [1, 2];
/** Height and width, and channels, of images inside mobile networks and DARTS cells. */
const images = [
  [28, 16],
  [28, 32],
  [28, 96],
  [14, 64],
  [14, 96],
  [7, 96],
  [7, 160],
] as const;

/** Milliseconds of processor time of a run, by kernel. */
type Times = Readonly<Record<number, number>>;

/**
 * Processor time of the filter gradient of depthwise convolutions on one thread, batch 64, padding `same`: by TensorFlow's
 * own operation and by ours, one JSON line for each size of images and each stride. `--rounds N` (15) sets how often each
 * is computed in turn; the median counts, less that of a run that computes nothing.
 */
export function run(benchArguments: readonly string[]): void {
  const rounds = readCount(benchArguments, '--rounds', 15, 1);
  for (const [pixels, channels] of images) {
    for (const stride of strides) {
      // In turns of their own: beside a slow operation a quick one finds a cold cache. Both forms are one for 3 × 3.
      const own = measured(pixels, channels, stride, 'own', rounds);
      const tensorflow = measured(pixels, channels, stride, 'tensorflow', rounds);
      const relative = (times: Times, kernel: number): number =>
        Number(((times[kernel] ?? Number.NaN) / (own[3] ?? Number.NaN)).toFixed(1));
      const line = { pixels, channels, stride, own, tensorflow };
      console.log(
        JSON.stringify({
          ...line,
          timesThree: { own: relative(own, 5), tensorflow: relative(tensorflow, 5) },
        }),
      );
    }
  }
}

function measured(
  pixels: number,
  channels: number,
  stride: number,
  form: 'own' | 'tensorflow',
  rounds: number,
): Times {
  const graph = new GraphWriter();
  const results = Math.ceil(pixels / stride);
  const image = variable(graph, 'image', [batch, pixels, pixels, channels]);
  const gradient = variable(graph, 'gradient', [batch, results, results, channels]);
  graph.result('nothing', graph.number(0));
  graph.result('start', graph.number(0), [image.start, gradient.start]);
  for (const kernel of kernels) {
    const sizes = [kernel, kernel, channels, 1];
    const pair = { image: image.value, gradient: gradient.value };
    const filter =
      form === 'own'
        ? depthwiseFilterGradient(graph, pair, sizes, { stride, padding: 'same', dilation: 1 })
        : graph.float(
            'DepthwiseConv2dNativeBackpropFilter',
            [pair.image, graph.integers(...sizes), pair.gradient],
            sizes,
            { strides: ints([1, stride, stride, 1]), padding: text('SAME') },
          );
    graph.result(`filter${kernel}`, filter);
  }
  const loaded = new LoadedGraph(loadTensorflow({ threads: 1 }), graph.nodes);
  try {
    loaded.run({ image_fed: image.feed, gradient_fed: gradient.feed }, ['start']);
    const names = ['nothing', ...kernels.map((kernel) => `filter${kernel}`)];
    const times = new Map(names.map((name) => [name, [] as number[]]));
    for (let round = -2; round < rounds; round++) {
      for (const [name, list] of times) {
        const before = process.cpuUsage();
        loaded.run({}, [name]);
        const { user, system } = process.cpuUsage(before);
        if (round >= 0) list.push((user + system) / 1000);
      }
    }
    const of = (name: string): number => median(times.get(name) ?? []);
    return Object.fromEntries(
      kernels.map((kernel) => [kernel, Number((of(`filter${kernel}`) - of('nothing')).toFixed(2))]),
    );
  } finally {
    loaded.close();
  }
}

/** A variable of noise, and how it gets it: the node that assigns it, and what to feed. */
function variable(graph: GraphWriter, name: string, sizes: readonly number[]) {
  const kept = graph.variable(name, 'float', sizes);
  const start = graph.assign(kept, graph.placeholder(`${name}_fed`, 'float', sizes));
  const stream = new RandomStream(rngFromSeed(name));
  const count = sizes.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: count }, () => stream.unit() - 0.5);
  return { value: graph.read(kept), start, feed: { type: 'float', sizes, values } as const };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
