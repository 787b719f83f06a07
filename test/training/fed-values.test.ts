import { describe, expect, it } from 'vitest';
import { type } from '../../training/tensorflow-graph/attribute.js';
import { GraphWriter } from '../../training/tensorflow-graph/graph-writer.js';
import { LoadedGraph, loadTensorflow } from '../../training/tensorflow.js';
import type { TensorValues } from '../../training/tensorflow.js';

const count = 12;

/** A graph whose only variable is written by a run and read by another. */
function keeper(kind: 'float' | 'int32' | 'uint8'): {
  write: (values: TensorValues) => void;
  read: () => readonly number[];
  close: () => void;
} {
  const graph = new GraphWriter();
  const variable = graph.variable('kept', kind, [count]);
  const written = graph.assign(variable, graph.placeholder('new', kind, [count]));
  graph.result('written', graph.integer(1), [written]);
  const output = { type: 'float', sizes: [count] } as const;
  const cast = { SrcT: type(kind), DstT: type('float') };
  graph.result('value', graph.op('Cast', [graph.read(variable)], output, cast));
  const loaded = new LoadedGraph(loadTensorflow({ threads: 1 }), graph.nodes);
  return {
    write: (values) => {
      loaded.run({ new: { type: kind, sizes: [count], values } }, ['written']);
    },
    read: () => [...(loaded.run({}, ['value'])[0] ?? [])],
    close: () => {
      loaded.close();
    },
  };
}

describe('values that are fed', () => {
  // TensorFlow aligns to 64 bytes: one of four neighbours in steps of 16 is aligned so.
  it.each([
    { kind: 'float', make: (buffer: ArrayBuffer, offset: number) => new Float32Array(buffer, offset, count) },
    { kind: 'int32', make: (buffer: ArrayBuffer, offset: number) => new Int32Array(buffer, offset, count) },
    { kind: 'uint8', make: (buffer: ArrayBuffer, offset: number) => new Uint8Array(buffer, offset, count) },
  ] as const)('are copied into variables, wherever they lie: $kind', ({ kind, make }) => {
    const kept = keeper(kind);
    const buffer = new ArrayBuffer(256);
    for (const offset of [0, 4, 8, 16, 20, 32, 48, 64]) {
      const values = make(buffer, offset);
      for (let i = 0; i < count; i++) values[i] = offset + i;
      kept.write(values);
      values.fill(255);
      expect(kept.read()).toEqual(Array.from({ length: count }, (_none, i) => offset + i));
    }
    kept.close();
  });

  it('may be empty', () => {
    const graph = new GraphWriter();
    const fed = graph.placeholder('fed', 'float', [-1]);
    graph.result('same', fed);
    const loaded = new LoadedGraph(loadTensorflow({ threads: 1 }), graph.nodes);
    const [same] = loaded.run({ fed: { type: 'float', sizes: [0], values: new Float32Array(0) } }, ['same']);
    expect(same).toHaveLength(0);
    loaded.close();
  });
});
