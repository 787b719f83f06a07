import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, appendFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../setup/folders.mjs';
import type { Check, Verdict } from './check.js';
import type { Gpus } from './machine.js';

const lineSchema = z.object({
  check: z.string(),
  status: z.enum(['passed', 'failed', 'untried']),
  machine: z.string(),
  build: z.string(),
  quick: z.boolean(),
});

type Line = z.output<typeof lineSchema>;

/** A line of the proof, as it is printed and kept. */
export interface ProofLine {
  readonly status: Verdict['status'];
  readonly text: string;
}

/** Lines of the proof in a file, so that a proof that was ended goes on where it was. */
export class ProofResults {
  private constructor(
    private readonly file: string,
    private readonly lines: readonly (Line & { readonly text: string })[],
    private readonly found: Pick<Line, 'machine' | 'build' | 'quick'>,
  ) {}

  /** Reads the file, if there is one. Lines that another machine or build found do not count. */
  static async open(file: string, gpus: Gpus, quick: boolean): Promise<ProofResults> {
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    const lines = text.split('\n').flatMap((line) => {
      // A process that was killed may have left half a line.
      const read = lineSchema.safeParse(parsed(line));
      return read.success ? [{ ...read.data, text: line }] : [];
    });
    return new ProofResults(file, lines, { machine: machineName(gpus), build: await buildName(), quick });
  }

  /** The line of a check that passed or could not be tried before; null: it is to be made. */
  known(check: string): ProofLine | null {
    const { machine, build, quick } = this.found;
    const same = this.lines.filter(
      (line) =>
        line.check === check && line.machine === machine && line.build === build && line.quick === quick,
    );
    return same.find(({ status }) => status !== 'failed') ?? null;
  }

  /** Keeps what a check found and returns its line. */
  async add({ name, shows }: Check, verdict: Verdict): Promise<ProofLine> {
    const { status } = verdict;
    const text = JSON.stringify({
      ...{ check: name, status, shows },
      ...(verdict.status === 'passed' ? {} : { reason: verdict.reason }),
      ...(verdict.status === 'untried' ? {} : verdict.figures),
      ...this.found,
    });
    await mkdir(path.dirname(this.file), { recursive: true });
    await appendFile(this.file, `${text}\n`);
    return { status, text };
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function machineName(gpus: Gpus): string {
  const processor = os.cpus()[0]?.model.trim() ?? 'an unknown processor';
  if (gpus.kind === 'none') return `processors (${processor})`;
  return `${gpus.devices.map(({ name }) => name).join(', ')}, driver ${gpus.driver} (${processor})`;
}

// The sources of the build, and those of the proof itself.
async function buildName(): Promise<string> {
  const built = await readFile(path.join(packageRoot, 'dist', '.build-hash'), 'utf8');
  return createHash('sha256').update(built).digest('hex').slice(0, 12);
}
