import { Command, CommanderError } from 'commander';
import { errorText } from '../foundation/errors/index.js';
import { addBest } from './commands/best.js';
import { addData } from './commands/data.js';
import { addDoctor } from './commands/doctor.js';
import { addExport } from './commands/export.js';
import { addGc } from './commands/gc.js';
import { addLibrary } from './commands/library.js';
import { addList } from './commands/list.js';
import { addReport } from './commands/report.js';
import { addRun } from './commands/run.js';
import { addServer } from './commands/server.js';
import { addSetup } from './commands/setup.js';
import { addShow } from './commands/show.js';
import { addSteering } from './commands/steering.js';
import { addLogs, addTrial } from './commands/trial.js';
import { addTrials } from './commands/trials.js';
import { addUi } from './commands/ui.js';
import { addVerify } from './commands/verify.js';
import { addWorker } from './commands/worker.js';
import { version } from '../foundation/index.js';
import { exitCodeOf } from './exit-code.js';
import { printError } from './output.js';

/** Adds the commands, in the order of the help. */
const additions = [
  addRun,
  addList,
  addShow,
  addBest,
  addTrials,
  addTrial,
  addLogs,
  addReport,
  addUi,
  addExport,
  addVerify,
  addGc,
  addLibrary,
  addSteering,
  addWorker,
  addServer,
  addSetup,
  addData,
  addDoctor,
];

/** Parses the arguments and runs the command; sets the exit status. Errors are one sentence on standard error. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  // The option may stand anywhere, so that a user can append it to a command that has just failed.
  const trace = args.includes('--stack-trace');
  try {
    await commandLine().parseAsync(
      args.filter((argument) => argument !== '--stack-trace'),
      { from: 'user' },
    );
  } catch (error) {
    process.exitCode = await exitCodeOf(error);
    // Commander has written its own message.
    if (error instanceof CommanderError) return;
    printError(trace ? traceOf(error) : sentenceOf(error));
  }
}

/** The `duramen` command with all its subcommands. */
export function commandLine(): Command {
  const program = new Command('duramen')
    .description('Durable, nested AutoML searches on Temporal.')
    .version(version, '--version', 'print the version')
    .showSuggestionAfterError(true)
    // Commander repeats arguments in its errors.
    .configureOutput({ writeErr: (text) => printError(text.trimEnd()) })
    .addHelpText(
      'after',
      `
With any command, --stack-trace shows where an error came from.

Exit status: 0 done, 1 the search stopped or something failed, 2 bad usage or input, 3 no server or worker answers,
4 the search was cancelled, 130 detached by Ctrl-C.

Examples:
  duramen run examples/branin.search.ts
  duramen show branin --watch
  duramen best branin --json`,
    );
  for (const add of additions) add(program);
  refuseByThrowing(program);
  return program;
}

/** Makes a command and those below it throw instead of ending the process. */
function refuseByThrowing(command: Command): void {
  command.exitOverride();
  for (const subcommand of command.commands) refuseByThrowing(subcommand);
}

function sentenceOf(error: unknown): string {
  const message = errorText(error);
  return `duramen: ${message.split('\n')[0] ?? message}`;
}

/** The stack of an error and of its causes. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${traceOf(error.cause)}`;
}
