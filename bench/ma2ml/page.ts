import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../setup/folders.mjs';
import { curvePlot, type Panel } from './curve-plot.js';
import { armTable, type ArmName, type Experiments, type Line } from './experiments.js';
import { estimate, type Estimate } from './summary.js';

const start = '<!-- figures of npm run bench -- ma2ml -->';
const end = '<!-- end of figures -->';
const tables = ['naval', 'protein'] as const;
const plotted: readonly ArmName[] = [
  'full',
  'off-nocredit',
  'no-kl',
  'on-nocredit 0.3',
  'lite 0.3',
  'full, M 2',
];

/** Writes the plot `docs/ma2ml.svg` and the figures between the marks of `docs/ma2ml.md`. */
export async function writePage(experiments: Experiments, lines: readonly Line[]): Promise<void> {
  const panels: Panel[] = [];
  for (const table of tables) {
    const curves = await Promise.all(
      plotted.map(async (name) => {
        const results = await experiments.onBars(table, name);
        const rounds = results[0]?.curve.length ?? 0;
        const at = Array.from({ length: rounds }, (_, round) =>
          estimate(results.map(({ curve }) => curve[round] ?? NaN)),
        );
        return {
          name,
          values: at.map(({ mean }) => mean),
          band: at.map(({ standardError }) => standardError),
        };
      }),
    );
    panels.push({ title: `FCNet ${table}, ${experiments.seeds.agents} seeds`, curves });
  }
  const plot = curvePlot(panels, 8, 'evaluations', 'expected reward of the policies');
  writeFileSync(path.join(packageRoot, 'docs', 'ma2ml.svg'), plot);

  const parts: string[] = [];
  for (const table of tables) {
    const rows = await armTable(experiments, table);
    const head = ['arm', 'J@64', 'J@128', 'J@256', 'J@512', 'best@512'];
    const body = rows.map(({ arm, expected, best }) => [arm, ...expected.map(cell), cell(best)]);
    const { agents, parts: others } = experiments.seeds;
    parts.push(
      `FCNet ${table}, ${agents} seeds (independent and sequential: ${others}):`,
      markdownTable([head, ...body]),
    );
  }
  const verdicts = lines.flatMap(({ experiment, claim, tables: figures, passed }) =>
    Object.entries(figures).flatMap(([table, values], place) =>
      Object.entries(values).map(([name, value], row) => [
        place + row === 0 ? `${experiment}: ${claim}` : '',
        table,
        name,
        verdictCell(value),
        place + row > 0 ? '' : passed === null ? 'not judged' : passed ? 'passed' : '**missed**',
      ]),
    ),
  );
  const head = ['experiment', 'table', 'figure', 'mean ± standard error', 'bar'];
  parts.push('Experiments:', markdownTable([head, ...verdicts]));

  const file = path.join(packageRoot, 'docs', 'ma2ml.md');
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page ${file} has no marks for the figures.`);
  writeFileSync(file, `${text.slice(0, from)}${start}\n\n${parts.join('\n\n')}\n\n${text.slice(to)}`);
}

function cell({ mean, standardError }: Estimate): string {
  return Number.isNaN(mean) ? '' : `${mean.toFixed(3)} ± ${standardError.toFixed(3)}`;
}

function verdictCell(value: unknown): string {
  if (isFigure(value)) return `${value[0].toFixed(3)} ± ${value[1].toFixed(3)}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${verdictCell(inner)}`)
    .join(', ');
}

function isFigure(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number');
}

/** A table with its columns aligned; the first column is text, the others too. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
