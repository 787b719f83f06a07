import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { errorText } from '../../foundation/errors/index.js';
import { packageRoot } from '../../setup/folders.mjs';
import { compiledProgram, programFolder } from '../compiled-program.js';
import { failed, type Check, type Verdict, type Workshop } from './check.js';
import { checks } from './checks/index.js';
import { findUsableGpus, type Gpus } from './machine.js';
import { makePack } from './pack.js';
import { ProofResults } from './proof-results.js';

/**
 * Proves that trainings run on this machine's GPUs as on its processors: one JSON line for each thing that it shows, with
 * `passed`, `failed` or `untried`. Without a usable GPU everything runs on processors, which rehearses the proof. Lines
 * that were found before on this machine by this build are kept in `--results FILE`; `--again` finds them anew.
 * `--only A,B` names the checks, `--quick` makes them short. `--pack FOLDER` writes all that a machine without a network
 * needs, in parts of `--part-size` MiB (60). Answers 1 when a check failed.
 */
export async function run(benchArguments: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
      results: { type: 'string', default: path.join(packageRoot, '.duramen', 'gpu-proof.jsonl') },
      pack: { type: 'string' },
      'part-size': { type: 'string', default: '60' },
    },
  });
  const say = (line: string): void => console.error(line);
  if (values.pack !== undefined) {
    await makePack({ folder: values.pack, partMebibytes: readPartSize(values['part-size']), say });
    return 0;
  }
  const chosen = chosenChecks(values.only);
  const gpus = await findUsableGpus();
  say(describe(gpus));
  const results = await ProofResults.open(values.results, gpus, values.quick);
  const folder = await programFolder();
  try {
    const program = await compiledProgram(
      fileURLToPath(new URL('./proof-process.ts', import.meta.url)),
      folder,
    );
    const devices = gpus.kind === 'usable' ? gpus.devices : [];
    const workshop: Workshop = { devices, program, folder, isQuick: values.quick, say };
    let failures = 0;
    for (const check of chosen) {
      const known = values.again ? null : results.known(check.name);
      if (known === null) say(`${check.name}: ${check.shows}`);
      const line = known ?? (await results.add(check, await verdictOf(check, workshop)));
      console.log(line.text);
      if (line.status === 'failed') failures += 1;
    }
    return failures === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function verdictOf(check: Check, workshop: Workshop): Promise<Verdict> {
  try {
    return await check.run(workshop);
  } catch (error) {
    return failed(errorText(error));
  }
}

function describe(gpus: Gpus): string {
  if (gpus.kind === 'none')
    return `${gpus.reason} Until then the proof runs on processors and rehearses only.`;
  const names = gpus.devices.map(({ name, freeMegabytes }) => `${name} with ${freeMegabytes} MB free`);
  return `driver ${gpus.driver} for CUDA ${gpus.cuda}: ${names.join(', ')}`;
}

function chosenChecks(names: string | undefined): readonly Check[] {
  if (names === undefined) return checks;
  return names.split(',').map((name) => {
    const found = checks.find((check) => check.name === name);
    if (found !== undefined) return found;
    const known = checks.map((check) => check.name).join(', ');
    throw new Error(`--only takes names out of ${known}, not "${name}".`);
  });
}

function readPartSize(text: string): number {
  const size = Number(text);
  if (Number.isFinite(size) && size >= 1 && size <= 4_096) return size;
  throw new Error(`--part-size takes a number of mebibytes from 1 to 4096, not "${text}".`);
}
