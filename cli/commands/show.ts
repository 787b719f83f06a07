import type { Command } from 'commander';
import { ClientError } from '../../client/errors/index.js';
import type { SearchClient } from '../../client/index.js';
import type { RetrainingProgress } from '../../searches/retraining/index.js';
import { exitCode } from '../exit-code.js';
import { learnedText } from '../learned-text.js';
import { formatDuration, formatNumber } from '../number-format.js';
import { retrainingReport } from '../retraining-report.js';
import { watchSearch } from '../search-watch.js';
import { withClient, withReading, withServerOptions } from '../shared-options.js';
import type { SearchReading, SharedOptions } from '../shared-options.js';
import { textTable } from '../text-table.js';
import { printJson, printLine } from '../output.js';

interface ShowOptions extends SharedOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `duramen show ID` */
export function addShow(program: Command): void {
  withServerOptions(program.command('show'))
    .summary('show where a search stands')
    .description('Shows phase, progress and best value of a search, from its journal when it is closed.')
    .argument('<id>', 'id of the search, such as co-design or co-design/3/architecture')
    .option('--watch', 'show progress until the search ends')
    .option('--json', 'as one line of JSON')
    .addHelpText('after', '\nExamples:\n  duramen show tune-mlp\n  duramen show tune-mlp --watch')
    .action(async (id: string, options: ShowOptions) => {
      if (options.watch === true) {
        await withClient(options, async (client) => {
          process.exitCode = await watch(client, id);
        });
        return;
      }
      await withReading(options, id, (search, client) =>
        show(search, id, client?.pageOf(id) ?? null, options.json === true),
      );
    });
}

async function show(search: SearchReading, id: string, page: string | null, json: boolean): Promise<void> {
  const progress = await search.progress();
  const retrained = progress.phase === 'finished' ? (await search.journal()).retraining : null;
  if (json) {
    printJson(retrained === null ? progress : { ...progress, retrained });
    return;
  }
  // A worker of an older build does not know this query.
  const learned = await search.learned().catch((error: unknown) => {
    if (error instanceof ClientError) return null;
    throw error;
  });
  const { outcomes, trials, trialsBudget, best } = progress;
  const counts = Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  const rows = [
    ['search', id],
    ['level', progress.level],
    ['phase', progress.phase],
    ...(progress.message === null ? [] : [['message', progress.message]]),
    [
      'trials',
      `${trials}${trialsBudget === null ? '' : ` of ${trialsBudget}`}${counts.length === 0 ? '' : ` (${counts.join(', ')})`}`,
    ],
    ['running', progress.running.length === 0 ? 'nothing' : `trials ${progress.running.join(', ')}`],
    ...(progress.retraining === undefined ? [] : [['retraining', retrainingText(progress.retraining)]]),
    ['best', best === null ? 'nothing scored yet' : `${progress.bestMetric} ${formatNumber(best)}`],
    ['concurrency', `${progress.concurrency} (window ${progress.window})`],
    ...(progress.activeMilliseconds === 0
      ? []
      : [['active for', formatDuration(progress.activeMilliseconds)]]),
    ['trajectory', progress.trajectoryHash],
    ...(page === null ? [] : [['page', page]]),
  ];
  printLine(textTable(rows));
  if (learned !== null) printLine(`\n${learnedText(learned)}`);
  if (retrained !== null) printLine(retrainingReport(retrained));
}

function retrainingText({ candidates, repetitions }: RetrainingProgress): string {
  if (candidates === null) return 'the candidates are being derived';
  const finished = repetitions.filter(({ state }) => state === 'finished').length;
  const running = repetitions.flatMap(({ search, state }) => (state === 'running' ? [search] : []));
  const inside = running.length === 0 ? '' : `, in ${running.join(', ')}`;
  return `${candidates} candidates, ${finished} of ${repetitions.length} repetitions finished${inside}`;
}

async function watch(client: SearchClient, id: string): Promise<number> {
  const nested = (await client.list({ inner: true, below: id })).length > 0;
  const { progressDisplay } = await import('../progress-display.js');
  const display = progressDisplay(process.stdout);
  const leaving = new AbortController();
  const onSignal = (): void => {
    leaving.abort();
  };
  process.once('SIGINT', onSignal);
  try {
    const closed = await watchSearch({ client, id, display, signal: leaving.signal, nested });
    return closed ? exitCode.ok : exitCode.detached;
  } finally {
    display.stop();
    process.off('SIGINT', onSignal);
  }
}
