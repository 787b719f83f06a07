import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { errorText } from '../foundation/errors/index.js';
import { printableText } from '../foundation/text/index.js';
import { duramenHome } from '../storage/index.js';
import { gpuDevices } from '../evaluation/processes/index.js';
import type { ServedQueue } from './evaluation-queues.js';
import { SearchWorker } from './search-worker.js';

/** What a worker that has ended gets to close its connections. */
const lastMilliseconds = 5000;

function print(message: string): void {
  console.error(printableText(message));
}

/**
 * A worker as a process: `node main.js --address HOST:PORT --home DIR --slots N --queues search,cpu`. Prints `ready`
 * on standard output when it polls; SIGTERM and SIGINT let evaluations park and end it. The connection's TLS and API
 * key come from the environment or profile of the Temporal CLI.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      address: { type: 'string' },
      namespace: { type: 'string' },
      home: { type: 'string' },
      'project-root': { type: 'string' },
      slots: { type: 'string' },
      queues: { type: 'string' },
    },
  });
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message }) => print(`${level}: ${message}`)),
  });
  const configured = loadClientConnectConfig();
  const connection = await NativeConnection.connect({
    ...configured.connectionOptions,
    ...(values.address === undefined ? {} : { address: values.address }),
  });
  const { queues, extraQueues } = readQueues(values.queues ?? (await ownQueues()));
  const worker = await SearchWorker.create({
    connection,
    namespace: values.namespace ?? configured.namespace ?? 'default',
    home: values.home ?? duramenHome(),
    projectRoot: values['project-root'] ?? process.cwd(),
    queues,
    extraQueues,
    slots: readSlots(values.slots),
    warn: print,
  });
  // Left to Node, a promise that one light function forgot would end the worker, and with it the trials of all searches.
  process.on('unhandledRejection', (reason) =>
    print(
      `A rejected promise that nobody awaits, probably of a light evaluate function: ${errorText(reason)}`,
    ),
  );
  const running = worker.run();
  // A parent that starts this worker with a channel wants it to end, parked, when the parent is gone.
  process.once('disconnect', () => worker.shutdown());
  // Listening keeps the channel, and with it this process, alive: only the worker itself may do that.
  process.channel?.unref();
  console.log('ready');
  try {
    await running;
  } finally {
    await connection.close();
  }
}

/** The queues that this machine serves when `--queues` is absent. */
async function ownQueues(): Promise<string> {
  return (await gpuDevices()).length > 0 ? 'search,cpu,gpu' : 'search,cpu';
}

function readQueues(text: string): {
  readonly queues: readonly ServedQueue[];
  readonly extraQueues: readonly string[];
} {
  const names = text.split(',').filter((name) => name !== '');
  const isServed = (name: string): name is ServedQueue =>
    name === 'search' || name === 'cpu' || name === 'gpu';
  return { queues: names.filter(isServed), extraQueues: names.filter((name) => !isServed(name)) };
}

function readSlots(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  const slots = Number(text);
  if (!Number.isSafeInteger(slots) || slots < 1) {
    throw new Error(`--slots must be a whole number above 0, not "${text}".`);
  }
  return slots;
}

try {
  await main();
} catch (error) {
  print(`The worker ended: ${errorText(error)}`);
  process.exitCode = 1;
}
// Native parts of a worker that failed may keep the process alive, and a supervisor waits for its end.
setTimeout(() => process.exit(), lastMilliseconds).unref();
