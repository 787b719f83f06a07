import type { Command } from 'commander';
import { ClientError } from '../../client/errors/index.js';
import type { Budget } from '../../searches/definition/index.js';
import {
  amountArgument,
  countArgument,
  targetArgument,
  withClient,
  withServerOptions,
} from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { printLine } from '../output.js';

/** A budget as it is typed: the duration is text such as `12h`. */
type ExtendOptions = SharedOptions & Omit<Budget, 'duration'> & { readonly duration?: string };

/** `duramen extend ID` */
export function addExtend(program: Command): void {
  withServerOptions(program.command('extend'))
    .summary('raise the budget of a search')
    .description(
      'Raises the budget of a search, open or closed. Amounts are totals; those left out stay as they are.',
    )
    .argument('<id>', 'id of the search')
    .option('--trials <count>', 'trials in all', countArgument)
    .option('--scored <count>', 'scored trials in all', countArgument)
    .option('--cost <amount>', 'sum of declared costs', amountArgument)
    .option('--duration <time>', 'time open and not paused, such as 12h')
    .option('--target <metric=value>', 'end at the first trial that reaches it', targetArgument)
    .addHelpText(
      'after',
      '\nExamples:\n  duramen extend tune-mlp --trials 400\n  duramen extend tune-mlp --target accuracy=0.99',
    )
    .action(async (id: string, options: ExtendOptions) => {
      const { trials, scored, cost, duration, target } = options;
      const budget: Budget = {
        ...(trials === undefined ? {} : { trials }),
        ...(scored === undefined ? {} : { scored }),
        ...(cost === undefined ? {} : { cost }),
        ...(duration === undefined ? {} : { duration: await millisecondsOf(duration) }),
        ...(target === undefined ? {} : { target }),
      };
      if (Object.keys(budget).length === 0) {
        throw new ClientError(
          'input',
          'Say what to extend: --trials, --scored, --cost, --duration or --target.',
        );
      }
      await withClient(options, async (client) => {
        await client.extend(id, budget);
        printLine(`Search "${id}" goes on with the budget ${JSON.stringify(budget)}.`);
      });
    });
}

async function millisecondsOf(duration: string): Promise<number> {
  const { durationMilliseconds } = await import('../../client/index.js');
  const milliseconds = durationMilliseconds(duration);
  if (milliseconds !== null) return milliseconds;
  throw new ClientError(
    'input',
    `--duration must be a duration such as 30s, 10m, 12h or 7d, not ${JSON.stringify(duration)}.`,
  );
}
