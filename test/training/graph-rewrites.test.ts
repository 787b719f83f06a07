import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findTensorflow, tensorflowKind } from '../../setup/tensorflow.mjs';
import { encodeSavedModel } from '../../training/tensorflow-graph/encode-graph.js';
import { GraphWriter } from '../../training/tensorflow-graph/graph-writer.js';
import { bindingFile } from '../../training/tensorflow.js';

// Loads a graph, adds 1 to 2 and prints the sum.
const script = `
const [binding, folder] = process.argv.slice(1);
const tensorflow = require(binding);
const graph = tensorflow.loadSavedModel(folder, 'serve');
const two = tensorflow.createTensor([1], 1, Float32Array.of(2));
const [sum] = tensorflow.runSavedModel(graph, [two], 'fed:0', 'sum:0');
console.log('sum', tensorflow.tensorDataSync(sum.id)[0]);
`;

test.skipIf(tensorflowKind() === 'gpu')(
  'sessions rewrite a new graph by three passes, not by all of TensorFlow’s',
  async () => {
    const graph = new GraphWriter();
    const values = [graph.placeholder('fed', 'float', [1]), graph.number(1)];
    // Below four nodes no pass is tried.
    const added = graph.float('AddV2', [graph.float('AddV2', values, [1]), graph.number(0)], [1]);
    graph.result('sum', added);
    const folder = mkdtempSync(path.join(tmpdir(), 'duramen-rewrites-'));
    const { binding: problem } = await findTensorflow();
    expect(problem).toBeUndefined();
    try {
      writeFileSync(path.join(folder, 'saved_model.pb'), encodeSavedModel(graph.nodes));
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, bindingFile(), folder], {
        encoding: 'utf8',
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_VMODULE: 'meta_optimizer=1' },
      });
      expect(stdout).toContain('sum 3');
      const passes = [...stderr.matchAll(/\] (\w+): Graph size after: [1-9]/g)].map(([, name]) => name);
      expect(passes).toEqual(['model_pruner', 'arithmetic_optimizer', 'remapper']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
