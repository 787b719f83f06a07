import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  activityEnvironment,
  contentOf,
  eventually,
  finished,
  groupGone,
  groupOf,
  repository,
  trial,
  Workplace,
} from '../support/workplace.js';

let place: Workplace;
beforeAll(() => {
  place = new Workplace({ slots: 1 });
});
afterAll(async () => {
  await place.close();
});

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

let scripts = 0;
/** A command that runs these few lines of Python. */
async function python(code: string): Promise<string> {
  const file = join(place.home, `script-${scripts++}.py`);
  writeFileSync(
    file,
    `import json, os, sys, time\ndef say(**m): print(json.dumps(m), flush=True)\n${code}\n`,
  );
  return place.commandAddress(`python3 ${file}`);
}

test('parameters in, reports, attributes, artifacts, log and metrics out', async () => {
  const address = await place.commandAddress(`python3 ${fixture('everything.py')}`);
  const result = await place.evaluate(trial(address, { search: 'plain', index: 3 }));
  expect(finished(result).outcome).toEqual({ kind: 'scored', metrics: { accuracy: 0.5 }, cost: 12 });
  const record = await place.record(result);
  expect(record.reports).toEqual([{ step: 1, metrics: { accuracy: 0.2, loss: 'NaN' } }]);
  expect(record.attributes).toEqual({
    environment: ['3', '00000000000000aa', '1', '{}'],
    context: { outer: { units: 8 } },
  });
  expect(record.log.lines).toEqual(
    expect.arrayContaining(['a log line', '{"unknown": 1}', 'to standard error']),
  );
  expect(Buffer.from(await place.artifacts.get(record.artifacts['parameters'] ?? '')).toString()).toBe(
    '{"x":0.5}\n',
  );
});

test.each([
  ['infeasible', `say(infeasible='too wide')`, { kind: 'infeasible', reason: 'too wide' }],
  [
    'infeasible with what is known',
    `say(infeasible='too wide', metrics={'size': 9, 'other': 1})`,
    { kind: 'infeasible', reason: 'too wide', metrics: { size: 9 } },
  ],
  [
    'memory',
    `say(failed={'class': 'OutOfMemory', 'message': 'no memory'})`,
    { kind: 'failed', class: 'OutOfMemory', message: 'no memory' },
  ],
  ['diverged', `say(metrics={'accuracy': float('nan')})`, { kind: 'failed', class: 'Diverged' }],
  [
    'exception',
    `raise ValueError('wrong')`,
    { kind: 'failed', class: 'Bug', message: 'The command exited with code 1: ValueError: wrong' },
  ],
  ['nothing', ``, { kind: 'failed', class: 'Bug' }],
  [
    'last report',
    `say(report={'step': 1, 'metrics': {'accuracy': 0.75}})`,
    { kind: 'scored', metrics: { accuracy: 0.75 } },
  ],
])('%s', async (name, code, outcome) => {
  expect(await place.outcome(trial(await python(code), { search: name }))).toMatchObject(outcome);
});

test('a metric that is not finite ends a command that goes on', async () => {
  const address = await python(
    `say(report={'step': 1, 'metrics': {'accuracy': float('inf')}})\ntime.sleep(1000)`,
  );
  const outcome = await place.outcome(trial(address, { search: 'infinite' }));
  expect(outcome).toEqual({
    kind: 'failed',
    class: 'Diverged',
    message: 'Metric "accuracy" is Infinity at step 1.',
  });
});

test('the gate asks a command to stop', async () => {
  const address = await place.commandAddress(`python3 ${fixture('stops.py')}`);
  const gate = { metric: 'accuracy', goal: 'maximize', rungs: [{ step: 2, threshold: 0.3 }] } as const;
  const outcome = await place.outcome(trial(address, { search: 'stop', gate }));
  expect(outcome).toEqual({ kind: 'stopped', step: 2, metrics: { accuracy: 0.1 }, atGate: [0.1] });
});

test('killed after a checkpoint: Preempted, then it goes on from the folder', async () => {
  const pid = join(place.home, 'pid');
  const address = await place.commandAddress(`python3 ${fixture('resumes.py')} ${pid}`);
  const input = trial(address, { search: 'preempted' });
  const lost = place.evaluate(input);
  lost.catch(() => undefined);
  const process_ = Number(await eventually(() => contentOf(pid)));
  const group = groupOf(process_);
  process.kill(process_, 'SIGKILL');
  await expect(lost).rejects.toSatisfy(
    (error) => error instanceof ApplicationFailure && error.type === 'Preempted',
  );
  await groupGone(group);
  expect(await place.outcome(input)).toEqual({ kind: 'scored', metrics: { accuracy: 1 } });
});

test('parked, then resumed: the example gives the metrics of an undisturbed run', async () => {
  const space = {
    learningRate: { $kind: 'float', min: 0.001, max: 1, scale: 'log' },
    momentum: { $kind: 'float', min: 0, max: 1, scale: 'linear' },
    weightDecay: 0.001,
    epochs: 40,
  } as const;
  const genome = [0.05, 0.5];
  const command = `python3 ${join(repository, 'examples', 'commands', 'train.py')}`;
  const undisturbed = await place.outcome(
    trial(await place.commandAddress(command, { space }), { search: 'example', genome }),
  );
  expect(undisturbed).toMatchObject({ kind: 'scored', cost: 40 });
  expect(undisturbed.kind === 'scored' ? undisturbed.metrics['accuracy'] : 0).toBeGreaterThan(0.7);

  const slow = await place.commandAddress(command, { space: { ...space, delay: 0.1 } });
  const environment = activityEnvironment();
  const underWay = new Promise<void>((resolve) => {
    environment.on('heartbeat', ({ step }: { readonly step: number | null }) => {
      if (step !== null) resolve();
    });
  });
  const input = trial(slow, { search: 'example-parked', genome });
  const running = place.evaluate(input, environment);
  await underWay;
  environment.cancel();
  const parked = await running;
  if (parked.kind !== 'parked') throw new Error('The training ended before it could be parked.');
  expect(parked.step).toBeGreaterThan(0);
  const resumed = await place.evaluate(input);
  expect(finished(resumed).outcome).toEqual(undisturbed);
  expect((await place.record(resumed)).log.lines).toContain(`going on from epoch ${parked.step}`);
});
