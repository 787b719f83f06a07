import { describe, expect, test } from 'vitest';
import { GraphWriter } from '../../training/tensorflow-graph/graph-writer.js';
import type { Value } from '../../training/tensorflow-graph/graph-writer.js';
import { type } from '../../training/tensorflow-graph/attribute.js';
import { LoadedGraph, loadTensorflow } from '../../training/tensorflow.js';
import { TrainingError } from '../../training/training-error.js';

/** Runs a graph; returns its numbers or its error. */
function run(write: (graph: GraphWriter) => Value): unknown {
  const graph = new GraphWriter();
  graph.result('result', write(graph));
  try {
    const loaded = new LoadedGraph(loadTensorflow({ threads: 1 }), graph.nodes);
    try {
      return loaded.run({}, ['result']);
    } finally {
      loaded.close();
    }
  } catch (error) {
    return error;
  }
}

const fill = (graph: GraphWriter, ...sizes: readonly number[]): Value =>
  graph.float('Fill', [graph.integers(...sizes), graph.number(0)], sizes, { index_type: type('int32') });

describe('an error of TensorFlow', () => {
  test.each<readonly [string, (graph: GraphWriter) => Value, string]>([
    ['shapes', (graph) => graph.float('Cholesky', [fill(graph, 2, 3)], [2, 2]), 'Dimensions must be equal'],
    ['an operation', (graph) => graph.float('NoSuchOperation', [], []), 'NoSuchOperation'],
  ])('about %s that we wrote is no fault of the architecture', (_what, write, message) => {
    const error = run(write);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(TrainingError);
    expect(String(error)).toContain('TensorFlow cannot compute a network that Duramen takes for valid:');
    expect(String(error)).toContain(message);
  });

  test('about too many numbers is one of the architecture', () => {
    const largest = 2_147_483_647;
    const error = run((graph) => fill(graph, largest, largest, largest));
    expect(error).toBeInstanceOf(TrainingError);
    expect(error).toMatchObject({ failureClass: 'InvalidArchitecture' });
    expect(String(error)).toMatch(/^TrainingError: TensorFlow refuses the network: .* elements\.$/);
  });
});
