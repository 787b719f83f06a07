import { dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { setupCommand } from '#setup/folders.mjs';
import { findTensorflow } from '#setup/tensorflow.mjs';
import { ClientError } from '../../client/errors/index.js';
import type { EmbeddedServer, LoadedSearchFile, SearchClient, StartedHandle } from '../../client/index.js';
import { resultReport } from '../best-report.js';
import { exitCode } from '../exit-code.js';
import { watchSearch } from '../search-watch.js';
import { countArgument, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { WorkerProcess } from '../worker-process.js';
import type { WorkerProcessOptions } from '../worker-process.js';
import { printJson, writeLine } from '../output.js';

interface RunOptions extends SharedOptions {
  readonly new?: boolean;
  readonly keep?: boolean;
  readonly adopt?: boolean;
  readonly detach?: boolean;
  readonly slots?: number;
  readonly json?: boolean;
}

/** `duramen run FILE` */
export function addRun(program: Command): void {
  withServerOptions(program.command('run'))
    .summary('start a search from a search file, or go on with it')
    .description(
      'Starts the search that FILE exports, or goes on with the one of the same name: attaches to it while it is open, ' +
        'resumes it when it was cancelled, shows its result when it is finished, extends it when the file has a larger budget.',
    )
    .argument('<file>', 'search file, such as tune.search.ts')
    .option('--new', 'start a search of its own (name-2, name-3, …)')
    .option('--keep', 'go on with the code that the search was started with')
    .option('--adopt', 'go on with the changed code, or another retraining, from the next trial on')
    .option('--detach', 'start the search and leave; "duramen worker" evaluates it')
    .option(
      '--slots <count>',
      'evaluations at the same time on this machine (default: one per processor)',
      countArgument,
    )
    .option('--json', 'print the result as one line of JSON, and all else on standard error')
    .addHelpText(
      'after',
      `
Ctrl-C detaches: trainings write a checkpoint and the search stays open. A second Ctrl-C ends at once.

Examples:
  duramen run tune.search.ts
  duramen run tune.search.ts --slots 8
  duramen run tune.search.ts --json | jq .best.parameters`,
    )
    .action(async (file: string, options: RunOptions) => {
      process.exitCode = await run(file, options);
    });
}

async function run(file: string, options: RunOptions): Promise<number> {
  const human = options.json === true ? process.stderr : process.stdout;
  const say = (line: string): void => void writeLine(human, line);
  const { connect, duramenHome, loadSearchFile } = await import('../../client/index.js');
  const home = options.home ?? duramenHome();
  // First, because bad input should not leave a server behind.
  const { definition, search } = await loadSearchFile(file, home);
  if (options.detach !== true) await checkTensorflow(search);
  const embedded = await embeddedServer({ ...options, home }, say);
  const client = await connect({ ...options, home });
  const worker = await workerOf({ ...options, home, file, definition, embedded, say });
  try {
    const started = await client.start(definition, {
      ...options,
      ...(options.detach === true ? {} : { beforeMessage: () => worker.serve() }),
    });
    const { id } = started.handle;
    say(startedText(started));
    const page = client.pageOf(id);
    if (page !== null) say(`Temporal UI: ${page}`);
    if (options.detach === true && started.action !== 'finished') {
      say(`The search is open; "duramen worker" evaluates it and "duramen show ${id} --watch" shows it.`);
      return exitCode.ok;
    }
    if (started.action !== 'finished') {
      const nested = definition.levels.length > 1;
      if (!(await attend(client, id, { nested, embedded, human, worker }))) {
        say(
          `Detached: search "${id}" stays open. Go on with "duramen run ${file}", or end it with "duramen cancel ${id}".`,
        );
        return exitCode.detached;
      }
    }
    const result = await started.handle.result();
    if (options.json === true) printJson(result);
    else say(resultReport(result));
    return exitCode.ok;
  } finally {
    await worker.stop();
    await client.close();
  }
}

/** Refuses a search that trains networks on this machine, where TensorFlow is not set up. */
async function checkTensorflow({ functions }: LoadedSearchFile['search']): Promise<void> {
  const trains = [functions.evaluate, functions.retraining].some(
    (evaluate) => evaluate !== undefined && 'needs' in evaluate && evaluate.needs === 'tensorflow',
  );
  if (!trains) return;
  const { binding } = await findTensorflow();
  if (binding === undefined) return;
  throw new ClientError(
    'input',
    `The search trains networks, for which TensorFlow is not set up on this machine (${binding}): run "${setupCommand('tensorflow')}".`,
  );
}

/** The worker of a run: started once, before the first message to the search at the latest. */
class OwnWorker {
  private isStarted = false;
  private readonly process: WorkerProcess;

  constructor(
    options: WorkerProcessOptions,
    /** What to do with a sentence about the worker. */
    private say: (line: string) => void,
  ) {
    this.process = new WorkerProcess(options, (line) => this.say(line));
  }

  get failure(): ClientError | null {
    return this.process.failure;
  }

  /** From now on another one hears of the worker. */
  tell(say: (line: string) => void): void {
    this.say = say;
  }

  async serve(): Promise<void> {
    if (this.isStarted) return;
    this.isStarted = true;
    await this.process.start();
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }

  kill(): void {
    this.process.kill();
  }
}

interface WorkerSettings extends SharedOptions {
  readonly home: string;
  readonly file: string;
  readonly definition: LoadedSearchFile['definition'];
  readonly slots?: number;
  readonly embedded: EmbeddedServer | null;
  readonly say: (line: string) => void;
}

async function workerOf({
  home,
  file,
  definition,
  embedded,
  say,
  ...options
}: WorkerSettings): Promise<OwnWorker> {
  const { namespace, slots } = options;
  const address = options.address ?? (embedded === null ? undefined : (await embedded.start()).address);
  const { levels, retraining } = definition;
  const gpu = [...levels, ...(retraining === undefined ? [] : [retraining])].some(
    ({ resources }) => resources.gpu > 0,
  );
  return new OwnWorker(
    {
      home,
      projectRoot: projectRootOf(file),
      ...(address === undefined ? {} : { address }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(slots === undefined ? {} : { slots }),
      // The embedded server may have no other worker: without a GPU this one warns and uses processors.
      ...(gpu && embedded !== null ? { queues: 'search,cpu,gpu' } : {}),
    },
    say,
  );
}

interface Attendance {
  readonly nested: boolean;
  readonly embedded: EmbeddedServer | null;
  readonly human: NodeJS.WriteStream;
  readonly worker: OwnWorker;
}

/** Evaluates and shows the search until it is closed (true) or the user detaches (false). */
async function attend(
  client: SearchClient,
  id: string,
  { nested, embedded, human, worker }: Attendance,
): Promise<boolean> {
  const { progressDisplay } = await import('../progress-display.js');
  const display = progressDisplay(human);
  worker.tell((line) => display.say(line));
  const detaching = new AbortController();
  const onSignal = (): void => {
    if (detaching.signal.aborted) {
      worker.kill();
      process.exit(exitCode.detached);
    }
    detaching.abort();
    display.say('Detaching: trainings write a checkpoint (a second Ctrl-C ends at once).');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    await worker.serve();
    const tend = async (): Promise<void> => {
      if (worker.failure !== null) throw worker.failure;
      if (embedded !== null && (await embedded.status()).kind === 'stopped') {
        display.say('The server ended; it is started again.');
        await embedded.start();
      }
    };
    return await watchSearch({
      client,
      id,
      display,
      signal: detaching.signal,
      nested,
      tend,
    });
  } finally {
    display.stop();
    await worker.stop();
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** The embedded server, started if need be; null when another server is configured. */
async function embeddedServer(
  options: SharedOptions,
  say: (line: string) => void,
): Promise<EmbeddedServer | null> {
  const { findServer } = await import('../../client/index.js');
  const found = await findServer(options);
  switch (found.kind) {
    case 'configured':
      return null;
    case 'embedded':
      return found.server;
    case 'none': {
      const server = await found.server.start();
      say(
        `Started a Temporal server at ${server.address} (${found.server.home}); "duramen server stop" ends it.`,
      );
      return found.server;
    }
    default: {
      const never: never = found;
      return never;
    }
  }
}

/** Commands run where the user is, unless the file is part of another project. */
function projectRootOf(file: string): string {
  return relative(process.cwd(), resolve(file)).startsWith('..') ? dirname(resolve(file)) : process.cwd();
}

function startedText({ handle: { id }, action }: StartedHandle): string {
  switch (action) {
    case 'started':
      return `Search "${id}" started.`;
    case 'attached':
      return `Search "${id}" is open; attached to it.`;
    case 'extended':
      return `Search "${id}" goes on with its larger budget.`;
    case 'resumed':
      return `Search "${id}" goes on where it was.`;
    case 'finished':
      return `Search "${id}" is finished already.`;
    default: {
      const never: never = action;
      return never;
    }
  }
}
