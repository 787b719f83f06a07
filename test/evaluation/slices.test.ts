import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Slice } from '../../algorithms/index.js';
import type { EvaluateInput } from '../../evaluation/evaluation.js';
import type { EvaluatingProcess } from '../../evaluation/processes/process-pool.js';
import { contentOf, eventually, finished, trial, Workplace } from '../support/workplace.js';

let place: Workplace;
beforeAll(() => {
  place = new Workplace({ slots: 2 });
});
afterAll(async () => {
  await place.close();
});

const draw = { from: 'uniform', stream: 'epoch 2' } as const;
const train: Slice = { kind: 'train', epoch: 2, paths: draw, steps: 3 };
const score: Slice = { kind: 'score', count: 3, draw, examples: 8 };

/** Saves its epoch as weights; a score hands back its draws; all tell what they have found. */
const evaluate = `evaluate: async (parameters, trial) => {
  const text = (found) => found === null ? null : [found.trial, found.step, new TextDecoder().decode(found.bytes)];
  const { slice, checkpoint } = trial;
  trial.setAttribute('found', {
    slice, seed: trial.seed,
    latest: text(await checkpoint.latest()), continued: text(await checkpoint.continued()),
  });
  if (slice?.kind === 'train') await checkpoint.save(new TextEncoder().encode('epoch ' + slice.epoch), 7);
  if (slice?.kind === 'score') {
    const drawn = await trial.draws(slice.count);
    trial.values(drawn.map(({ parameters }) => parameters.x));
    trial.setAttribute('later', (await trial.draws(1, 2))[0].genome);
  }
  return { accuracy: 1 };
}`;

async function sliced(more: Partial<EvaluateInput>, functions = evaluate): Promise<EvaluateInput> {
  return trial(await place.functionAddress(functions), more);
}

