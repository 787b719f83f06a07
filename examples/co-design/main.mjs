// Runs co-design.workflow.ts: starts a server if none runs, serves the searches, the workflow and its activities, shows
// how it gets on, and ends with the result. `npm start` prepares the checkout and starts this script; killed in the
// middle, the same command goes on.
import { execFile } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { WorkflowFailedError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { ClientError, connect, findServer } from 'duramen';
// What `duramen run` keeps its worker alive by; a job of your own can use a `duramen worker` in another terminal.
import { WorkerProcess } from '../../dist/cli/worker-process.js';
import { installDataSet } from '../../setup/data-sets.mjs';
import { packageRoot } from '../../setup/folders.mjs';
import { runAsScript, SetupProblem } from '../../setup/setup-problem.mjs';
import { activitiesOf } from './activities.mjs';
import { showProgress, summaryOf } from './display.mjs';

const workflowType = 'coDesign';
const taskQueue = 'co-design';
/** Milliseconds between two looks at server and worker. */
const lookEvery = 1_000;
/** Exit code after Ctrl-C; the job stays open. */
const detached = 130;

await runAsScript(async () => {
  const options = readOptions();
  const say = (line) => (options.json ? console.error(line) : console.log(line));
  // Signals end the job below, in order: the SDK would end its worker alone.
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  await startServer(options, say);
  const client = await connect(serverOptions(options));
  try {
    const { job, scale } = await begin(client, options, say);
    // The search files read these when the job defines its searches.
    process.env.CO_DESIGN_JOB = job;
    process.env.CO_DESIGN_SCALE = scale;
    const result = await attend({ client, job, options, say });
    if (result === null) {
      say(`Detached: "${job}" stays open. The same command goes on.`);
      return detached;
    }
    const folder = path.join(client.home, 'results');
    const [report, model] = [path.join(folder, `${job}.html`), path.join(folder, job)];
    await duramen(client, 'report', `${job}/front`, '--output', report);
    await duramen(client, 'export', `${job}/final`, '--output', model);
    if (options.json) console.log(JSON.stringify({ ...result, report, model }));
    else for (const line of summaryOf({ result, page: client.pageOf(job), report, model })) say(line);
    return result.audit.fault === null ? 0 : 1;
  } finally {
    await client.close();
  }
});

function readOptions() {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      address: { type: 'string' },
      namespace: { type: 'string' },
      slots: { type: 'string' },
      new: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { slots } = values;
  if (slots !== undefined && !/^[1-9]\d{0,3}$/.test(slots)) {
    throw new ClientError('input', `--slots must be a whole number of at least 1, not "${slots}".`);
  }
  return values;
}

function serverOptions({ home, address, namespace }) {
  return {
    ...(home === undefined ? {} : { home }),
    ...(address === undefined ? {} : { address }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

async function startServer(options, say) {
  const found = await findServer(serverOptions(options));
  if (found.kind !== 'none') return;
  const { address } = await found.server.start();
  say(`Started a Temporal server at ${address} (${found.server.home}); "duramen server stop" ends it.`);
}

/** Starts the job, or finds the one that is open or finished; answers its id and what it was started with. */
async function begin(client, options, say) {
  const { workflow } = client.temporal;
  for (let number = 1; ; number += 1) {
    const job = number === 1 ? 'co-design' : `co-design-${number}`;
    const known = await existing(client, job);
    if (known !== null && known.kind === 'other') {
      say(`"${job}" in ${client.home} is a search of its own, so the job takes another name.`);
      continue;
    }
    if (known !== null && options.new) continue;
    const started = known?.started ?? { scale: scaleOf(say), data: await dataSet(say) };
    if (known !== null && known.kind === 'job' && known.goesOn) {
      say(known.isOpen ? `"${job}" is open: going on with it.` : `"${job}" is finished already.`);
      return { job, ...started };
    }
    await workflow.start(workflowType, {
      workflowId: job,
      taskQueue,
      args: [started.data, started.scale],
      memo: started,
      workflowTaskTimeout: '5 seconds',
      staticSummary: 'accelerator, architecture and training found together',
    });
    say(known === null ? `"${job}" started.` : `"${job}" goes on where it was.`);
    return { job, ...started };
  }
}

/** What is under a name: nothing (null), a job of this kind, or another search. */
async function existing(client, job) {
  try {
    const { type, status, memo } = await client.temporal.workflow.getHandle(job).describe();
    if (type !== workflowType) return { kind: 'other' };
    const isOpen = status.name === 'RUNNING' || status.name === 'PAUSED';
    const goesOn = isOpen || status.name === 'COMPLETED';
    return { kind: 'job', isOpen, goesOn, started: { scale: memo?.scale, data: memo?.data } };
  } catch (error) {
    if (error?.name !== 'WorkflowNotFoundError') throw error;
  }
  // A server that forgot a search, or was removed, leaves its journal.
  return (await client
    .handle(job)
    .journal()
    .then(
      () => true,
      () => false,
    ))
    ? { kind: 'other' }
    : null;
}

function scaleOf(say) {
  const asked = process.env.CO_DESIGN_SCALE;
  if (asked !== undefined) {
    if (['full', 'small', 'short'].includes(asked)) return asked;
    throw new ClientError('input', `CO_DESIGN_SCALE must be full, small or short, not "${asked}".`);
  }
  const gigabytes = totalmem() / 2 ** 30;
  if (availableParallelism() > 1 && gigabytes >= 3.5) return 'full';
  const reason = availableParallelism() > 1 ? `${gigabytes.toFixed(1)} GB of memory` : 'one processor';
  say(`This machine has ${reason}: the job is smaller, some half of its size.`);
  return 'small';
}

/** Fashion-MNIST where it can be fetched. */
async function dataSet(say) {
  try {
    await installDataSet('fashion-mnist', { say: (line) => say(`duramen: ${line}`) });
    return 'fashion-mnist';
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    say(`MNIST takes the place of Fashion-MNIST: ${error.message}`);
    return 'mnist';
  }
}

/** Serves and shows the job until it ends; null when the user leaves it. */
async function attend({ client, job, options, say }) {
  const { workflow } = client.temporal;
  const handle = workflow.getHandle(job);
  const description = await handle.describe();
  if (description.status.name === 'COMPLETED') return handle.result();
  const searches = new WorkerProcess(
    {
      home: client.home,
      projectRoot: packageRoot,
      address: client.address,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(options.slots === undefined ? {} : { slots: Number(options.slots) }),
    },
    say,
  );
  const leaving = new AbortController();
  const onSignal = () => {
    if (leaving.signal.aborted) {
      searches.kill();
      process.exit(detached);
    }
    say('Detaching: trainings write a checkpoint (a second Ctrl-C ends at once).');
    leaving.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  await searches.start();
  const connection = await NativeConnection.connect({ address: client.address });
  const worker = await Worker.create({
    connection,
    namespace: client.temporal.options.namespace,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./co-design.workflow.ts', import.meta.url)),
    activities: activitiesOf({ client, job, workerProcess: () => searches.pid }),
  });
  const ended = new AbortController();
  const signal = AbortSignal.any([leaving.signal, ended.signal]);
  const shown = showProgress({ client, job, startedAt: description.startTime.getTime(), signal, say });
  try {
    return await worker.runUntil(async () => {
      const left = new Promise((resolve) => {
        leaving.signal.addEventListener('abort', () => resolve(null));
      });
      return Promise.race([
        resultOf(handle, signal),
        left,
        tend(searches, { ...options, home: client.home }, say, signal),
      ]);
    });
  } catch (error) {
    throw new ClientError('stopped', `"${job}" stopped: ${innermost(error)}`, { cause: error });
  } finally {
    ended.abort();
    await shown;
    await searches.stop();
    await connection.close();
  }
}

/** Starts an embedded server again that has ended; fails once the worker of the searches cannot be kept alive. */
async function tend(searches, options, say, signal) {
  while (!signal.aborted) {
    if (searches.failure !== null) throw searches.failure;
    const found = await findServer(serverOptions(options));
    if (found.kind === 'none') {
      say('The server ended; it is started again.');
      await found.server.start();
    }
    await delay(lookEvery, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

/** The result of the job, also while its server is started again. */
async function resultOf(handle, signal) {
  for (;;) {
    try {
      return await handle.result();
    } catch (error) {
      if (error instanceof WorkflowFailedError || signal.aborted) throw error;
      await delay(lookEvery, undefined, { signal }).catch(() => undefined);
    }
  }
}

function innermost(error) {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause.message : String(cause);
}

/** Runs a command of `duramen` for what it writes. */
async function duramen(client, ...words) {
  try {
    await promisify(execFile)(
      process.execPath,
      [path.join(packageRoot, 'dist', 'cli', 'main.js'), ...words, '--home', client.home],
      { cwd: packageRoot },
    );
  } catch (error) {
    throw new ClientError('stopped', String(error.stderr ?? error).trim(), { cause: error });
  }
}
