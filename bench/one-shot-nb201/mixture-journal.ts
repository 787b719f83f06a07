import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Cell } from './arm.js';
import { mixtureName } from './mixture-setting.js';
import type { MixtureSetting } from './mixture-setting.js';

const savedSchema = z.object({ path: z.string(), trial: z.int(), step: z.int() });

const lineSchema = z.object({
  index: z.int(),
  kind: z.string(),
  genome: z.array(z.int()),
  values: z.array(z.number()),
  accuracy: z.number(),
  /** Processor time of the trial, divided by its threads. */
  seconds: z.number(),
  /** The checkpoint that it left; null: it left none. */
  saved: savedSchema.nullable(),
});

/** A trial of a differentiable search that is over. */
export type MixtureLine = z.output<typeof lineSchema>;

/** The trials of one differentiable arm, a line each; the checkpoint of a trial is there before its line. */
export class MixtureJournal {
  readonly folder: string;
  private readonly file: string;

  constructor(results: string, setting: MixtureSetting) {
    this.folder = path.join(results, mixtureName(setting));
    this.file = path.join(this.folder, 'trials.jsonl');
    const settingFile = path.join(this.folder, 'setting.json');
    if (!existsSync(settingFile)) {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(settingFile, JSON.stringify(setting));
    }
    if (!isDeepStrictEqual(JSON.parse(readFileSync(settingFile, 'utf8')), setting))
      throw new Error(`${settingFile} is of another setting: remove the folder, or name another one.`);
  }

  lines(): readonly MixtureLine[] {
    if (!existsSync(this.file)) return [];
    // A line that a kill cut off is of a trial that is run again.
    const whole = readFileSync(this.file, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'));
    return whole.map((line) => lineSchema.parse(JSON.parse(line)));
  }

  add(line: MixtureLine): void {
    const isCut = existsSync(this.file) && !readFileSync(this.file, 'utf8').endsWith('\n');
    appendFileSync(this.file, `${isCut ? '\n' : ''}${JSON.stringify(line)}\n`);
  }
}

/** The cell of a genome of the space. */
export function cellOf(genome: readonly number[]): Cell {
  return [...genome];
}
