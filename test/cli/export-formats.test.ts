import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { optunaEnvironment } from '../../bench/durable-trials/optuna.js';
import { environmentPython } from '../../bench/python-environment.js';
import { pedAnova } from '../../analysis/index.js';
import { runCommandLine } from '../../cli/command-line.js';
import { exportText } from '../../cli/exports/export-formats.js';
import { reportDataSchema } from '../../cli/reports/report-data.js';
import { readReportData } from '../../cli/reports/report-reading.js';
import { JournalReader } from '../../client/index.js';
import { nested, tradeOff, tuning } from '../support/report-examples.js';
import { writeSearch } from '../support/reported-searches.js';
import { keptFolder } from '../support/temporary-folder.js';

const execute = promisify(execFile);
const home = keptFolder();
const reader = new JournalReader(home);

beforeAll(async () => {
  for (const search of [tuning(60), tradeOff(60), nested(3)]) await writeSearch(home, search);
});

test('JSON is the data contract of pages, with every detail', async () => {
  const data = reportDataSchema.parse(JSON.parse(await exportText(reader, 'co-design', 'json')));
  expect(data.searches.map(({ id }) => id)).toContain('co-design/2/architecture/0/training');
  expect(data.details.length).toBe(data.trials.filter(({ inner }) => inner === null).length);
  expect(data.trials.every(({ proposedAt, toldAt }) => proposedAt !== null && toldAt !== null)).toBe(true);
});

test('CSV has a row for each trial of every level, with quotes where a cell needs them', async () => {
  const file = join(home, 'out.csv');
  const status = process.exitCode;
  await runCommandLine(['export', 'tune-mlp', '--home', home, '--format', 'csv', '--output', file]);
  expect(process.exitCode).toBe(status);
  const lines = (await readFile(file, 'utf8')).split('\r\n');
  expect(lines[0]).toBe(
    'level,search,trial,outcome,reason,source,reused,cost,proposed,told,metric.accuracy,metric.latency,' +
      'parameter.learningRate,parameter.width,parameter.layers,parameter.activation,parameter.optimizer,' +
      'parameter.optimizer.momentum,parameter.optimizer.decay',
  );
  expect(lines).toHaveLength(62);
  expect(lines[1]).toContain(',"{name: ');
  const all = await exportText(reader, 'co-design', 'csv');
  const data = await readReportData(reader, 'co-design');
  expect(all.trimEnd().split('\r\n')).toHaveLength(1 + data.trials.length);
  expect(all.split('\r\n')[0]).toContain('metric.training.loss');
});

interface ReadStudy {
  readonly name: string;
  readonly directions: readonly string[];
  readonly states: readonly string[];
  readonly best: readonly number[];
  readonly values: readonly (readonly number[] | null)[];
  readonly params: readonly Readonly<Record<string, unknown>>[];
  readonly reports: readonly Readonly<Record<string, number>>[];
  readonly seconds: readonly (number | null)[];
  readonly importance: Readonly<Record<string, number>>;
}

describe("Optuna's journal", () => {
  let python: string | null = null;
  beforeAll(async () => {
    python = await environmentPython(optunaEnvironment).catch((error: unknown) => {
      console.warn(`skipped: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    });
  }, 240_000);

  async function studiesOf(id: string): Promise<readonly ReadStudy[]> {
    const file = join(home, `${id}.optuna.log`);
    await runCommandLine(['export', id, '--home', home, '--format', 'optuna', '--output', file]);
    const program = fileURLToPath(new URL('./fixtures/read-optuna-journal.py', import.meta.url));
    const { stdout } = await execute(python ?? '', [program, file], { maxBuffer: 64e6 });
    return JSON.parse(stdout) as readonly ReadStudy[];
  }

  test.for(['tune-mlp', 'trade-off', 'co-design'])(
    'of %s has the same trials and the same best',
    async (id, { skip }) => {
      if (python === null) skip('no Python with Optuna');
      const data = await readReportData(reader, id);
      const studies = await studiesOf(id);
      expect(studies.map(({ name }) => name)).toEqual(data.searches.map((search) => search.id));
      for (const [place, study] of studies.entries()) {
        const search = data.searches[place];
        const trials = data.trials.filter((trial) => trial.search === place);
        expect(study.states.filter((state) => state === 'COMPLETE')).toHaveLength(
          trials.filter(({ state }) => state === 'scored').length,
        );
        // Equal trials are all best for Optuna; here the first of them stands for the others.
        const text = (values: readonly (number | null)[] | null | undefined): string =>
          JSON.stringify(values?.slice(0, study.directions.length));
        const best = new Set(study.best.map((number) => text(study.values[number])));
        expect([...best].sort()).toEqual(
          [...new Set(search?.best.map((at) => text(data.trials[at]?.values)))].sort(),
        );
        // Only what is active is a parameter.
        expect(study.params.map((parameters) => Object.keys(parameters).length)).toEqual(
          trials.map(({ choices }) => choices.filter((choice) => choice !== null).length),
        );
      }
    },
  );

  test('has reports, durations and the importances that the page computes', async ({ skip }) => {
    if (python === null) skip('no Python with Optuna');
    const data = await readReportData(reader, 'tune-mlp');
    const [study] = await studiesOf('tune-mlp');
    const first = data.curves.find(({ trial }) => trial === 0);
    expect(Object.values(study?.reports[0] ?? {})).toEqual(first?.values['accuracy']);
    const [trial] = data.trials;
    expect(study?.seconds[0]).toBeCloseTo(((trial?.toldAt ?? 0) - (trial?.proposedAt ?? 0)) / 1000, 6);
    const scored = data.trials.filter(({ state }) => state === 'scored');
    const columns = data.levels[0]?.columns ?? [];
    const shares = pedAnova(
      scored.map(({ values }) => -(values[0] ?? NaN)),
      columns.map((column, at) => ({
        range: column.kind === 'category' ? { kind: 'category', count: column.options.length } : column,
        values: scored.map(({ choices }) => choices[at] ?? null),
      })),
    );
    for (const [at, { name }] of columns.entries())
      expect(shares[at]).toBeCloseTo(study?.importance[name] ?? NaN, 9);
  });
});
