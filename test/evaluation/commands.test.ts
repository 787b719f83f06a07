import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

let scripts = 0;
async function python(code: string): Promise<string> {
  const file = join(place.home, `script-${scripts++}.py`);
  writeFileSync(
    file,
    `import json, os, sys, time\ndef say(**m): print(json.dumps(m), flush=True)\n${code}\n`,
  );
  return place.commandAddress(`python3 ${file}`);
}

test('parameters in, reports, attributes, artifacts, log and metrics out', async () => {
  const address = await python(`
parameters = json.loads(sys.stdin.readline())
assert parameters == json.load(open(os.environ['DURAMEN_PARAMETERS']))
print('a log line'); print('{"unknown": 1}'); print('to standard error', file=sys.stderr)
say(report={'step': 1, 'metrics': {'accuracy': 0.2, 'loss': float('nan')}})
say(attribute={'key': 'environment', 'value': [os.environ[n] for n in ('DURAMEN_TRIAL_INDEX', 'DURAMEN_TRIAL_SEED', 'DURAMEN_ATTEMPT', 'DURAMEN_LIMITS')]})
say(attribute={'key': 'context', 'value': json.load(open(os.environ['DURAMEN_CONTEXT']))})
say(artifact={'name': 'parameters', 'path': os.environ['DURAMEN_PARAMETERS']})
say(metrics={'accuracy': parameters['x']}, cost=12)`);
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

test('it is told to stop', async () => {
  const address = await python(`
sys.stdin.readline()
say(report={'step': 1, 'metrics': {'accuracy': 0.5}})
say(report={'step': 2, 'metrics': {'accuracy': 0.1}})
assert json.loads(sys.stdin.readline()) == {'stop': True}
say(metrics={'accuracy': 0.1})`);
  const gate = { metric: 'accuracy', goal: 'maximize', rungs: [{ step: 2, threshold: 0.3 }] } as const;
  const outcome = await place.outcome(trial(address, { search: 'stop', gate }));
  expect(outcome).toEqual({ kind: 'stopped', step: 2, metrics: { accuracy: 0.1 }, atGate: [0.1] });
});

test('killed after a checkpoint: Preempted, then it goes on from the folder', async () => {
  const pid = join(place.home, 'pid');
  const address = await python(`
sys.stdin.readline()
latest = os.environ.get('DURAMEN_CHECKPOINT_LATEST')
if latest is None:
    folder = os.path.join(os.environ['DURAMEN_CHECKPOINT_DIRECTORY'], 'one', 'deeper')
    os.makedirs(folder)
    open(os.path.join(folder, 'state'), 'w').write('seven')
    say(checkpoint={'step': 7, 'path': 'one'})
    assert json.loads(sys.stdin.readline()) == {'published': {'step': 7}}
    open(${JSON.stringify(pid)}, 'w').write(str(os.getpid()))
    time.sleep(1000)
state = open(os.path.join(latest, 'deeper', 'state')).read()
say(metrics={'accuracy': 1 if state == 'seven' and os.environ['DURAMEN_CHECKPOINT_STEP'] == '7' else 0})`);
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
