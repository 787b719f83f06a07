import { parseArgs } from 'node:util';

/** What is measured. */
export interface BenchOptions {
  readonly sizes: readonly number[];
  readonly repeats: number;
  readonly peers: boolean;
  /** Folder for processor profiles of the two workers; null for none. */
  readonly profiles: string | null;
}

export function readOptions(benchArguments: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      sizes: { type: 'string', default: '100,1000,10000' },
      repeats: { type: 'string', default: '5' },
      peers: { type: 'boolean', default: false },
      profiles: { type: 'string' },
    },
  });
  return {
    sizes: values.sizes.split(',').map((size) => readCount(size, '--sizes')),
    repeats: readCount(values.repeats, '--repeats'),
    peers: values.peers,
    profiles: values.profiles ?? null,
  };
}

function readCount(text: string, option: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new Error(`${option} takes whole numbers above 0, not "${text}".`);
  }
  return count;
}
