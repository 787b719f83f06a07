import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryLimit } from '../../evaluation/processes/memory-limit.js';
import { finished, trial, Workplace } from '../support/workplace.js';

let place: Workplace;
beforeAll(() => {
  place = new Workplace();
});
afterAll(() => place.close());

const greedy = `evaluate: async (parameters) => {
  const all = [];
  while (parameters.x > 0.6) {
    all.push(Buffer.alloc(8e6, 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return 1;
}`;

test('an evaluation above its limit of memory ends as OutOfMemory, and the next one is served', async () => {
  const address = await place.functionAddress(greedy, {
    resources: { cpu: 1, gpu: 0, memoryMegabytes: 400 },
  });
  const { outcome } = finished(await place.evaluate(trial(address, { search: 'greedy', genome: [0.7] })));
  expect(outcome).toMatchObject({ kind: 'failed', class: 'OutOfMemory' });
  expect(outcome.kind === 'failed' ? outcome.message : '').toMatch(/^The evaluation .* its limit of 400 MB/);
  expect(await place.outcome(trial(address, { search: 'greedy', index: 1 }))).toMatchObject({
    kind: 'scored',
  });
});

test('a command has the same limit', async () => {
  const program = `const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 5);`;
  const address = await place.commandAddress(`exec node -e '${program}'`, {
    resources: { cpu: 1, gpu: 0, memoryMegabytes: 200 },
  });
  expect(await place.outcome(trial(address, { search: 'command' }))).toMatchObject({
    kind: 'failed',
    class: 'OutOfMemory',
  });
});

test('without control groups the memory of a group is looked at and the group ended', async () => {
  const program = `const all = []; for (let i = 0; i < 20; i++) all.push(Buffer.alloc(8e6, 1)); setInterval(() => all.at(0), 50)`;
  const inner = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(program)}]); setInterval(() => 0, 1000)`;
  const leader = spawn(process.execPath, ['-e', inner], { detached: true, stdio: 'ignore' });
  const { pid } = leader;
  if (pid === undefined) throw new Error('It did not start.');
  const limit = new MemoryLimit(pid, 100, () => process.kill(-pid, 'SIGKILL'), false);
  expect(limit.isEnforced).toBe(false);
  await once(leader, 'exit');
  expect(limit.close()).toMatch(
    /^The evaluation took \d+ MB of memory, more than its limit of 100 MB, and was ended\.$/,
  );
});

describe('without a limit', () => {
  const training = `evaluate: async (parameters, trial) => {
    const { trainClassifier } = await import('duramen/training');
    const count = 2100;
    const data = {
      name: 'grey', hash: 'grey', classes: 2, imageShape: [32, 32, 1], images: new Uint8Array(count * 1024),
      labels: new Int32Array(count).map((_, i) => i % 2), testFrom: null, mean: 0.5, deviation: 0.25,
    };
    const network = {
      builder: 'plainConvolutional', widths: [parameters.x > 0.6 ? 65535 : 2], batchNormalization: false,
      head: 'globalAveragePooling',
    };
    const train = trainClassifier({ dataset: data, validationExamples: 100, batchSize: 2000, epochs: 1 });
    return { accuracy: (await train(network, trial)).accuracy };
  }`;

  test('an allocation that fails in TensorFlow is OutOfMemory, and the next training is served', async () => {
    const address = await place.functionAddress(training);
    const { outcome } = finished(await place.evaluate(trial(address, { search: 'absurd', genome: [0.7] })));
    expect(outcome).toMatchObject({ kind: 'failed', class: 'OutOfMemory' });
    expect(outcome.kind === 'failed' ? outcome.message : '').toContain(
      'OOM when allocating tensor with shape[2000,',
    );
    expect(await place.outcome(trial(address, { search: 'absurd', index: 1 }))).toMatchObject({
      kind: 'scored',
    });
  });

  test('words about memory are no evidence when somebody else ended the process', async () => {
    const address = await place.functionAddress(`evaluate: async () => {
      console.error('OOM when allocating tensor');
      await new Promise((resolve) => setTimeout(resolve, 100));
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => {});
    }`);
    await expect(place.evaluate(trial(address, { search: 'ended' }))).rejects.toMatchObject({
      type: 'Preempted',
    });
  });
});
