import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSearchFile, type SearchResult } from 'duramen';
import type { RandomStream } from '../../foundation/numbers/index.js';
import { descendants, commandLine } from '../../test/support/process-tree.js';
import { TestInstallation } from '../../test/support/test-installation.js';
import { readNotes } from './note-file.js';
import type { Note } from './note.js';
import { recoveriesOf, type Recoveries } from './recoveries.js';
import { readRemains, type Remains } from './remains.js';
import { kill, roles, type Kill, type Victim } from './victims.js';

/** Evaluations in processes at the same time. */
const places = 2;

/** Milliseconds after which a run has failed, and what each kill adds: Temporal notices a loss seconds later. */
const runLimit = 120_000;
const killLimit = 20_000;

/** Longest wait for the next start before the next kill. */
const fullPatience = 12_000;

/** How a run is disturbed. */
export interface Disturbance {
  readonly victim: Victim;
  readonly kills: number;
  readonly random: RandomStream;
}

/** A search that came to its end. */
export interface SearchRun {
  readonly result: SearchResult;
  readonly remains: Remains;
  readonly recoveries: Recoveries;
  readonly kills: number;
  /** Workflows that still run, and processes that are left, after the search has ended and its workers were stopped. */
  readonly leftWorkflows: number;
  readonly leftProcesses: number;
  readonly seconds: number;
}

/**
 * Runs a search file in a home of its own, with a server, a search worker and a trainer worker, and kills on the way.
 * Throws when it does not end in time.
 */
export async function runSearch(
  cli: string,
  name: string,
  disturbance: Disturbance | null,
): Promise<SearchRun> {
  const installation = new TestInstallation(cli);
  const notesFile = join(installation.home, 'notes');
  const stop = (): void => {
    void installation.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const began = Date.now();
  try {
    const environment = { DURAMEN_NOTES: notesFile, DURAMEN_PASS_ENVIRONMENT: 'DURAMEN_NOTES' };
    await installation.start(environment, roles);
    const file = fileURLToPath(new URL(`./searches/${name}.search.ts`, import.meta.url));
    const { definition } = await loadSearchFile(file, installation.home);
    const limit = runLimit + killLimit * (disturbance?.kills ?? 0);
    const result = within(limit, installation.run(definition));
    const notes = (): readonly Note[] => readNotes(notesFile);
    const kills = disturbance === null ? [] : await disturb(installation, disturbance, notes, result);
    const ended = await result;
    const leftWorkflows = await countOpenWorkflows(installation);
    await installation.stopWorkers();
    return {
      result: ended,
      remains: await readRemains(installation.home, definition, notes()),
      recoveries: recoveriesOf(notes(), kills, places),
      kills: kills.length,
      leftWorkflows,
      leftProcesses: await countProcesses(installation),
      seconds: (Date.now() - began) / 1000,
    };
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await installation.close();
  }
}

/**
 * Kills at random moments until the search has ended: mostly after it went on from the kill before, sometimes sooner.
 */
async function disturb(
  installation: TestInstallation,
  { victim, kills, random }: Disturbance,
  notes: () => readonly Note[],
  result: Promise<unknown>,
): Promise<readonly Kill[]> {
  const done: Kill[] = [];
  for (let count = 0; count < kills; count += 1) {
    const patient = random.below(3) > 0;
    const wait = 300 + random.below(2_000);
    const last = done.at(-1);
    const isNext = (): boolean =>
      notes().some(({ kind, time }) => kind === 'start' && time > (last?.up ?? 0));
    const patience = last === undefined || patient ? fullPatience : 0;
    for (const end = Date.now() + patience; Date.now() < end && !isNext();) {
      if (await isOver(result, 50)) return done;
    }
    if (await isOver(result, wait)) return done;
    done.push(await within(runLimit, kill(installation, victim)));
  }
  return done;
}

async function isOver(result: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const later = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const over = result.then(
    () => true,
    () => true,
  );
  return Promise.race([over, later]).finally(() => clearTimeout(timer));
}

/** Looks several times, because the list of the server is a moment behind. */
async function countOpenWorkflows({ client }: TestInstallation): Promise<number> {
  for (let attempt = 0; ; attempt += 1) {
    const open = await client.list({ inner: true, open: true });
    if (open.length === 0 || attempt === 20) return open.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Processes of this home other than its server: their command lines name it. */
async function countProcesses(installation: TestInstallation): Promise<number> {
  const status = await installation.server.status();
  const server = status.kind === 'running' ? status.server.pid : 0;
  for (let attempt = 0; ; attempt += 1) {
    const left = descendants(1).filter(
      (pid) => pid !== server && commandLine(pid).includes(installation.home),
    );
    if (left.length === 0 || attempt === 20) return left.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`It did not end within ${milliseconds / 1000} s.`)),
      milliseconds,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
