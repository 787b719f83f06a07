import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, loadSearchFile, type SearchClient, type SearchDefinition } from 'duramen';
import { packageRoot } from '../../setup/folders.mjs';
import { EmbeddedServer } from '../../client/index.js';
import { readNotes } from '../kill-matrix/note-file.js';
import { readRemains } from '../kill-matrix/remains.js';
import type { Contender, CrashRun, Workload } from './contender.js';
import { KilledWorkers } from './killed-workers.js';

/** Workers of one search, each with one slot, on an embedded server of their own. */
export class Duramen implements Contender {
  readonly name = 'Duramen';

  async run(workload: Workload, moments: readonly number[]): Promise<CrashRun> {
    const home = await mkdtemp(path.join(os.tmpdir(), 'duramen-crashes-'));
    const server = new EmbeddedServer(home);
    try {
      const { address } = await server.start();
      const client = await connect({ home, address, namespace: 'default' });
      try {
        return await disturbed(home, address, client, workload, moments);
      } finally {
        await client.close();
      }
    } finally {
      await server.stop();
      await rm(home, { recursive: true, force: true });
    }
  }
}

async function disturbed(
  home: string,
  address: string,
  client: SearchClient,
  workload: Workload,
  moments: readonly number[],
): Promise<CrashRun> {
  const notes = path.join(home, 'notes');
  const environment = {
    ...process.env,
    DURAMEN_NOTES: notes,
    DURAMEN_STEPS: String(workload.steps),
    DURAMEN_STEP_SECONDS: String(workload.stepSeconds),
    DURAMEN_PASS_ENVIRONMENT: 'DURAMEN_NOTES DURAMEN_STEPS DURAMEN_STEP_SECONDS',
  };
  const script = path.join(packageRoot, 'dist', 'workers', 'main.js');
  const began = Date.now();
  const workers = new KilledWorkers(workload.workers, () =>
    spawn(
      process.execPath,
      [script, '--address', address, '--namespace', 'default', '--home', home, '--slots', '1'],
      { cwd: packageRoot, env: environment, stdio: ['ignore', 'ignore', 'inherit'] },
    ),
  );
  try {
    const definition = await definitionOf(home, workload);
    const { handle } = await client.start(definition);
    const kills = await workers.disturb(moments, () => existsSync(notes), handle.result());
    const seconds = (Date.now() - began) / 1000;
    const { trajectoryHash, trials, scored } = await handle.result();
    const remains = await readRemains(home, definition, readNotes(notes));
    const own = remains.searches.get(definition.name);
    const open = await client.list({ inner: true, open: true });
    return {
      kills,
      trials,
      complete: scored,
      zombies: (own?.open.length ?? 0) + open.length,
      repeated: remains.evaluatedAgain + (own?.toldAgain.length ?? 0),
      trajectory: trajectoryHash,
      seconds,
    };
  } finally {
    await workers.stop();
  }
}

async function definitionOf(home: string, workload: Workload): Promise<SearchDefinition> {
  const { definition } = await loadSearchFile(
    fileURLToPath(new URL('./line.search.ts', import.meta.url)),
    home,
  );
  return {
    ...definition,
    levels: definition.levels.map((level) => ({
      ...level,
      budget: { trials: workload.trials },
      concurrency: workload.workers,
    })),
  };
}
