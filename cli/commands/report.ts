import { resolve } from 'node:path';
import type { Command } from 'commander';
import { printLine } from '../output.js';

interface ReportOptions {
  readonly output?: string;
  readonly verify?: boolean;
  readonly compare?: readonly string[];
  readonly home?: string;
}

/** `duramen report ID` */
export function addReport(program: Command): void {
  program
    .command('report')
    .summary('write a page with plots and tables about a search')
    .description(
      'Writes one HTML file about a search and the searches inside it: the trade-off of its metrics, the trials, the ' +
        'best network, everything that failed. It is made from journals alone, so no server needs to run, and opens ' +
        'without a network.',
    )
    .argument('<id>', 'id of the search; that of an inner search reports on it alone')
    .option('--output <file>', 'file to write (default: report-ID.html)')
    .option('--verify', 'take all decisions again, and say on the page whether they follow')
    .option('--compare <id...>', 'other searches to draw beside it')
    .option('--home <folder>', 'folder of journals and artifacts (default: DURAMEN_HOME, else .duramen)')
    .addHelpText(
      'after',
      '\nExamples:\n  duramen report tune-mlp\n  duramen report co-design --output report.html\n  duramen report tune-mlp --verify --compare tune-mlp-2',
    )
    .action(async (id: string, { output, home, verify, compare }: ReportOptions) => {
      const file = resolve(output ?? `report-${id.replaceAll('/', '-')}.html`);
      const { duramenHome, JournalReader } = await import('../../client/index.js');
      const { reportPage, writeReport } = await import('../reports/report-page.js');
      const page = await reportPage(new JournalReader(home ?? duramenHome()), id, {
        verify: verify === true,
        compare: compare ?? [],
      });
      await writeReport(file, page);
      printLine(file);
    });
}
