import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { packageRoot } from '../../setup/folders.mjs';
import { compiledProgram } from '../compiled-program.js';
import { concurrency, timed, type Contender, type Run } from './contender.js';
import { withProcessorTimes } from './processor-time.js';
import { WorkerProcess } from './worker-process.js';

const taskQueue = 'bare-loop';

/** Where the loop runs. */
export interface BareLoopSetting {
  readonly client: Client;
  readonly address: string;
  readonly serverPid: number;
  /** A temporary folder from which Duramen's packages resolve. */
  readonly folder: string;
  readonly nodeOptions: readonly string[];
}

/** The plainest durable loop on Temporal: what a search costs before it is a search. */
export class BareLoop implements Contender {
  readonly name = 'bare loop';
  private runs = 0;

  private constructor(
    private readonly setting: BareLoopSetting,
    private readonly worker: WorkerProcess,
  ) {}

  static async start(setting: BareLoopSetting): Promise<BareLoop> {
    const { address, folder, nodeOptions } = setting;
    const program = await compiledProgram(beside('bare-loop-worker.ts'), folder);
    const bundle = path.join(folder, 'bare-loop-bundle.js');
    const { code } = await bundleWorkflowCode({
      workflowsPath: beside('bare-loop-workflow.ts'),
      logger: new DefaultLogger('WARN'),
    });
    await writeFile(bundle, code);
    const worker = await WorkerProcess.start(
      [...nodeOptions, program, address, taskQueue, bundle],
      packageRoot,
    );
    return new BareLoop(setting, worker);
  }

  async run(trials: number): Promise<Run> {
    const { client, serverPid } = this.setting;
    this.runs += 1;
    const workflowId = `bare-${trials}-${this.runs}`;
    const loop = (): Promise<unknown> =>
      client.workflow.execute('bareLoop', {
        workflowId,
        taskQueue: taskQueue,
        args: [trials, concurrency],
        workflowTaskTimeout: '5s',
      });
    const processes = { worker: this.worker.pid, server: serverPid };
    return { trials, ...(await withProcessorTimes(processes, () => timed(loop, this.worker.failed))) };
  }

  async stop(): Promise<void> {
    await this.worker.stop();
  }
}

function beside(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}
