import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';

import { isBuilt } from '../setup/build.mjs';
import { findTemporalCli } from '../setup/temporal-cli.mjs';
import { searchAttributeKeys } from '../workflows/messages/search-attributes.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Host and port of the Temporal server of this test run. */
    temporalAddress: string;
    /** The prebuilt workflow bundle, for `workflowBundle: { codePath }` of a worker. */
    workflowBundlePath: string;
    /** The Temporal CLI, for tests that start and kill a server of their own. */
    temporalCliPath: string;
  }
}

const root = fileURLToPath(new URL('..', import.meta.url));
const workflowBundlePath = path.join(root, 'dist', 'workflow-bundle.js');

// Rooms whose tests need neither a server nor a build; a run of these alone starts at once.
const roomsWithoutServer = [
  'activities',
  'algorithms',
  'bench',
  'evaluation',
  'foundation',
  'golden',
  'hardware',
  'networks',
  'search-spaces',
  'searches',
  'setup',
  'storage',
  'testing',
  'training',
];

/** The flags under which the embedded server runs too (specs/temporal.md explains each). */
const serverFlags = [
  ['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'],
  ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
  ['--dynamic-config-value', 'history.timerProcessorMaxPollRPS=1000'],
  ['--dynamic-config-value', 'history.visibilityProcessorMaxPollRPS=1000'],
  ['--dynamic-config-value', 'history.workflowIdReuseMinimalInterval="0s"'],
].flat();

/** Starts one Temporal server for the whole run, unless only tests that need none were asked for. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!(await needsServer(project))) return undefined;

  const cli = await findTemporalCli();
  if (cli.kind === 'missing') {
    throw new Error(`The tests need the Temporal CLI, but ${cli.reason}: ${cli.remedy}.`);
  }
  if (!existsSync(workflowBundlePath)) {
    throw new Error(
      `The tests need ${workflowBundlePath}: run "npm run build" first, or "npm test", which does.`,
    );
  }
  if (!isBuilt(root)) {
    console.warn(
      'dist/ is older than the sources: "npm run build" renews the workflow bundle that the tests run.',
    );
  }

  Runtime.install({ logger: new DefaultLogger('WARN') });
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: cli.path },
      ui: false,
      extraArgs: [...serverFlags, ...namespaceFlags(), '--log-level', 'error'],
      searchAttributes: Object.values(searchAttributeKeys),
    },
  });
  project.provide('temporalAddress', environment.address);
  project.provide('workflowBundlePath', workflowBundlePath);
  project.provide('temporalCliPath', cli.path);
  return () => environment.teardown();
}

// The task queues of Duramen have fixed names, so test files that run at the same time each have a namespace.
function namespaceFlags(): readonly string[] {
  return readdirSync(path.join(root, 'test', 'workflows'))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.test.ts'.length))
    .flatMap((name) => ['--namespace', name, '--namespace', `${name}-slots`]);
}

async function needsServer(project: TestProject): Promise<boolean> {
  const { testFiles } = await project.globTestFiles(fileFilters(project.vitest));
  return testFiles.some((file) => {
    const [room] = path.relative(path.join(root, 'test'), file).split(path.sep);
    return room !== undefined && !roomsWithoutServer.includes(room);
  });
}

// The file names given on the command line. Vitest does not publish them: without them every file counts.
function fileFilters(vitest: object): string[] {
  const filters: unknown = 'filenamePattern' in vitest ? vitest.filenamePattern : undefined;
  return Array.isArray(filters) ? filters.filter((filter) => typeof filter === 'string') : [];
}
