import type { Command } from 'commander';
import type { VerifiedSearch } from '../../client/index.js';
import { exitCode } from '../exit-code.js';
import { printError, printJson, printLine } from '../output.js';

interface VerifyOptions {
  readonly inner?: boolean;
  readonly json?: boolean;
  readonly home?: string;
}

/** `duramen verify ID` */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('take all decisions of a search again from its journal, and compare')
    .description(
      'Takes all decisions of a search again, from its journal alone, and says whether every proposal follows and the ' +
        'trajectory hash agrees. A journal that was changed or lost a part is named with the place; the exit status is ' +
        `${exitCode.failed} then. No server needs to run, and nothing is changed.`,
    )
    .argument('<id>', 'id of the search')
    .option('--inner', 'all searches inside it too, and what was taken from them')
    .option('--json', 'as one line of JSON')
    .option('--home <folder>', 'folder of journals and artifacts (default: DURAMEN_HOME, else .duramen)')
    .addHelpText('after', '\nExamples:\n  duramen verify tune-mlp\n  duramen verify co-design --inner')
    .action(async (id: string, { inner, json, home }: VerifyOptions) => {
      const { duramenHome, JournalVerifier } = await import('../../client/index.js');
      const verification = await new JournalVerifier(home ?? duramenHome()).verify(id, {
        inner: inner === true,
      });
      const { searches, fault } = verification;
      if (json === true) printJson(verification);
      else for (const search of searches) printLine(lineOf(search));
      if (fault === null) return;
      process.exitCode = exitCode.failed;
      if (json !== true) printError(`duramen: ${fault.message}`);
    });
}

function lineOf({ search, records, trials, trajectoryHash, closed }: VerifiedSearch): string {
  const state = closed === null ? 'not closed' : closed;
  return `${search}: all ${records} records follow; ${trials} trials, ${state}, trajectory hash ${trajectoryHash}`;
}
