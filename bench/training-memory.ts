import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { trainingProcessEnvironment } from 'duramen/training';
import { compiledProgram, programFolder } from './compiled-program.js';
import { LineProcess } from './training/line-process.js';

/**
 * Memory of a process that trains for long and of one that trains many networks: two JSON lines with the resident memory
 * at ten moments each. `--steps N` (20000), `--networks N` (200).
 */
export async function run(benchArguments: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: { steps: { type: 'string', default: '20000' }, networks: { type: 'string', default: '200' } },
  });
  const folder = await programFolder();
  try {
    const source = fileURLToPath(new URL('./training/memory-process.ts', import.meta.url));
    const program = await compiledProgram(source, folder);
    for (const [kind, count] of [
      ['steps', values.steps],
      ['networks', values.networks],
    ] as const) {
      const child = new LineProcess(
        kind,
        process.execPath,
        [program, kind, count],
        trainingProcessEnvironment,
      );
      try {
        console.log(JSON.stringify(await child.answer()));
      } finally {
        await child.stop();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
