import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { namedRecord, recordBytes, type NamedRecord } from '../../algorithms/warm-start/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';

/** What one arm came to on one task with one seed. */
export interface CellResult {
  readonly arm: string;
  readonly task: string;
  readonly family: string;
  readonly seed: number;
  /** Test accuracy of the architecture, trained alone. */
  readonly accuracy: number;
  readonly evaluations: number;
  readonly seconds: number;
  readonly genome: readonly number[];
  readonly note: string;
}

/** Results and records in a folder; each is written when it is there, so that a bench that was killed goes on. */
export class CellResults {
  private readonly file: string;

  constructor(private readonly folder: string) {
    mkdirSync(path.join(folder, 'records'), { recursive: true });
    this.file = path.join(folder, 'results.jsonl');
  }

  all(): readonly CellResult[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').split('\n');
    // A line that a kill cut off is measured again. This class alone writes the lines.
    return lines.flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as CellResult] : []));
  }

  add(result: CellResult): void {
    const isCut = existsSync(this.file) && !readFileSync(this.file, 'utf8').endsWith('\n');
    appendFileSync(this.file, `${isCut ? '\n' : ''}${JSON.stringify(result)}\n`);
  }

  saveRecord(task: string, seed: number, { record }: NamedRecord, weights: Uint8Array): void {
    writeFileSync(this.place(task, seed, 'weights'), weights);
    writeFileSync(this.place(task, seed, 'json'), recordBytes(record));
  }

  record(task: string, seed: number): { readonly named: NamedRecord; readonly weights: Uint8Array } {
    const bytes = new Uint8Array(readFileSync(this.place(task, seed, 'json')));
    return {
      named: namedRecord(sha256Hex(bytes), bytes),
      weights: new Uint8Array(readFileSync(this.place(task, seed, 'weights'))),
    };
  }

  private place(task: string, seed: number, ending: string): string {
    return path.join(this.folder, 'records', `${task}-${seed}.${ending}`);
  }
}
