import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One training of a cell. */
export interface TableRow {
  readonly task: string;
  /** Numbers of its three operations, such as 402. */
  readonly cell: string;
  readonly seed: number;
  /** Accuracy on the test images. */
  readonly accuracy: number;
  /** Hash of the trained weights. */
  readonly weights: string;
}

const heading = 'task,cell,seed,accuracy,weights';

/** The rows of the table in a CSV file; each is written when its training is over, so that a sweep that was killed goes on. */
export class TableRows {
  constructor(private readonly file: string) {
    mkdirSync(path.dirname(file), { recursive: true });
    if (!existsSync(file)) appendFileSync(file, `${heading}\n`);
    if (!readFileSync(file, 'utf8').startsWith(`${heading}\n`))
      throw new Error(`${file} is no table of this bench: its first line must be ${heading}.`);
  }

  all(): readonly TableRow[] {
    const lines = readFileSync(this.file, 'utf8').split('\n').slice(1);
    return lines.flatMap((line) => {
      const [task = '', cell = '', seed = '', accuracy = '', weights = ''] = line.split(',');
      // A line that a kill cut off has no whole hash: its cell is trained again.
      if (!/^[0-9a-f]{64}$/.test(weights)) return [];
      return [{ task, cell, seed: Number(seed), accuracy: Number(accuracy), weights }];
    });
  }

  add({ task, cell, seed, accuracy, weights }: TableRow): void {
    const isCut = !readFileSync(this.file, 'utf8').endsWith('\n');
    appendFileSync(this.file, `${isCut ? '\n' : ''}${[task, cell, seed, accuracy, weights].join(',')}\n`);
  }
}
