import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSearchFile, type SearchResult } from 'duramen';
import { descendants, commandLine } from '../../test/support/process-tree.js';
import { TestInstallation } from '../../test/support/test-installation.js';
import { readNotes } from './note-file.js';
import type { Note } from './note.js';
import { recoveriesOf, type Recoveries } from './recoveries.js';
import { readRemains, type Remains } from './remains.js';
import { roles, type Kill } from './victims.js';

/** Evaluations in processes at the same time. */
const places = 2;

/** Milliseconds after which an undisturbed run has failed. */
export const runLimit = 120_000;

/** A search under way, as what disturbs it sees it. */
export interface DisturbedRun {
  readonly installation: TestInstallation;
  readonly id: string;
  readonly notes: () => readonly Note[];
  /** Waits for so many milliseconds at most; whether the search has ended. */
  readonly isOver: (milliseconds: number) => Promise<boolean>;
}

/** What happens to a search on the way. */
export interface Disturbance {
  /** Milliseconds that it may add to the run. */
  readonly delay: number;
  /** Variables of the workers. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Returns when it has done all, or when the search has ended; answers its kills. */
  disturb(run: DisturbedRun): Promise<readonly Kill[]>;
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
 * Runs a search file in a home of its own, with a server, a search worker and a trainer worker, and disturbs it on the
 * way. Throws when it does not end in time.
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
    const environment = {
      ...disturbance?.environment,
      DURAMEN_NOTES: notesFile,
      DURAMEN_PASS_ENVIRONMENT: 'DURAMEN_NOTES',
    };
    await installation.start(environment, roles);
    const file = fileURLToPath(new URL(`./searches/${name}.search.ts`, import.meta.url));
    const { definition } = await loadSearchFile(file, installation.home);
    const result = within(runLimit + (disturbance?.delay ?? 0), installation.run(definition));
    const notes = (): readonly Note[] => readNotes(notesFile);
    const kills =
      (await disturbance?.disturb({
        installation,
        id: definition.name,
        notes,
        isOver: (milliseconds) => isOver(result, milliseconds),
      })) ?? [];
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
  const server = await installation.serverProcess();
  for (let attempt = 0; ; attempt += 1) {
    const left = descendants(1).filter(
      (pid) => pid !== server && commandLine(pid).includes(installation.home),
    );
    if (left.length === 0 || attempt === 20) return left.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Fails when the work takes longer. */
export async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`It did not end within ${milliseconds / 1000} s.`)),
      milliseconds,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
