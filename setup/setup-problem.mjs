import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Something that the user has to put right before the set-up can go on; the message is one whole sentence. */
export class SetupProblem extends Error {
  name = 'SetupProblem';
}

/** True when the module at `moduleUrl` is the script that Node was started with. */
export function isMainModule(moduleUrl) {
  const script = process.argv[1];
  return script !== undefined && realpathSync(script) === realpathSync(fileURLToPath(moduleUrl));
}

/**
 * Runs a script's main function, whose result is the exit code. Prints a failure as one sentence, and its stack trace
 * only with `DURAMEN_DEBUG` set.
 */
export async function runAsScript(main) {
  try {
    const code = await main();
    process.exitCode = code ?? 0;
  } catch (error) {
    const showsStack = process.env.DURAMEN_DEBUG !== undefined && process.env.DURAMEN_DEBUG !== '';
    const message = error instanceof Error ? error.message : String(error);
    console.error(`duramen: ${message}`);
    if (showsStack && error instanceof Error) console.error(error.stack);
    process.exitCode = 1;
  }
}
