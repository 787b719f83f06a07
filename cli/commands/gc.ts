import type { Command } from 'commander';
import { printJson, printLine } from '../output.js';

interface GcOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly home?: string;
}

/** `duramen gc` */
export function addGc(program: Command): void {
  program
    .command('gc')
    .summary('remove what lost attempts and killed processes left in the home')
    .description(
      'Removes from the home what nothing reads any more: work folders of attempts that have ended or were superseded, ' +
        'trials that were set aside, checkpoints that were being removed, files that were being written. Journals, ' +
        'results, artifacts and checkpoints stay. Searches may run meanwhile, and no server needs to run.',
    )
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'as one line of JSON')
    .option('--home <folder>', 'folder of journals and artifacts (default: DURAMEN_HOME, else .duramen)')
    .addHelpText('after', '\nExamples:\n  duramen gc --dry-run\n  duramen gc')
    .action(async ({ dryRun, json, home }: GcOptions) => {
      const { collectGarbage, duramenHome } = await import('../../client/index.js');
      const collected = await collectGarbage(home ?? duramenHome(), { dryRun: dryRun === true });
      if (json === true) {
        printJson(collected);
        return;
      }
      for (const { path, what, bytes } of collected.garbage)
        printLine(`${path}  ${what}, ${megabytes(bytes)}`);
      const { length } = collected.garbage;
      printLine(`${length} ${collected.removed ? 'removed' : 'to remove'}, ${megabytes(collected.bytes)}`);
    });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
