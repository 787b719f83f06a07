import { describe, expect, test } from 'vitest';
import {
  nasBench201Cell,
  NetworkBuilder,
  networkCost,
  parseNasBench201Cell,
  simplifyGraph,
} from '../../training/index.js';

function simplified(cell: string) {
  return simplifyGraph(nasBench201Cell(parseNasBench201Cell(cell), [8, 8, 4]));
}

describe('the simplification of a graph', () => {
  test('identities and zeros go, and what feeds only zeros', () => {
    const graph = simplified('|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_1x1~2|');
    expect(graph.nodes.map(({ name, op }) => [name, op])).toEqual([
      ['cell/edge2-3/activation', 'activation'],
      ['cell/edge2-3/convolution', 'convolution'],
      ['cell/edge2-3/batchNormalization', 'batchNormalization'],
      ['cell/node3', 'identity'],
    ]);
    expect(graph.outputs).toEqual(['cell/node3']);
    expect(networkCost(graph).parameters).toBe(4 * 4 + 8);
  });

  test('a sum with several parts keeps them', () => {
    const graph = simplified(
      '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|skip_connect~2|',
    );
    expect(graph.nodes.at(-1)).toMatchObject({
      op: 'add',
      inputs: ['input', 'cell/edge0-1/batchNormalization'],
    });
  });

  test('zeros go through what keeps them', () => {
    const builder = new NetworkBuilder();
    const input = builder.input('input', [4, 4, 2]);
    const zero = builder.node('zero', 'zero', input, {});
    const quiet = builder.node('quiet', 'convolution', zero, { kernel: [1, 1], filters: 2, bias: false });
    const loud = builder.node('loud', 'convolution', zero, { kernel: [1, 1], filters: 2 });
    const sum = builder.node('sum', 'add', [input, quiet, loud], {});
    expect(simplifyGraph(builder.build([sum])).nodes.map(({ name }) => name)).toEqual([
      'zero',
      'loud',
      'sum',
    ]);
  });

  test('an output stays, even where it is an identity', () => {
    const builder = new NetworkBuilder();
    const graph = builder.build([builder.node('same', 'identity', builder.input('input', [4]), {})]);
    expect(simplifyGraph(graph)).toEqual(graph);
  });
});
