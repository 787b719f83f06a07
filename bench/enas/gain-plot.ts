import type { Estimate } from '../ma2ml/summary.js';
import { armName } from './arm.js';
import type { ArmSummary } from './outcome.js';

const panel = { width: 420, left: 56, right: 400, top: 34, bottom: 250 };
const height = 324;
// Colours of Okabe and Ito (2008), which colour-blind readers can tell apart, too.
const colours = ['#000000', '#d55e00', '#0072b2', '#e69f00', '#cc79a7', '#56b4e9', '#009e73'];

/** An SVG of the policy gain and the relative entropy by epoch, with the standard error over seeds of the gain as a band. */
export function gainPlot(summaries: readonly ArmSummary[]): string {
  const edges = summaries.flatMap(({ gains }) =>
    gains.flatMap(({ mean, standardError }) => [mean - standardError, mean + standardError]),
  );
  const [lowest, highest] = [Math.min(...edges), Math.max(...edges)];
  const gain = {
    from: Math.min(0, Math.floor(20 * lowest) / 20),
    to: Math.ceil(20 * highest) / 20,
    tick: 0.05,
  };
  const entropy = { from: 0, to: 1, tick: 0.2 };
  const legend = summaries.map(({ arm }, place) => {
    const x = panel.left + (place % 4) * 190;
    const y = height - 26 + 18 * Math.floor(place / 4);
    const line = `<path d="M${x} ${y - 4}h18" stroke="${colours[place] ?? '#999'}" stroke-width="2.5"/>`;
    return `${line}<text x="${x + 24}" y="${y}">${armName(arm)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * panel.width} ${height}" font-family="sans-serif" font-size="11" fill="#222">`,
    `<rect width="${2 * panel.width}" height="${height}" fill="#fff"/>`,
    ...drawn(
      0,
      'policy gain on uniform paths',
      gain,
      summaries.map(({ gains }) => gains),
    ),
    ...drawn(
      panel.width,
      'entropy of the policy, relative to uniform',
      entropy,
      summaries.map(({ entropies }) => entropies),
    ),
    ...legend,
    '</svg>',
    '',
  ].join('\n');
}

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly tick: number;
}

function drawn(
  from: number,
  title: string,
  scale: Scale,
  curves: readonly (readonly Estimate[])[],
): readonly string[] {
  const { left, right, top, bottom } = panel;
  const epochs = Math.max(...curves.map((curve) => curve.length));
  const x = (epoch: number): string =>
    (from + left + ((right - left) * epoch) / Math.max(1, epochs - 1)).toFixed(1);
  const y = (value: number): string =>
    (bottom - ((bottom - top) * (value - scale.from)) / (scale.to - scale.from)).toFixed(1);
  const count = Math.round((scale.to - scale.from) / scale.tick);
  const ticks = Array.from({ length: count + 1 }, (_none, place) => scale.from + place * scale.tick).flatMap(
    (value) => [
      `<path d="M${x(0)} ${y(value)}H${x(epochs - 1)}" stroke="#ddd"/>`,
      `<text x="${from + left - 6}" y="${Number(y(value)) + 4}" text-anchor="end">${value.toFixed(2)}</text>`,
    ],
  );
  const numbers = Array.from({ length: epochs }, (_none, epoch) => epoch)
    .filter((epoch) => epoch === 0 || (epoch + 1) % 5 === 0)
    .map((epoch) => `<text x="${x(epoch)}" y="${bottom + 16}" text-anchor="middle">${epoch + 1}</text>`);
  const lines = curves.flatMap((curve, place) => {
    const colour = colours[place] ?? '#999';
    const along = (of: (one: Estimate) => number): readonly string[] =>
      curve.map((one, epoch) => `${x(epoch)} ${y(of(one))}`);
    const upper = along(({ mean, standardError }) => mean + standardError);
    const lower = along(({ mean, standardError }) => mean - standardError).toReversed();
    return [
      `<path d="M${[...upper, ...lower].join('L')}Z" fill="${colour}" fill-opacity="0.12"/>`,
      `<path d="M${along(({ mean }) => mean).join('L')}" fill="none" stroke="${colour}" stroke-width="1.8"/>`,
    ];
  });
  const middle = from + (left + right) / 2;
  return [
    `<text x="${middle}" y="18" text-anchor="middle" font-size="13">${title}</text>`,
    ...ticks,
    ...numbers,
    ...lines,
    `<text x="${middle}" y="${bottom + 34}" text-anchor="middle">epoch</text>`,
  ];
}
