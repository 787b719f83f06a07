import { describe, expect, test } from 'vitest';
import { buildNetwork, canonicalGraph, graphHash, parseNetworkGraph } from '../../training/index.js';

function twoBranches(
  names: readonly [string, string, string],
  rates: readonly [number, number] = [0.1, 0.2],
) {
  const [first, second, sum] = names;
  return parseNetworkGraph({
    format: 'duramen-network/1',
    inputs: { input: { shape: [4] } },
    nodes: [
      { name: first, op: 'dropout', inputs: ['input'], attributes: { rate: rates[0] } },
      { name: second, op: 'dropout', inputs: ['input'], attributes: { rate: rates[1] } },
      { name: sum, op: 'add', inputs: [first, second] },
    ],
    outputs: [sum],
  });
}

describe('the hash of a graph', () => {
  test('names and the order of nodes do not count', () => {
    const one = twoBranches(['a', 'b', 'c']);
    expect(graphHash(twoBranches(['x', 'b/y', '0']))).toBe(graphHash(one));
    const [first, second, sum] = one.nodes;
    if (first === undefined || second === undefined || sum === undefined)
      throw new Error('The graph lacks nodes.');
    expect(graphHash({ ...one, nodes: [second, first, sum] })).toBe(graphHash(one));
    expect(canonicalGraph(one).nodes.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ['0', 'input'],
      ['1', 'input'],
      ['2', '0', '1'],
    ]);
  });

  test('attributes, the order of inputs and sharing count', () => {
    const hashes = new Set([
      graphHash(twoBranches(['a', 'b', 'c'])),
      graphHash(twoBranches(['a', 'b', 'c'], [0.2, 0.1])),
      graphHash(twoBranches(['a', 'b', 'c'], [0.1, 0.1])),
      graphHash(
        parseNetworkGraph({
          format: 'duramen-network/1',
          inputs: { input: { shape: [4] } },
          nodes: [
            { name: 'a', op: 'dropout', inputs: ['input'], attributes: { rate: 0.1 } },
            { name: 'c', op: 'add', inputs: ['a', 'a'] },
          ],
          outputs: ['c'],
        }),
      ),
    ]);
    expect(hashes.size).toBe(4);
  });

  test('a canonical graph is canonical, and a graph like another', () => {
    const graph = canonicalGraph(
      buildNetwork({ builder: 'residualConvolutional', inputShape: [8, 8, 1], widths: [2, 4], classes: 3 }),
    );
    expect(canonicalGraph(graph)).toEqual(graph);
    expect(parseNetworkGraph(graph)).toEqual(graph);
  });

  test('a very deep graph has a hash', () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => ({
      name: `n${i}`,
      op: 'identity',
      inputs: [i === 0 ? 'input' : `n${i - 1}`],
    }));
    const graph = {
      format: 'duramen-network/1',
      inputs: { input: { shape: [1] } },
      nodes,
      outputs: ['n19999'],
    };
    expect(graphHash(parseNetworkGraph(graph))).toMatch(/^[0-9a-f]{64}$/);
  });
});
