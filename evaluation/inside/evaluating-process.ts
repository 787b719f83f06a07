/*
 * The evaluating process: `node evaluating-process.js HOME PROJECT_ROOT`. Loads bundles from the artifact store and
 * evaluates one trial after the other. It speaks with its worker in JSON lines over descriptor 3, so that standard
 * output and error belong to the user's code. It ends when that pipe closes, as its supervisor would end it.
 */
import { Socket } from 'node:net';
import { errorText, unreachable } from '../../foundation/errors/index.js';
import { describeThrown, LineSplitter, toSendable } from '../processes/process-messages.js';
import type { FromProcess, ToProcess } from '../processes/process-messages.js';
import type { SearchModule } from '../../searches/search-files/index.js';
import { algorithmFunctions, evaluateFunction, SearchModules } from './search-modules.js';
import { ArtifactStore, FileBlobStore, isFailingDisk, isStorageProblem } from '../../storage/index.js';
import type { LoadedSetting, LoadedSettings } from '../loaded-settings.js';
import { TrialDraws } from '../trial/trial-draws.js';
import { ProcessTrial } from './process-trial.js';

const [home, projectRoot] = process.argv.slice(2);
if (home === undefined || projectRoot === undefined) {
  process.stderr.write('evaluating-process: give the home folder and the project folder.\n');
  process.exit(2);
}

const artifacts = new ArtifactStore(new FileBlobStore(home));
const modules = new SearchModules({ home, artifacts, projectRoot });
const pipe = new Socket({ fd: 3 });
let trial: ProcessTrial | null = null;
let busy = false;

let settings: LoadedSettings | undefined;

// Most trials draw nothing, and the module brings all algorithms with it.
async function loadSetting(address: string): Promise<LoadedSetting> {
  settings ??= new (await import('../loaded-settings.js')).LoadedSettings(artifacts, null);
  return settings.load(address);
}

function send(message: FromProcess): boolean {
  return pipe.write(`${JSON.stringify(message)}\n`);
}

/** The bundle of a search file is missing, damaged or out of reach. */
class NotLoaded extends Error {}

async function loadedModule(bundle: string): Promise<SearchModule> {
  try {
    return await modules.load(bundle);
  } catch (error) {
    throw isStorageProblem(error) ? new NotLoaded(errorText(error)) : error;
  }
}

async function answer(work: () => Promise<unknown>): Promise<void> {
  busy = true;
  send({ kind: 'started' });
  try {
    send({ kind: 'returned', value: toSendable(await work()) });
  } catch (error) {
    if (error instanceof NotLoaded || isFailingDisk(error))
      send({ kind: 'outage', reason: errorText(error) });
    else send({ kind: 'threw', error: describeThrown(error) });
  } finally {
    busy = false;
    trial = null;
  }
}

function receive(message: ToProcess): void {
  switch (message.kind) {
    case 'evaluate': {
      // Forgotten callbacks of an ended trial may go on reporting: no other trial takes their reports.
      const current: ProcessTrial = new ProcessTrial(
        message.trial,
        (sent) => trial === current && send(sent),
        artifacts,
        new TrialDraws(message.trial.slice, () => loadSetting(message.trial.address), artifacts),
      );
      trial = current;
      void answer(async () => {
        const evaluate = evaluateFunction(await loadedModule(message.bundle), message.function);
        return evaluate(message.trial.parameters, current);
      });
      return;
    }
    case 'ask':
      void answer(async () => {
        // Most processes are never asked, and the module brings all algorithms with it.
        const { askFunctions } = await import('../../searches/programs/index.js');
        const functions = algorithmFunctions(await modules.load(message.bundle), message.level);
        return askFunctions(functions, message.question, message.state);
      });
      return;
    case 'ping':
      send({ kind: 'pong', number: message.number });
      return;
    case 'park':
    case 'published':
    case 'refused':
      trial?.receive(message);
      return;
    default:
      unreachable(message, 'message');
  }
}

// An error outside the evaluation's promise, as in a forgotten callback, fails the trial and ends this process.
function strayError(error: unknown): void {
  process.stderr.write(`${describeThrown(error).stack}\n`);
  if (busy) send({ kind: 'threw', error: describeThrown(error) });
  pipe.end(() => process.exit(1));
}
process.on('uncaughtException', strayError);
process.on('unhandledRejection', strayError);

const lines = new LineSplitter((line) => receive(JSON.parse(line) as ToProcess));
pipe.setEncoding('utf8');
pipe.on('data', (text: string) => lines.push(text));
pipe.on('error', () => process.exit(0));
pipe.on('close', () => process.exit(0));
