import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EvaluateInput, type EvaluateResult, repeatedlyLost } from '../../evaluation/evaluation.js';
import { activityEnvironment, finished, trial, Workplace } from '../support/workplace.js';

let place: Workplace;
beforeAll(() => {
  place = new Workplace();
});
afterAll(async () => {
  await place.close();
});

async function light(input: EvaluateInput): Promise<EvaluateResult> {
  return activityEnvironment().run(place.made.activities.evaluateLight, input);
}

describe('inside the worker', () => {
  test('a plain result leaves no record', async () => {
    const address = await place.functionAddress(`evaluate: ({ x }) => ({ accuracy: x, size: 1 })`, {}, true);
    const outcome = { kind: 'scored', metrics: { accuracy: 0.5, size: 1 } };
    expect(await light(trial(address))).toEqual({ kind: 'finished', outcome });
  });

  test('reports, gates and until work as in a process', async () => {
    const address = await place.functionAddress(
      `evaluate: async (parameters, trial) => {
        let step = 0;
        while (!trial.shouldStop()) trial.report(++step, { accuracy: step });
        trial.setAttribute('until', trial.until ?? null);
        trial.log('done');
      }`,
      {},
      true,
    );
    const gate = { metric: 'accuracy', goal: 'minimize', rungs: [{ step: 2, threshold: 1 }] } as const;
    const stopped = await light(trial(address, { gate }));
    expect(finished(stopped).outcome).toEqual({
      kind: 'stopped',
      step: 2,
      metrics: { accuracy: 2 },
      atGate: [2],
    });
    const both = { kind: 'and', of: [gate, { ...gate, rungs: [{ step: 3, threshold: 2 }] }] } as const;
    expect(finished(await light(trial(address, { gate: both }))).outcome).toEqual({
      kind: 'stopped',
      step: 3,
      metrics: { accuracy: 3 },
      atLeaves: [[2], [3]],
    });
    const scored = await light(trial(address, { until: 3 }));
    expect(finished(scored).outcome).toEqual({ kind: 'scored', metrics: { accuracy: 3 } });
    const record = await place.record(scored);
    expect(record).toMatchObject({ attributes: { until: 3 }, log: { lines: ['done'] } });
    expect(record.reports).toHaveLength(3);
  });

  test.each([
    ['exception', `() => { throw new Error('oh'); }`, 'Bug', 'Error: oh'],
    ['rejection', `async () => { throw new Error('oh'); }`, 'Bug', 'Error: oh'],
    ['NaN', `() => NaN`, 'Diverged', 'accuracy'],
    [
      'checkpoint',
      `(p, t) => t.checkpoint.save(new Uint8Array(1), 1)`,
      'Bug',
      'light evaluation has no checkpoints',
    ],
  ])('%s', async (_name, evaluate, failureClass, message) => {
    const address = await place.functionAddress(`evaluate: ${evaluate}`, {}, true);
    const { outcome } = finished(await light(trial(address)));
    expect(outcome).toMatchObject({ kind: 'failed', class: failureClass });
    expect(outcome.kind === 'failed' ? outcome.message : '').toContain(message);
  });

  test('waiting without end is cut short', async () => {
    const address = await place.functionAddress(
      `evaluate: () => new Promise(() => {})`,
      { timeout: { attempt: 50 } },
      true,
    );
    expect(await light(trial(address))).toMatchObject({ outcome: { class: 'Timeout' }, timed: true });
  });

  test('a genome of another space and a file without the function', async () => {
    const address = await place.functionAddress('', {}, true);
    expect(finished(await light(trial(address, { genome: [2] }))).outcome).toMatchObject({
      class: 'BadInput',
    });
    expect(finished(await light(trial(address))).outcome).toMatchObject({ class: 'Bug' });
  });
});

test('a bundle that is missing pauses the search after five attempts', async () => {
  const evaluator = {
    kind: 'function',
    bundle: '0'.repeat(64),
    packages: '',
    light: true,
    pure: true,
  } as const;
  const address = await place.address(evaluator, {});
  for (let attempt = 1; attempt <= 4; attempt++)
    await expect(light(trial(address))).rejects.toThrow(/^Artifact 0{64} is missing/);
  await expect(light(trial(address))).rejects.toMatchObject({
    type: repeatedlyLost,
    nonRetryable: true,
    message: expect.stringContaining('could not be evaluated in 5 attempts: Artifact') as string,
  });
});

describe('measure', () => {
  const inner = {
    search: 'flat/0/training',
    metrics: { accuracy: 0.9 },
    parameters: { training: { rate: 0.1 } },
  };

  async function measure(functions: string, evaluator?: string): Promise<unknown> {
    const bundle = await place.artifacts.put(Buffer.from(`export default { functions: { ${functions} } };`));
    const address = await place.functionAddress('', {
      measure:
        evaluator === undefined
          ? { kind: 'function', bundle, packages: '', light: false, pure: true }
          : { kind: 'command', command: evaluator, pure: true },
    });
    const input = { search: 'flat', address, index: 2, genome: [0.5], inner };
    return activityEnvironment().run(place.made.activities.measure, input);
  }

  test('a function adds the metrics of its level', async () => {
    const text = `measures: { flat: async (context, { x }, inner) => ({ size: context.outer.units * x * inner.metrics.accuracy, other: 1 }) }`;
    expect(await measure(text)).toEqual({ size: 3.6 });
  });

  test('a command adds the metrics of its level', async () => {
    const code = `import json,sys; i = json.loads(sys.stdin.readline()); print(json.dumps({"metrics": {"size": i["context"]["outer"]["units"] + i["parameters"]["x"]}}))`;
    expect(await measure('', `python3 -c '${code}'`)).toEqual({ size: 8.5 });
  });

  test('what fails says at which level', async () => {
    await expect(measure(`measures: {}`)).rejects.toThrow('no measure for level "flat"');
    await expect(measure(`measures: { flat: () => ({ size: NaN }) }`)).rejects.toThrow(
      /level "flat".*"size"/,
    );
    await expect(measure('', 'echo broken; exit 3')).rejects.toThrow('exited with code 3: broken');
  });
});
