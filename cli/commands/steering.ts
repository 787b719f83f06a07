import type { Command } from 'commander';
import { ClientError } from '../../client/errors/index.js';
import type { EnqueuedPoint, SearchClient } from '../../client/index.js';
import { errorText } from '../../foundation/errors/index.js';
import { countArgument, indexArgument, withClient, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { addExtend } from './extend.js';
import { printLine } from '../output.js';

/** A command that sends one message to a search, `duramen NAME ID`. */
interface SteeringCommand {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** Arguments of the example in the help. */
  readonly example: string;
  /** Sends the message; answers the sentence to print. */
  readonly send: (client: SearchClient, id: string) => Promise<string>;
}

/** A command whose message carries a value, `duramen NAME ID VALUE`. */
interface ValueCommand<Value> extends Omit<SteeringCommand, 'send'> {
  readonly value: {
    readonly name: string;
    readonly description: string;
    readonly parse: (text: string) => Value;
  };
  readonly send: (client: SearchClient, id: string, value: Value) => Promise<string>;
}

/** Any JSON; the workflow checks whether it is a point of its space. */
type AnyParameters = Extract<EnqueuedPoint, { readonly parameters: unknown }>['parameters'];

/** The commands that steer a search, in the order of the help. */
const steeringCommands: readonly ((program: Command) => void)[] = [
  plain({
    name: 'pause',
    summary: 'pause a search with all its inner searches',
    description: 'Starts nothing new; trainings write a checkpoint and free their device.',
    example: 'tune-mlp',
    send: async (client, id) => {
      await client.handle(id).pause();
      return `Search "${id}" is paused; "duramen resume ${id}" goes on.`;
    },
  }),
  plain({
    name: 'resume',
    summary: 'go on with a search that is paused, was cancelled or failed',
    description: 'Takes the same decisions as if the search had never been interrupted.',
    example: 'tune-mlp',
    send: async (client, id) => {
      await client.resume(id);
      return `Search "${id}" goes on; it needs a worker ("duramen worker", or "duramen run" with its file).`;
    },
  }),
  plain({
    name: 'cancel',
    summary: 'end a search; it can be resumed',
    description:
      'Ends a search with all its inner searches. Nothing is lost: "duramen resume" goes on exactly there.',
    example: 'tune-mlp',
    send: async (client, id) => {
      await client.handle(id).cancel();
      return `Search "${id}" is being cancelled; "duramen resume ${id}" goes on.`;
    },
  }),
  addExtend,
  withValue({
    name: 'enqueue',
    summary: 'give a search a point to try next',
    description: 'The point takes the next index and is told to the algorithm like any other.',
    value: {
      name: 'parameters',
      description: "a point of the search's space as JSON",
      parse: pointArgument,
    },
    example: `tune-mlp '{"learningRate": 0.003, "units": 64}'`,
    send: async (client, id, point) => {
      const { index } = await client.handle(id).enqueue(point);
      return index === null ? 'The point is the next to be tried.' : `The point is trial ${index}.`;
    },
  }),
  withValue({
    name: 'cancel-trial',
    summary: 'give up a running trial',
    description: 'Ends a running trial; it counts as cancelled and the search goes on.',
    value: { name: 'index', description: 'index of the trial', parse: indexArgument },
    example: 'tune-mlp 17',
    send: async (client, id, index) => {
      await client.handle(id).cancelTrial(index);
      return `Trial ${index} of search "${id}" is cancelled.`;
    },
  }),
  withValue({
    name: 'set-concurrency',
    summary: 'change how many trials run at once',
    description: 'At most the window of the search; decisions stay the same.',
    value: { name: 'count', description: 'trials at the same time', parse: countArgument },
    example: 'tune-mlp 8',
    send: async (client, id, count) => {
      await client.handle(id).setConcurrency(count);
      return `Search "${id}" runs ${count} trials at the same time.`;
    },
  }),
];

/** Adds the commands that steer a search. */
export function addSteering(program: Command): void {
  for (const add of steeringCommands) add(program);
}

function plain(command: SteeringCommand): (program: Command) => void {
  return (program) => {
    addCommand(program, command).action(async (id: string, options: SharedOptions) => {
      await withClient(options, async (client) => printLine(await command.send(client, id)));
    });
  };
}

function withValue<Value>(command: ValueCommand<Value>): (program: Command) => void {
  const { name, description, parse } = command.value;
  return (program) => {
    addCommand(program, command)
      .argument(`<${name}>`, description, parse)
      .action(async (id: string, value: Value, options: SharedOptions) => {
        await withClient(options, async (client) => printLine(await command.send(client, id, value)));
      });
  };
}

function addCommand(
  program: Command,
  { name, summary, description, example }: Omit<SteeringCommand, 'send'>,
): Command {
  return withServerOptions(program.command(name))
    .summary(summary)
    .description(description)
    .argument('<id>', 'id of the search')
    .addHelpText('after', `\nExample:\n  duramen ${name} ${example}`);
}

function pointArgument(text: string): EnqueuedPoint {
  try {
    const parameters = JSON.parse(text) as AnyParameters;
    return { parameters };
  } catch (error) {
    throw new ClientError('input', `The parameters are not JSON: ${errorText(error)}`, { cause: error });
  }
}
