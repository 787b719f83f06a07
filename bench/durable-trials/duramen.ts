import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSearchFile, type SearchClient, type SearchDefinition } from 'duramen';
import { packageRoot } from '../../setup/folders.mjs';
import { concurrency, timed, type Contender, type Run } from './contender.js';
import { withProcessorTimes } from './processor-time.js';
import { WorkerProcess } from './worker-process.js';

/** Where the searches run. */
export interface DuramenSetting {
  readonly client: SearchClient;
  readonly address: string;
  readonly serverPid: number;
  readonly home: string;
  /** Options of Node for the worker, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
}

/** Duramen as users run it: its own worker process, a search of a search file, started and awaited by a client. */
export class Duramen implements Contender {
  readonly name = 'duramen';
  private runs = 0;

  private constructor(
    private readonly setting: DuramenSetting,
    private readonly definition: SearchDefinition,
    private readonly worker: WorkerProcess,
  ) {}

  static async start(setting: DuramenSetting): Promise<Duramen> {
    const { address, home, nodeOptions } = setting;
    const file = fileURLToPath(new URL('./null-search.ts', import.meta.url));
    const { definition } = await loadSearchFile(file, home);
    const program = path.join(packageRoot, 'dist', 'workers', 'main.js');
    const options = ['--address', address, '--namespace', 'default', '--home', home, '--queues', 'search'];
    const worker = await WorkerProcess.start([...nodeOptions, program, ...options], packageRoot);
    return new Duramen(setting, definition, worker);
  }

  async run(trials: number): Promise<Run> {
    const { client, serverPid } = this.setting;
    this.runs += 1;
    const definition: SearchDefinition = {
      ...this.definition,
      name: `null-${trials}-${this.runs}`,
      levels: this.definition.levels.map((level) => ({
        ...level,
        budget: { trials },
        concurrency: concurrency,
      })),
    };
    const search = async (): Promise<void> => {
      const { handle } = await client.start(definition);
      const result = await handle.result();
      if (result.trials !== trials || result.scored !== trials) {
        throw new Error(`Duramen scored ${result.scored} of ${trials} trials.`);
      }
    };
    const processes = { worker: this.worker.pid, server: serverPid };
    return { trials, ...(await withProcessorTimes(processes, () => timed(search, this.worker.failed))) };
  }

  async stop(): Promise<void> {
    await this.worker.stop();
  }
}
