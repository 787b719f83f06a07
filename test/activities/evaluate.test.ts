import { writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ActivityCancellationDetails, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repeatedlyLost } from '../../evaluation/evaluation.js';
import { stageCheckpoint } from '../../storage/checkpoint-store.js';
import {
  activityEnvironment,
  contentOf,
  eventually,
  finished,
  groupGone,
  groupOf,
  trial,
  Workplace,
} from '../support/workplace.js';

let place: Workplace;
beforeAll(() => {
  place = new Workplace({ slots: 2 });
});
afterAll(async () => {
  await place.close();
});

async function refused(result: Promise<unknown>): Promise<ApplicationFailure> {
  let given: unknown;
  try {
    given = await result;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error(`It was not refused: ${JSON.stringify(given)}`);
}

describe('outcomes', () => {
  test('scored, with reports, attributes, artifact, log and output in the record', async () => {
    const file = join(place.home, 'model.txt');
    writeFileSync(file, 'weights');
    const address = await place.functionAddress(`
      evaluate: async (parameters, trial) => {
        console.log('from standard output');
        trial.log('half of %d', 1, { x: parameters.x });
        trial.report(1, { accuracy: 0.25, loss: Infinity });
        trial.report(1, { accuracy: 0.9 });
        trial.setAttribute('note', { seed: trial.seed, outer: trial.context.outer });
        await trial.saveArtifact('model', ${JSON.stringify(file)});
        return { metrics: { accuracy: parameters.x, size: 3, extra: 1 }, cost: 12 };
      }`);
    const result = await place.evaluate(trial(address, { search: 'scored' }));
    expect(finished(result).outcome).toEqual({
      kind: 'scored',
      metrics: { accuracy: 0.5, size: 3 },
      cost: 12,
    });
    const record = await place.record(result);
    expect(record.reports).toEqual([{ step: 1, metrics: { accuracy: 0.25, loss: 'Infinity' } }]);
    expect(record.attributes).toEqual({ note: { seed: '00000000000000aa', outer: { units: 8 } } });
    expect(record.log.lines).toContain('from standard output');
    expect(record.log.lines).toContain('half of 1 { x: 0.5 }');
    expect(Buffer.from(await place.artifacts.get(record.artifacts['model'] ?? '')).toString()).toBe(
      'weights',
    );
  });

  test('the result of a trial answers its repeat at once', async () => {
    const count = join(place.home, 'count');
    const address = await place.functionAddress(`
      evaluate: async () => {
        const { appendFileSync } = await import('node:fs');
        appendFileSync(${JSON.stringify(count)}, 'x');
        return 1;
      }`);
    const first = await place.evaluate(trial(address, { search: 'repeat' }));
    expect(await place.evaluate(trial(address, { search: 'repeat' }))).toEqual(first);
    expect(contentOf(count)).toBe('x');
    // Another genome under the same index is another trial: what the first one left is set aside.
    await place.evaluate(trial(address, { search: 'repeat', genome: [0.25] }));
    expect(contentOf(count)).toBe('xx');
  });

  test('a bundle imports packages of the project and this installation', async () => {
    const address = await place.functionAddress(`
      evaluate: async () => {
        const packages = await import('zod');
        const algorithms = await import('duramen/algorithms');
        return Number(typeof packages.z === 'object' && typeof algorithms.random === 'function');
      }`);
    expect(await place.outcome(trial(address, { search: 'imports' }))).toMatchObject({
      metrics: { accuracy: 1 },
    });
  });

  test('infeasible', async () => {
    const address = await place.functionAddress(`evaluate: () => ({ infeasible: 'too large' })`);
    const outcome = await place.outcome(trial(address, { search: 'infeasible' }));
    expect(outcome).toEqual({ kind: 'infeasible', reason: 'too large' });
  });

  const reporting = `evaluate: (parameters, trial) => {
    let accuracy = 0, step = 0;
    while (step < 10 && !trial.shouldStop()) trial.report(++step, { accuracy: accuracy = step / 10 });
    return { accuracy };
  }`;

  test('stopped by the gate, with the value at the rung', async () => {
    const address = await place.functionAddress(reporting);
    const gate = {
      metric: 'accuracy',
      goal: 'maximize',
      rungs: [
        { step: 2, threshold: 0 },
        { step: 4, threshold: 0.5 },
      ],
    } as const;
    expect(await place.outcome(trial(address, { search: 'gate', gate }))).toEqual({
      kind: 'stopped',
      step: 4,
      metrics: { accuracy: 0.4 },
      atGate: [0.2, 0.4],
    });
    const easy = { ...gate, rungs: [{ step: 2, threshold: 0.1 }] };
    expect(await place.outcome(trial(address, { search: 'gate', index: 1, gate: easy }))).toEqual({
      kind: 'scored',
      metrics: { accuracy: 1 },
      atGate: [0.2],
    });
  });

  test('until ends the trial as scored', async () => {
    const address = await place.functionAddress(reporting);
    const outcome = await place.outcome(trial(address, { search: 'until', until: 3 }));
    expect(outcome).toEqual({ kind: 'scored', metrics: { accuracy: 0.3 } });
  });

  test.each([
    ['NaN result', `() => ({ accuracy: NaN })`, 'Diverged', 'accuracy'],
    [
      'infinite report',
      `async (p, t) => { t.report(2, { accuracy: -1 / 0 }); return 1; }`,
      'Diverged',
      'accuracy',
    ],
    [
      'swallowed NaN report',
      `(p, t) => { try { t.report(2, { accuracy: NaN }); } catch {} return 1; }`,
      'Diverged',
      'step 2',
    ],
    ['missing metric', `() => ({ precision: 1 })`, 'Bug', '"accuracy"'],
    ['metric of a wrong type', `() => ({ accuracy: 'high' })`, 'Bug', '"accuracy"'],
    ['nothing', `() => undefined`, 'Bug', 'accuracy|nothing'],
    ['exception', `() => { throw new TypeError('first\\nsecond'); }`, 'Bug', 'TypeError: first second'],
    ['step that is none', `(p, t) => { t.report(1.5, { accuracy: 1 }); }`, 'Bug', '1.5'],
    ['exit of the process', `() => process.exit(3)`, 'Bug', 'code 3'],
    [
      'stray error',
      `() => new Promise(() => setTimeout(() => { throw new Error('stray'); }, 5))`,
      'Bug',
      'stray',
    ],
    [
      'error with a class',
      `() => { throw Object.assign(new Error('no'), { class: 'InvalidArchitecture' }); }`,
      'InvalidArchitecture',
      'no',
    ],
    [
      'buffer that is too large',
      `() => { throw new RangeError('Array buffer allocation failed'); }`,
      'OutOfMemory',
      'allocation',
    ],
    [
      'attribute that is too large',
      `(p, t) => { t.setAttribute('a', 'x'.repeat(70000)); return 1; }`,
      'Bug',
      'Attribute "a"',
    ],
  ])('%s', async (name, evaluate, failureClass, message) => {
    const address = await place.functionAddress(`evaluate: ${evaluate}`);
    const result = await place.evaluate(trial(address, { search: name }));
    const { outcome } = finished(result);
    expect(outcome).toMatchObject({ kind: 'failed', class: failureClass });
    expect(outcome.kind === 'failed' ? outcome.message : '').toMatch(new RegExp(message));
    expect(JSON.stringify(outcome)).not.toContain('\\n');
    if (name === 'exception') expect((await place.record(result)).stack).toContain('first\nsecond');
  });

  test('a bug is no lasting result, a divergence is', async () => {
    const flag = join(place.home, 'mended');
    const code = (failing: string): string => `evaluate: async () => {
      const { existsSync } = await import('node:fs');
      if (!existsSync(${JSON.stringify(flag)})) ${failing};
      return 1;
    }`;
    const bug = await place.functionAddress(code(`throw new Error('oh')`));
    const nan = await place.functionAddress(code(`return NaN`));
    expect(await place.outcome(trial(bug, { search: 'bug' }))).toMatchObject({ class: 'Bug' });
    expect(await place.outcome(trial(nan, { search: 'nan' }))).toMatchObject({ class: 'Diverged' });
    writeFileSync(flag, '1');
    expect(await place.outcome(trial(bug, { search: 'bug' }))).toMatchObject({ kind: 'scored' });
    expect(await place.outcome(trial(nan, { search: 'nan' }))).toMatchObject({ class: 'Diverged' });
    // When the search asks again, the trial is evaluated anew.
    expect(await place.outcome(trial(nan, { search: 'nan', repetition: 1 }))).toMatchObject({
      kind: 'scored',
    });
  });

  test('a genome of another space', async () => {
    const address = await place.functionAddress(`evaluate: () => 1`);
    expect(await place.outcome(trial(address, { genome: [5] }))).toMatchObject({
      kind: 'failed',
      class: 'BadInput',
    });
  });

  test('a function that never returns is ended with its whole group', async () => {
    const starts = join(place.home, 'starts');
    const address = await place.functionAddress(
      `evaluate: async () => {
        const { spawn } = await import('node:child_process');
        const { appendFileSync } = await import('node:fs');
        const child = spawn('sleep', ['1000']);
        appendFileSync(${JSON.stringify(starts)}, process.ppid + '\\n');
        for (;;) { Math.random(); }
      }`,
      // Long enough for the start of a process on a busy machine.
      { timeout: { attempt: 3_000 } },
    );
    const result = finished(await place.evaluate(trial(address, { search: 'endless' })));
    expect(result).toMatchObject({ outcome: { kind: 'failed', class: 'Timeout' }, timed: true });
    const groups = (contentOf(starts) ?? '').trim().split('\n').map(Number);
    expect(groups).toHaveLength(1);
    for (const group of groups) await groupGone(group);
  });

  test('the time of a trial is used up once', async () => {
    const address = await place.functionAddress(`evaluate: () => new Promise(() => {})`, {
      timeout: { trial: 500 },
    });
    const result = finished(await place.evaluate(trial(address, { search: 'whole' })));
    expect(result).toMatchObject({ outcome: { kind: 'failed', class: 'Timeout' }, timed: true });
  });

  test('memory of the JavaScript heap runs out', async () => {
    const small = new Workplace({ nodeArguments: ['--max-old-space-size=24'] });
    try {
      const address = await small.functionAddress(
        `evaluate: () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); }`,
      );
      expect(await small.outcome(trial(address))).toMatchObject({ kind: 'failed', class: 'OutOfMemory' });
    } finally {
      await small.close();
    }
  });

  test('the process gets only the environment it needs', async () => {
    const narrow = new Workplace({
      environment: {
        ...process.env,
        SECRET: 's',
        WANTED: 'w',
        NODE_OPTIONS: '--no-warnings',
        DURAMEN_PASS_ENVIRONMENT: 'WANTED',
      },
    });
    try {
      const address = await narrow.functionAddress(
        `evaluate: (p, t) => { t.setAttribute('names', Object.keys(process.env)); return 1; }`,
      );
      const names = (await narrow.record(await narrow.evaluate(trial(address)))).attributes['names'];
      expect(names).toContain('PATH');
      expect(names).toContain('WANTED');
      expect(names).not.toContain('SECRET');
      expect(names).not.toContain('NODE_OPTIONS');
    } finally {
      await narrow.close();
    }
  });
});

describe('losses and checkpoints', () => {
  // Counts to 6, one checkpoint a step; the process is told to wait for its end at a step of an attempt.
  const counting = (pids: string, wait: string): string => `evaluate: async (parameters, trial) => {
    const { appendFileSync } = await import('node:fs');
    const latest = await trial.checkpoint.latest();
    let step = latest === null ? 0 : JSON.parse(Buffer.from(latest.bytes).toString()).step;
    trial.setAttribute('started', [trial.attempt, step]);
    while (step < 6 && !trial.shouldStop()) {
      step++;
      trial.report(step, { accuracy: step / 10 + trial.attempt / 1000 });
      await trial.checkpoint.save(Buffer.from(JSON.stringify({ step })), step);
      if (${wait}) {
        appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n');
        await new Promise((resolve) => trial.signal.addEventListener('abort', resolve));
        return undefined;
      }
    }
    return { accuracy: step / 10 };
  }`;

  async function lastPid(file: string, count = 1): Promise<number> {
    const text = await eventually(() => {
      const seen = contentOf(file);
      return seen !== undefined && seen.split('\n').length > count ? seen : undefined;
    });
    return Number(text.trim().split('\n').at(-1));
  }

  test('a killed process is Preempted; the next attempt goes on from the checkpoint', async () => {
    const pids = join(place.home, 'pids-killed');
    const address = await place.functionAddress(counting(pids, 'step === 3 && trial.attempt === 1'));
    const input = trial(address, {
      search: 'co-design/3/architecture',
      gate: {
        metric: 'accuracy',
        goal: 'maximize',
        rungs: [
          { step: 2, threshold: -1e300 },
          { step: 5, threshold: -1e300 },
        ],
      },
    });
    const lost = refused(place.evaluate(input));
    const pid = await lastPid(pids);
    const group = groupOf(pid);
    process.kill(pid, 'SIGKILL');
    const failure = await lost;
    expect(failure.type).toBe('Preempted');
    expect(failure.nonRetryable).toBe(false);
    await groupGone(group);
    const result = await place.evaluate(input);
    // Reports up to the checkpoint are those of the first attempt.
    expect(finished(result).outcome).toEqual({
      kind: 'scored',
      metrics: { accuracy: 0.6 },
      atGate: [0.201, 0.502],
    });
    const record = await place.record(result);
    expect(record.attributes['started']).toEqual([2, 3]);
    expect(record.reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a trial continues the checkpoint of another one', async () => {
    const address = await place.functionAddress(counting(join(place.home, 'none'), 'false'));
    await place.evaluate(trial(address, { search: 'continued', until: 2 }));
    const result = await place.evaluate(trial(address, { search: 'continued', index: 5, continues: 0 }));
    const record = await place.record(result);
    expect(record.attributes['started']).toEqual([1, 2]);
    expect(record.reports.map(({ step }) => step)).toEqual([3, 4, 5, 6]);
  });

  const damage = async (search: string, ...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const file = join(place.home, 'trials', search, '0', 'checkpoints', name, 'content');
      const bytes = await readFile(file);
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      await writeFile(file, bytes);
    }
  };

  test.each([
    [
      'the one before is used',
      ['000001-00000003'],
      [2, 2],
      'goes on from the checkpoint before it, of step 2',
    ],
    [
      'the trial begins anew',
      ['000001-00000002', '000001-00000003'],
      [2, 0],
      'goes on from the place where it first began',
    ],
  ])(
    'a bit of the latest checkpoint is flipped: %s, and the log says so',
    async (what, names, started, said) => {
      const search = `flipped-${names.length}`;
      const pids = join(place.home, search);
      const address = await place.functionAddress(counting(pids, 'step === 3 && trial.attempt === 1'));
      const lost = refused(place.evaluate(trial(address, { search })));
      process.kill(await lastPid(pids), 'SIGKILL');
      await lost;
      await damage(search, ...names);
      const result = await place.evaluate(trial(address, { search }));
      expect(finished(result).outcome, what).toMatchObject({ metrics: { accuracy: 0.6 } });
      const record = await place.record(result);
      expect(record.attributes['started']).toEqual(started);
      expect(record.log.lines.join()).toContain(`Checkpoint 000001-00000003 is damaged: the trial ${said}`);
    },
  );

  test('a trial that continues a damaged checkpoint is refused in one sentence', async () => {
    const address = await place.functionAddress(counting(join(place.home, 'none'), 'false'));
    await place.evaluate(trial(address, { search: 'broken', until: 2 }));
    await damage('broken', '000001-00000002');
    const failure = await refused(
      place.evaluate(trial(address, { search: 'broken', index: 5, continues: 0 })),
    );
    expect(failure).toMatchObject({
      type: 'BadInput',
      message: expect.stringMatching(
        /^Trial 5 of broken continues trial 0, whose checkpoint 000001-00000002 is damaged: /,
      ),
    });
  });

  test('a trial that continues a checkpoint which was deleted is refused, one that continues none is not', async () => {
    const address = await place.functionAddress(counting(join(place.home, 'none'), 'false'));
    await place.evaluate(trial(address, { search: 'deleted', until: 2 }));
    await rm(join(place.home, 'trials/deleted/0/checkpoints'), { recursive: true });
    const promoted = trial(address, { search: 'deleted', index: 5, continues: 0 });
    expect(await refused(place.evaluate(promoted))).toMatchObject({
      type: 'BadInput',
      message: expect.stringMatching(
        /^Trial 5 of deleted continues trial 0, whose checkpoint of step 2 is missing: /,
      ) as string,
    });
    const plain = await place.functionAddress(`evaluate: () => 0.5`);
    await place.evaluate(trial(plain, { search: 'plain' }));
    expect(await place.outcome(trial(plain, { search: 'plain', index: 5, continues: 0 }))).toMatchObject({
      kind: 'scored',
    });
  });

  test('five losses without a further step give the trial up, and a resumed search starts counting anew', async () => {
    const address = await place.functionAddress(
      `evaluate: () => process.kill(process.pid, 'SIGKILL') && new Promise(() => {})`,
    );
    const input = trial(address, { search: 'lossy' });
    for (let i = 0; i < 4; i++) expect((await refused(place.evaluate(input))).type).toBe('Preempted');
    const failure = await refused(place.evaluate(input));
    expect(failure.type).toBe(repeatedlyLost);
    expect(failure.nonRetryable).toBe(true);
    expect(failure.message).toContain('5 times before its first checkpoint');
    expect((await refused(place.evaluate(input))).type).toBe('Preempted');
  });

  test('attempts whose worker was killed are losses, too', async () => {
    const address = await place.functionAddress(`evaluate: () => 1`);
    const input = trial(address, { search: 'killed-workers' });
    const stored = await place.trials.open(input);
    for (let i = 0; i < 5; i++) await stored.beginAttempt(null, 'elsewhere');
    expect((await refused(place.evaluate(input))).type).toBe(repeatedlyLost);
    expect(await place.outcome(input)).toMatchObject({ kind: 'scored' });
  });

  test('a checkpoint of another kind of machine is used, and marks the trial', async () => {
    const address = await place.functionAddress(counting(join(place.home, 'none'), 'false'));
    const input = trial(address, { search: 'mixed' });
    const stored = await place.trials.open(input);
    const attempt = await stored.beginAttempt(null, 'elsewhere');
    const staged = await stageCheckpoint(stored.workFolder(attempt), Buffer.from('{"step":5}'), 5);
    const notes = { reports: [], attributes: {}, artifacts: {}, hosts: ['elsewhere'] };
    await stored.publishCheckpoint(attempt, staged, notes, null);
    const result = await place.evaluate(input);
    expect(finished(result)).toMatchObject({ mixed: true, outcome: { metrics: { accuracy: 0.6 } } });
  });

  test('an attempt that another worker has superseded ends without a trace', async () => {
    const go = join(place.home, 'superseded');
    const starts = join(place.home, 'superseded-starts');
    const address = await place.functionAddress(`evaluate: async (parameters, trial) => {
      const { appendFileSync, existsSync } = await import('node:fs');
      appendFileSync(${JSON.stringify(starts)}, 'x');
      while (!existsSync(${JSON.stringify(go)})) await new Promise((resolve) => setTimeout(resolve, 10));
      await trial.checkpoint.save(new Uint8Array([1]), 1);
      return 1;
    }`);
    const input = trial(address, { search: 'superseded' });
    const first = refused(place.evaluate(input));
    await eventually(() => contentOf(starts));
    const stored = await place.trials.open(input);
    await stored.beginAttempt(null, 'elsewhere');
    writeFileSync(go, '1');
    const failure = await first;
    expect(failure).toMatchObject({ type: 'Superseded', nonRetryable: false });
    expect(await stored.latestCheckpoint()).toBeNull();
    expect(await stored.result()).toBeNull();
  });

  test('parked by a cancellation: the checkpoint stays, the result tells its step, the trial goes on later', async () => {
    const pids = join(place.home, 'pids-parked');
    const address = await place.functionAddress(counting(pids, 'step === 4 && trial.attempt === 1'));
    const environment = activityEnvironment();
    const heartbeats: string[] = [];
    environment.on('heartbeat', (details: unknown) => heartbeats.push(JSON.stringify(details)));
    const running = place.evaluate(trial(address, { search: 'parked' }), environment);
    const pid = await lastPid(pids);
    const group = groupOf(pid);
    const wanted = JSON.stringify({ step: 4, checkpoint: '000001-00000004' });
    await eventually(() => heartbeats.includes(wanted));
    environment.cancel();
    expect(await running).toEqual({ kind: 'parked', step: 4 });
    await groupGone(group);
    const record = await place.record(await place.evaluate(trial(address, { search: 'parked' })));
    expect(record.attributes['started']).toEqual([2, 4]);
  });

  test('an evaluation that does not park is ended after the grace time', async () => {
    const hasty = new Workplace({ graceTime: 300 });
    try {
      const pids = join(hasty.home, 'pids');
      const address = await hasty.functionAddress(`evaluate: async () => {
        const { writeFileSync } = await import('node:fs');
        writeFileSync(${JSON.stringify(pids)}, process.pid + '\\n');
        for (;;) { Math.random(); }
      }`);
      const environment = activityEnvironment();
      const running = hasty.evaluate(trial(address), environment);
      const group = groupOf(await lastPid(pids));
      environment.cancel();
      expect(await running).toEqual({ kind: 'parked', step: null });
      await groupGone(group);
    } finally {
      await hasty.close();
    }
  });

  test('the shutdown of the worker parks and throws, so that the trial is retried elsewhere', async () => {
    const pids = join(place.home, 'pids-shutdown');
    const address = await place.functionAddress(counting(pids, 'step === 2 && trial.attempt === 1'));
    const environment = activityEnvironment();
    const running = place.evaluate(trial(address, { search: 'shutdown' }), environment);
    running.catch(() => undefined);
    await lastPid(pids);
    environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
    const record = await place.record(await place.evaluate(trial(address, { search: 'shutdown' })));
    expect(record.attributes['started']).toEqual([2, 2]);
  });

  test('a second attempt attaches to the running process', async () => {
    const go = join(place.home, 'go');
    const starts = join(place.home, 'attached');
    const address = await place.functionAddress(`evaluate: async () => {
      const { appendFileSync, existsSync } = await import('node:fs');
      appendFileSync(${JSON.stringify(starts)}, 'x');
      while (!existsSync(${JSON.stringify(go)})) await new Promise((resolve) => setTimeout(resolve, 10));
      return 1;
    }`);
    const environment = activityEnvironment();
    const first = place.evaluate(trial(address, { search: 'attach' }), environment);
    first.catch(() => undefined);
    await eventually(() => contentOf(starts));
    environment.cancel('NOT_FOUND', new ActivityCancellationDetails({ notFound: true }));
    await expect(first).rejects.toBeInstanceOf(CancelledFailure);
    const second = place.evaluate(trial(address, { search: 'attach' }));
    writeFileSync(go, '1');
    expect(finished(await second).outcome).toMatchObject({ kind: 'scored' });
    expect(contentOf(starts)).toBe('x');
  });
});

describe('reuse by content', () => {
  test('two trials of one content key are evaluated once', async () => {
    const count = join(place.home, 'single-flight');
    const address = await place.functionAddress(`evaluate: async () => {
      const { appendFileSync } = await import('node:fs');
      appendFileSync(${JSON.stringify(count)}, 'x');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return 1;
    }`);
    const content = 'c'.repeat(64);
    const results = await Promise.all(
      [0, 1].map(async (index) =>
        finished(await place.evaluate(trial(address, { search: 'shared', index, content }))),
      ),
    );
    expect(contentOf(count)).toBe('x');
    expect(results.map(({ reused }) => reused ?? false).sort()).toEqual([false, true]);
    expect(results[0]?.outcome).toEqual(results[1]?.outcome);
    expect(results[0]?.record).toBe(results[1]?.record);
  });

  test('a result that depended on time is not reused', async () => {
    const address = await place.functionAddress(`evaluate: () => new Promise(() => {})`, {
      timeout: { trial: 300 },
    });
    const quick = await place.functionAddress(`evaluate: () => 1`);
    const content = 'd'.repeat(64);
    expect(finished(await place.evaluate(trial(address, { search: 'timed', content })))).toMatchObject({
      timed: true,
    });
    const next = finished(await place.evaluate(trial(quick, { search: 'timed', index: 1, content })));
    expect(next.outcome).toMatchObject({ kind: 'scored' });
    expect(next.reused).toBeUndefined();
  });
});

describe('what hangs or cannot be done', () => {
  test.each([
    [
      'a function that blocks its process',
      `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
      60,
    ],
    ['a command that sleeps', null, 4],
  ])(
    '%s is a lost attempt, not one to attach to',
    async (title, blocking, seconds) => {
      const address =
        blocking === null
          ? await place.commandAddress('sleep 100000')
          : await place.functionAddress(`evaluate: () => ${blocking}`);
      const input = trial(address, { search: title });
      const failure = await refused(place.evaluate(input));
      expect(failure).toMatchObject({ type: 'Preempted' });
      expect(failure.message).toContain(`gave no sign of life for ${seconds} s`);
      const stored = await place.trials.open({ search: title, index: 0, seed: input.seed, genome: [0.5] });
      expect((await stored.attempts()).map(({ end }) => end?.kind)).toEqual(['lost']);
    },
    120_000,
  );

  test('a function that waits without end, and a command that prints, are alive', async () => {
    const address = await place.functionAddress(
      `evaluate: async () => { await new Promise((resolve) => setTimeout(resolve, 7_000)); return 0.5; }`,
    );
    const printing = await place.commandAddress(
      `for i in 1 2 3 4; do sleep 2; echo waiting; done; echo '{"metrics": {"accuracy": 0.5}}'`,
    );
    const outcomes = await Promise.all([
      place.outcome(trial(address, { search: 'waits' })),
      place.outcome(trial(printing, { search: 'prints' })),
    ]);
    expect(outcomes).toMatchObject([{ kind: 'scored' }, { kind: 'scored' }]);
  }, 60_000);

  test('a missing setting pauses the search with its sentence after five attempts', async () => {
    const input = trial('0'.repeat(64), { search: 'unset' });
    for (let attempt = 1; attempt <= 4; attempt++)
      await expect(place.evaluate(input)).rejects.toThrow(/^Artifact 0{64} is missing/);
    const failure = await refused(place.evaluate(input));
    expect(failure).toMatchObject({ type: repeatedlyLost, nonRetryable: true });
    expect(failure.message).toMatch(
      /^Trial 0 of unset could not be evaluated in 5 attempts: Artifact 0+ is missing .* Mend this, then resume the search\.$/,
    );
    // A resumed search counts anew.
    await expect(place.evaluate(input)).rejects.toThrow(/^Artifact 0{64} is missing/);
  });

  test.each([
    ['a bundle that is missing', async (path: string): Promise<void> => rm(path), /is missing/],
    ['a bundle that is damaged', async (path: string): Promise<void> => writeFile(path, '?'), /is damaged/],
    [
      'a bundle that cannot be read',
      async (path: string): Promise<void> => {
        await rm(path);
        await mkdir(path);
      },
      /EISDIR/,
    ],
  ])(
    '%s is no bug of the trial: five attempts, then a pause',
    async (title, spoil, sentence) => {
      const text = `export default { functions: { measures: {}, evaluate: () => '${title}'.length } };`;
      const bundle = await place.artifacts.put(Buffer.from(text));
      await spoil(join(place.home, 'artifacts', bundle.slice(0, 2), bundle));
      const address = await place.address(
        { kind: 'function', bundle, packages: '', light: false, pure: true },
        {},
      );
      const input = trial(address, { search: title });
      for (let attempt = 1; attempt <= 4; attempt++)
        expect(await refused(place.evaluate(input))).toMatchObject({ type: 'Outage' });
      const failure = await refused(place.evaluate(input));
      expect(failure).toMatchObject({ type: repeatedlyLost, nonRetryable: true });
      expect(failure.message).toMatch(sentence);
    },
    60_000,
  );

  test('a checkpoint that the full disk does not take is an outage, not a bug', async () => {
    const address = await place.functionAddress(
      `evaluate: async () => { (await import('node:fs')).writeFileSync('/dev/full', 'x'); return 1; }`,
    );
    const input = trial(address, { search: 'full' });
    const failure = await refused(place.evaluate(input));
    expect(failure).toMatchObject({ type: 'Outage' });
    expect(failure.message).toContain('ENOSPC');
  }, 60_000);
});
