import type { Command } from 'commander';
import { errorText } from '../../foundation/errors/index.js';
import { ClientError } from '../../client/errors/index.js';
import type { EnqueuedPoint } from '../../client/index.js';
import { withClient, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';

/** Any JSON; the workflow checks whether it is a point of its space. */
type AnyParameters = Extract<EnqueuedPoint, { readonly parameters: unknown }>['parameters'];

/** `duramen enqueue ID JSON` */
export function addEnqueue(program: Command): void {
  withServerOptions(program.command('enqueue'))
    .summary('give a search a point to try next')
    .description('The point takes the next index and is told to the algorithm like any other.')
    .argument('<id>', 'id of the search')
    .argument('<parameters>', "a point of the search's space as JSON")
    .addHelpText('after', `\nExample:\n  duramen enqueue tune-mlp '{"learningRate": 0.003, "units": 64}'`)
    .action(async (id: string, text: string, options: SharedOptions) => {
      const point = parsePoint(text);
      await withClient(options, async (client) => {
        const { index } = await client.handle(id).enqueue(point);
        console.log(index === null ? 'The point is the next to be tried.' : `The point is trial ${index}.`);
      });
    });
}

function parsePoint(text: string): EnqueuedPoint {
  try {
    const parameters = JSON.parse(text) as AnyParameters;
    return { parameters };
  } catch (error) {
    const reason = errorText(error);
    throw new ClientError('input', `The parameters are not JSON: ${reason}`, { cause: error });
  }
}
