import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FunctionAttempt } from '../../evaluation/attempts/function-attempt.js';
import { LineSplitter, parseJsonLine } from '../../evaluation/processes/process-messages.js';
import type { FromProcess, ToProcess } from '../../evaluation/processes/process-messages.js';
import type { GroupActivity } from '../../evaluation/processes/group-usage.js';
import type { EvaluatingProcess, ProcessExit, ProcessSlot } from '../../evaluation/processes/process-pool.js';
import { AttemptSession, noNotes } from '../../evaluation/trial/attempt-session.js';
import { TrialStore } from '../../storage/trial-store.js';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'duramen-attempt-'));
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** A process that says and computes what the test wants. */
class PretendedProcess implements EvaluatingProcess {
  readonly kind = 'evaluating';
  readonly group = 1;
  readonly exited = new Promise<ProcessExit>(() => undefined);
  readonly sent: ToProcess[] = [];
  computed = 0;
  say: (message: FromProcess) => void = () => undefined;

  onOutput(): void {
    // It prints nothing.
  }
  onMessage(listener: (message: FromProcess) => void): void {
    this.say = listener;
  }
  send(message: ToProcess): void {
    this.sent.push(message);
  }
  async activity(): Promise<GroupActivity> {
    return { done: this.computed, isHeldUp: false };
  }
  kill(): void {
    throw new Error('Nothing ends this process.');
  }
}

async function attempt(): Promise<{ process: PretendedProcess; run: FunctionAttempt; released: boolean[] }> {
  const stored = await new TrialStore(home).open({ search: 'pretended', index: 0, seed: '0', genome: [] });
  const number = await stored.beginAttempt(null, 'here');
  const session = new AttemptSession(
    {
      index: 0,
      seed: '0',
      attempt: number,
      context: {},
      limits: {},
      metrics: ['accuracy'],
      parameters: {},
      genome: [],
      reports: [],
      attributes: {},
      checkpoint: null,
      savedBy: 0,
      slice: null,
      continued: null,
      address: '',
      workFolder: stored.workFolder(number),
    },
    [{ name: 'accuracy', goal: 'maximize' }],
    stored,
    noNotes,
    ['here'],
  );
  const released: boolean[] = [];
  const process = new PretendedProcess();
  const slot: ProcessSlot = {
    evaluatingProcess: () => process,
    command: () => {
      throw new Error('It is no command.');
    },
    release: (warm) => {
      released.push(warm);
    },
  };
  const run = new FunctionAttempt({ session, slot, limits: {}, limit: undefined, graceTime: 10 }, process, {
    bundle: 'b',
  });
  return { process, run, released };
}

test('life is a message, an answered ping, or processor time', async () => {
  const { process, run } = await attempt();
  expect(await run.progressed()).toBe(false);
  expect(process.sent.map(({ kind }) => kind)).toEqual(['evaluate', 'ping']);
  process.say({ kind: 'pong', number: 1 });
  expect(await run.progressed()).toBe(true);
  expect(await run.progressed()).toBe(false);
  process.computed = 5;
  expect(await run.progressed()).toBe(true);
  expect(await run.progressed()).toBe(false);
  process.say({ kind: 'report', report: { step: 1, metrics: { accuracy: 1 } } });
  expect(await run.progressed()).toBe(true);
});

test('a sound process is handed back warm', async () => {
  const { process, run, released } = await attempt();
  process.say({ kind: 'returned', value: { accuracy: 0.5 } });
  expect(await run.end).toEqual({
    kind: 'outcome',
    outcome: { kind: 'scored', metrics: { accuracy: 0.5 } },
    stack: null,
  });
  process.say({ kind: 'threw', error: { name: 'Error', message: 'too late', stack: '' } });
  expect(released).toEqual([true]);
});

test('the report of a repeated step changes nothing', async () => {
  const { process, run } = await attempt();
  process.say({ kind: 'report', report: { step: 1, metrics: { accuracy: 0.25 } } });
  process.say({ kind: 'report', report: { step: 1, metrics: { accuracy: 'NaN' } } });
  process.say({ kind: 'returned', value: null });
  expect(await run.end).toMatchObject({ outcome: { kind: 'scored', metrics: { accuracy: 0.25 } } });
});

test('half a message, left by a process that was killed, is no message', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  splitter.push('{"kind":"log"}\n{"ki');
  splitter.push('nd"');
  expect(lines).toEqual(['{"kind":"log"}']);
  splitter.end();
  expect(lines).toEqual(['{"kind":"log"}', '{"kind"']);
  expect(parseJsonLine('{"kind"')).toBeUndefined();
});

test('JSON as other languages write it', () => {
  expect(parseJsonLine('{"a": NaN, "b": [-Infinity, "NaN Infinity", "\\"NaN"]}')).toEqual({
    a: 'NaN',
    b: ['-Infinity', 'NaN Infinity', '"NaN'],
  });
  expect(parseJsonLine('NaN is no line of the protocol')).toBeUndefined();
});