async function refusal(result: Promise<unknown>): Promise<ApplicationFailure> {
  try {
    await result;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('a slice in an evaluating process', () => {
  test('sees what it is, goes on with the weights of another, and hands back values', async () => {
    const first = await place.evaluate(await sliced({ search: 'chain', slice: train }));
    expect(finished(first).outcome).toEqual({ kind: 'scored', metrics: { accuracy: 1 }, cost: 0 });
    const second = await place.evaluate(
      await sliced({ search: 'chain', index: 1, continues: 0, slice: { ...score, cost: 1 } }),
    );
    const { outcome } = finished(second);
    if (outcome.kind !== 'scored') throw new Error('The score is scored.');
    expect(outcome.cost).toBe(1);
    expect(outcome.values).toHaveLength(3);
    expect(new Set(outcome.values).size).toBe(3);
    expect(outcome.values?.map(Math.fround)).toEqual(outcome.values);
    const { attributes } = await place.record(second);
    expect(attributes['found']).toEqual({
      slice: { ...score, cost: 1 },
      seed: '00000000000000aa',
      latest: [0, 7, 'epoch 2'],
      continued: [0, 7, 'epoch 2'],
    });
    expect(Math.fround((attributes['later'] as readonly number[])[0] ?? 0)).toBe(outcome.values?.[2]);
    // The draws belong to the stream, not to the trial.
    const again = await place.evaluate(
      await sliced({ search: 'chain', index: 2, continues: 0, slice: score }),
    );
    expect(finished(again).outcome).toMatchObject({ values: outcome.values });
  });

  test('another slice under the same index, seed and genome is another trial', async () => {
    const search = 'other slice';
    const outcomes = [];
    for (const stream of ['a', 'b', 'a']) {
      const slice: Slice = { ...score, draw: { from: 'uniform', stream } };
      outcomes.push(await place.outcome(await sliced({ search, slice })));
    }
    expect(outcomes[1]).not.toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
  });

  test.each<[string, Slice, string, string, string]>([
    ['no checkpoint', train, 'evaluate: () => 1', 'Bug', 'ended without a checkpoint: save the weights'],
    [
      'no values',
      score,
      'evaluate: () => 1',
      'Bug',
      'must hand back 3 values, one for each draw, and it handed back 0',
    ],
    [
      'NaN among the values',
      score,
      'evaluate: (p, t) => { t.values([1, NaN, 2]); return 1; }',
      'Diverged',
      'value 1',
    ],
    [
      'values that are returned',
      score,
      'evaluate: () => ({ metrics: { accuracy: 1 }, values: [1, 2] })',
      'Bug',
      'handed back 2',
    ],
    [
      'draws of a slice that has none',
      { kind: 'evaluate' },
      'evaluate: (p, t) => t.draws(1)',
      'BadInput',
      'draws no architectures',
    ],
    [
      'a policy that is gone',
      { ...score, draw: { from: 'policy', policy: 'b'.repeat(64), stream: 'x' } },
      'evaluate: (p, t) => t.draws(1)',
      'BadInput',
      'The draws of this slice cannot be made',
    ],
  ])('%s: a failure in one sentence', async (name, slice, functions, failureClass, sentence) => {
    const outcome = await place.outcome(await sliced({ search: name, slice }, functions));
    expect(outcome).toMatchObject({ kind: 'failed', class: failureClass });
    expect(outcome.kind === 'failed' && outcome.message).toContain(sentence);
  });

  test('a missing checkpoint is refused before anything is started, and found once it is back', async () => {
    const search = 'missing';
    await place.evaluate(await sliced({ search, slice: train }));
    const checkpoints = join(place.home, 'trials', search, '0', 'checkpoints');
    await place.trials.removeCheckpoints(search, [0, 99]);
    expect(existsSync(checkpoints)).toBe(false);
    const input = await sliced({ search, index: 1, continues: 0, slice: score });
    const refused = await refusal(place.evaluate(input));
    expect(refused).toMatchObject({ type: 'BadInput', nonRetryable: true });
    expect(refused.message).toBe(
      'Trial 1 of missing goes on with the weights of trial 0, whose checkpoint is missing: restore it from a backup of DURAMEN_HOME, then resume the search.',
    );
    // Whatever saved the same weights again: the trial itself, once its result is gone.
    rmSync(join(place.home, 'trials', search, '0'), { recursive: true });
    await place.evaluate(await sliced({ search, slice: train }));
    expect(await place.outcome(input)).toMatchObject({ kind: 'scored' });
  });

  test('killed in the middle, it goes on from its own checkpoint and still sees the weights it continues', async () => {
    const search = 'killed';
    await place.evaluate(await sliced({ search, slice: train }));
    const started = join(place.home, 'killed-once');
    const functions = `evaluate: async (parameters, trial) => {
      const { writeFileSync } = await import('node:fs');
      const latest = await trial.checkpoint.latest();
      const continued = await trial.checkpoint.continued();
      if (latest.trial !== trial.index) {
        await trial.checkpoint.save(new Uint8Array([1]), 8);
        writeFileSync(${JSON.stringify(started)}, String(process.pid));
        await new Promise(() => setInterval(() => {}, 1000));
      }
      trial.setAttribute('steps', [latest.trial, latest.step, continued.trial, continued.step]);
      await trial.checkpoint.save(new Uint8Array([2]), 9);
      return 1;
    }`;
    const input = await sliced({ search, index: 1, continues: 0, slice: { ...train, epoch: 3 } }, functions);
    const lost = refusal(place.evaluate(input));
    process.kill(Number(await eventually(() => contentOf(started))), 'SIGKILL');
    expect((await lost).type).toBe('Preempted');
    const record = await place.record(await place.evaluate(input));
    expect(record.attributes).toEqual({ steps: [1, 8, 0, 7] });
  });
});

describe('a slice in a command', () => {
  let scripts = 0;
  async function python(code: string): Promise<string> {
    const file = join(place.home, `slice-${scripts++}.py`);
    writeFileSync(file, `import json, os, sys\ndef say(**m): print(json.dumps(m), flush=True)\n${code}\n`);
    return place.commandAddress(`python3 ${file}`);
  }

  test('gets slice, draws and weights in its first line, and hands back values, metrics and a checkpoint', async () => {
    const address = await python(`
work = json.loads(sys.stdin.readline())
folder = os.path.join(os.environ['DURAMEN_CHECKPOINT_DIRECTORY'], 'weights')
os.makedirs(folder)
before = 0
if work['continues'] is not None:
    before = int(open(os.path.join(work['continues'], 'number')).read())
open(os.path.join(folder, 'number'), 'w').write(str(before + 5))
draws = [json.loads(line)['parameters']['x'] for line in open(work['draws'])]
say(attribute={'key': 'work', 'value': {'slice': work['slice'], 'parameters': work['parameters'], 'before': before, 'draws': len(draws)}})
if work['slice']['kind'] == 'train':
    say(metrics={'accuracy': 0.5}, checkpoint=folder)
else:
    say(values=draws, metrics={'accuracy': 0.5})`);
    const search = 'commands';
    await place.outcome(trial(address, { search, slice: train }));
    const second = await place.evaluate(
      trial(address, { search, index: 1, continues: 0, slice: { ...train, epoch: 3 } }),
    );
    expect((await place.record(second)).attributes['work']).toEqual({
      slice: { ...train, epoch: 3 },
      parameters: { x: 0.5 },
      before: 5,
      draws: 3,
    });
    expect((await place.trials.latestCheckpoint(search, 1))?.step).toBe(3);
    const scored = await place.outcome(trial(address, { search, index: 2, continues: 1, slice: score }));
    const inProcess = await place.outcome(await sliced({ search: 'commands in a process', slice: score }));
    expect(scored.kind === 'scored' && scored.values?.length).toBe(3);
    // The same stream of the same search: a command finds the draws that a function makes.
    expect(scored).toMatchObject({ values: inProcess.kind === 'scored' ? inProcess.values : null });
  });

  test('without draws the file is null, and a policy that is gone is refused', async () => {
    const address = await python(`
work = json.loads(sys.stdin.readline())
say(metrics={'accuracy': 1 if work['draws'] is None and work['continues'] is None else 0})`);
    const outcome = await place.outcome(trial(address, { search: 'no draws', slice: { kind: 'evaluate' } }));
    expect(outcome).toMatchObject({ metrics: { accuracy: 1 } });
    const gone: Slice = { ...score, draw: { from: 'policy', policy: 'c'.repeat(64), stream: 'x' } };
    const refused = await refusal(place.evaluate(trial(address, { search: 'gone', slice: gone })));
    expect(refused).toMatchObject({ type: 'BadInput', nonRetryable: true });
    expect(refused.message).toContain('The draws of this slice cannot be made');
  });
});

test('of the warm processes of one bundle, a search gets the one that served it last', async () => {
  const own = new Workplace({ slots: 3 });
  try {
    const { signal } = new AbortController();
    const bundle = await own.artifacts.put(Buffer.from('export default { functions: { measures: {} } };'));
    const take = async (search: string): Promise<[EvaluatingProcess, () => void]> => {
      const slot = await own.pool.acquire(bundle, signal, search);
      return [slot.evaluatingProcess(bundle), () => slot.release(true)];
    };
    const taken = [await take('a'), await take('b'), await take('c')];
    const groups = taken.map(([{ group }]) => group);
    for (const place of [1, 2, 0]) taken[place]?.[1]();
    for (const [place, search] of [...'cabbca'].entries()) {
      const [{ group }, release] = await take(search);
      expect(group, `${search} at ${place}`).toBe(groups['abc'.indexOf(search)]);
      release();
    }
  } finally {
    await own.close();
  }
});
