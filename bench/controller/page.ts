import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { markdownTable } from '../ma2ml/page.js';
import { packageRoot } from '../../setup/folders.mjs';
import { learningRates, type ArmRow } from './sweep.js';

const start = '<!-- figures of npm run bench -- controller -->';
const end = '<!-- end of figures -->';

/** Writes the sweep between the marks of `docs/controller.md`, and its plot `docs/controller.svg`. */
export function writeSweep(rows: readonly ArmRow[], seeds: number): void {
  writeFileSync(path.join(packageRoot, 'docs', 'controller.svg'), sweepPlot(rows));
  const file = path.join(packageRoot, 'docs', 'controller.md');
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page ${file} has no marks for the figures.`);
  const table = sweepTable(rows, seeds);
  writeFileSync(file, `${text.slice(0, from)}${start}\n\n${table}\n\n${text.slice(to)}`);
}

function sweepTable(rows: readonly ArmRow[], seeds: number): string {
  const moments = Object.keys(rows[0]?.policyAt ?? {});
  const head = [
    'arm',
    ...moments.map((at) => `policy@${at}`),
    'final',
    'to 91: median [min, max]',
    'entropy',
  ];
  const body = rows.map((row) => [
    row.arm,
    ...moments.map((at) => (row.policyAt[at] ?? NaN).toFixed(2)),
    `${row.final.toFixed(2)} ± ${row.finalDeviation.toFixed(2)}`,
    reachedText(row, seeds),
    row.entropy.toFixed(2),
  ]);
  return markdownTable([head, ...body]);
}

function reachedText({ reached, reachedSeeds, least, most }: ArmRow, seeds: number): string {
  if (reachedSeeds === 0) return 'never';
  const range = `${reached ?? '–'} [${least ?? '–'}, ${most ?? '–'}]`;
  return reachedSeeds === seeds ? range : `${range}, ${reachedSeeds} of ${seeds} seeds`;
}

const width = 640;
const height = 320;
const area = { left: 56, top: 30, right: 620, bottom: 262 };
// Colours of Okabe and Ito (2008), which colour-blind readers can tell apart, too.
const curves = [
  { rule: 'REINFORCE', colour: '#d55e00' },
  { rule: 'PPO', colour: '#0072b2' },
] as const;

/** Evaluations until the target and accuracy of the last policy, by learning rate. */
function sweepPlot(rows: readonly ArmRow[]): string {
  const named = (name: string): ArmRow | undefined => rows.find(({ arm }) => arm === name);
  const x = (place: number): number =>
    area.left + 20 + (place / (learningRates.length - 1)) * (area.right - area.left - 40);
  const finals = rows.filter(({ arm }) => /^(PPO|REINFORCE) [\d.]+$/.test(arm));
  const low = Math.floor(Math.min(...finals.map(({ final }) => final)) * 2) / 2;
  const high = 93;
  const y = (value: number): number =>
    area.top + (1 - (value - low) / (high - low)) * (area.bottom - area.top);
  const parts: string[] = [];
  for (let tick = low; tick <= high + 1e-9; tick += 0.5) {
    parts.push(
      `<path d="M${area.left} ${y(tick).toFixed(1)}H${area.right}" stroke="#ddd"/>`,
      `<text x="${area.left - 6}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${tick.toFixed(1)}</text>`,
    );
  }
  for (const [place, rate] of learningRates.entries())
    parts.push(
      `<text x="${x(place).toFixed(1)}" y="${area.bottom + 16}" text-anchor="middle">${rate}</text>`,
    );
  for (const [place, { rule, colour }] of curves.entries()) {
    const points = learningRates.flatMap((rate, at) => {
      const row = named(`${rule} ${rate}`);
      return row === undefined ? [] : [{ row, at }];
    });
    const line = points.map(({ row, at }) => `${x(at).toFixed(1)} ${y(row.final).toFixed(1)}`).join('L');
    parts.push(`<path d="M${line}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const { row, at } of points) {
      const above = y(row.final) - 8 - 12 * place;
      parts.push(
        `<circle cx="${x(at).toFixed(1)}" cy="${y(row.final).toFixed(1)}" r="3" fill="${colour}"/>`,
        `<text x="${x(at).toFixed(1)}" y="${above.toFixed(1)}" text-anchor="middle" fill="${colour}">${row.reached ?? 'never'}</text>`,
      );
    }
    const legend = area.left + 150 * place;
    parts.push(
      `<path d="M${legend} ${height - 16}h18" stroke="${colour}" stroke-width="2.5"/>`,
      `<text x="${legend + 24}" y="${height - 12}">${rule}</text>`,
    );
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${width / 2}" y="18" text-anchor="middle" font-size="13">NAS-Bench-Macro: accuracy of the last policy; at each point, evaluations until the mean is 91</text>`,
    ...parts,
    `<text x="${width / 2}" y="${area.bottom + 34}" text-anchor="middle">learning rate</text>`,
    '</svg>',
    '',
  ].join('\n');
}
