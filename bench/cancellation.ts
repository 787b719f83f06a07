import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTemporalCli } from '../setup/temporal-cli.mjs';
import { random } from '../algorithms/index.js';
import { fork, RandomStream, rngFromSeed } from '../foundation/numbers/index.js';
import { float, space } from '../search-spaces/index.js';
import { TestInstallation } from '../test/support/test-installation.js';

/**
 * A training of MNIST without end. It notes when it begins to step, when it learns of the cancellation and when its
 * checkpoint is published.
 */
const evaluate = `async (parameters, trial) => {
  const { appendFileSync } = await import('node:fs');
  const { trainClassifier } = await import('duramen/training');
  const note = (what) => appendFileSync(process.env.DURAMEN_NOTES, JSON.stringify({ what, at: Date.now(), pid: process.pid }) + '\\n');
  let began = false, told = false;
  const asked = Object.create(trial, {
    signal: { value: {
      get aborted() {
        if (!began) note('stepping');
        began = true;
        if (trial.signal.aborted && !told) note('told');
        told ||= trial.signal.aborted;
        return trial.signal.aborted;
      },
      get reason() { return trial.signal.reason; },
    } },
    checkpoint: { value: {
      latest: () => trial.checkpoint.latest(),
      save: async (content, step) => {
        await trial.checkpoint.save(content, step);
        if (told) note('saved');
      },
    } },
  });
  return trainClassifier({
    dataset: 'mnist', epochs: 1000, learningRate: parameters.learningRate,
    network: () => ({ builder: 'plainConvolutional', widths: [16, 32, 64] }),
  })({}, asked);
}`;

interface Note {
  readonly what: 'stepping' | 'told' | 'saved';
  readonly at: number;
  readonly pid: number;
}

/** Milliseconds from the request to cancel until … */
interface Cancellation {
  /** … the training learns of it, at the end of the step in progress. */
  readonly told: number;
  /** … its checkpoint is published. */
  readonly saved: number;
  /** … its process has ended. */
  readonly ended: number;
  /** … the search is closed. */
  readonly closed: number;
}

/**
 * Cancels searches whose training runs, each after a random time, through the client, the server and the worker; one
 * JSON line. Answers 1 when the 95th percentile of what lies between the request and the end of the training's process,
 * without the writing of the checkpoint, is above 2 s.
 */
export async function run(arguments_: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...arguments_],
    options: {
      cancels: { type: 'string', default: '40' },
      seed: { type: 'string', default: String(Date.now()) },
    },
  });
  const cli = await findTemporalCli();
  if (cli.kind === 'missing') throw new Error(`${cli.reason}: ${cli.remedy}.`);
  console.error(`random moments of --seed ${values.seed}`);
  const installation = new TestInstallation(cli.path);
  const notes = join(installation.home, 'notes');
  const stream = new RandomStream(fork(rngFromSeed(values.seed), 'cancellation'));
  const seen: Cancellation[] = [];
  try {
    await installation.start({ DURAMEN_NOTES: notes, DURAMEN_PASS_ENVIRONMENT: 'DURAMEN_NOTES' });
    for (let number = 1; number <= Number(values.cancels); number += 1) {
      const before = notesOf(notes).length;
      const each = await cancelled(
        installation,
        notes,
        before,
        `cancel-${number}`,
        200 + stream.below(1_500),
      );
      console.error(`cancel ${number} of ${values.cancels}: ${JSON.stringify(each)}`);
      seen.push(each);
    }
  } finally {
    await installation.close();
  }
  const withoutCheckpoint = summary(seen.map(({ ended, saved, told }) => ended - (saved - told)));
  console.log(
    JSON.stringify({
      cancels: seen.length,
      toldMilliseconds: summary(seen.map(({ told }) => told)),
      checkpointMilliseconds: summary(seen.map(({ saved, told }) => saved - told)),
      endedMilliseconds: summary(seen.map(({ ended }) => ended)),
      endedWithoutCheckpointMilliseconds: withoutCheckpoint,
      closedMilliseconds: summary(seen.map(({ closed }) => closed)),
      seed: values.seed,
    }),
  );
  return withoutCheckpoint.percentile95 <= 2_000 ? 0 : 1;
}

async function cancelled(
  installation: TestInstallation,
  notes: string,
  before: number,
  name: string,
  moment: number,
): Promise<Cancellation> {
  const definition = await installation.define(
    {
      name,
      space: space({ learningRate: float(0.01, 0.1) }),
      metrics: { accuracy: 'maximize' },
      algorithm: random(),
      budget: { trials: 1 },
      seed: 3,
    },
    evaluate,
  );
  const { handle } = await installation.search(definition);
  const { pid } = await eventually(() => notesOf(notes)[before], 'training');
  await sleep(moment);
  const from = Date.now();
  const closing = handle.result().then(
    () => Date.now(),
    () => Date.now(),
  );
  await handle.cancel();
  const ended = await eventually(() => (isLiving(pid) ? undefined : Date.now()), 'end');
  const closed = await closing;
  const at = (what: Note['what']): number => {
    const note = notesOf(notes)
      .slice(before)
      .find((each) => each.what === what);
    if (note === undefined) throw new Error(`The training of ${name} was ended before it was ${what}.`);
    return note.at - from;
  };
  return { told: at('told'), saved: at('saved'), ended: ended - from, closed: closed - from };
}

function notesOf(file: string): readonly Note[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // Only the evaluate function above writes these lines, so their type is known.
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Note);
}

// A process that waits to be reaped holds no memory and no device any more.
function isLiving(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

async function eventually<T>(look: () => T | undefined, what: string): Promise<T> {
  for (let attempt = 0; attempt < 12_000; attempt += 1) {
    const found = look();
    if (found !== undefined) return found;
    await sleep(5);
  }
  throw new Error(`There was no ${what} within a minute.`);
}

function summary(values: readonly number[]): { readonly median: number; readonly percentile95: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { median: at(0.5), percentile95: at(0.95) };
}
