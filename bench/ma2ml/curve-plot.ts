/** A line of a plot: values at equal steps, with the half width of a band around each. */
export interface Curve {
  readonly name: string;
  readonly values: readonly number[];
  readonly band: readonly number[];
}

/** A plot of the image: a title and its curves. */
export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
}

// Colours of Okabe and Ito (2008), which colour-blind readers can tell apart, too.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const width = 420;
const height = 300;
const left = 52;
const top = 34;
const plotWidth = 340;
const plotHeight = 216;

/** An SVG with a panel beside the other; a step of the curves is `step` on the horizontal axis. */
export function curvePlot(
  panels: readonly Panel[],
  step: number,
  horizontal: string,
  vertical: string,
): string {
  const names = panels[0]?.curves.map(({ name }) => name) ?? [];
  const total = { width: width * panels.length, height: height + 24 };
  const body = panels.map((panel, place) => drawPanel(panel, place * width, step, horizontal, vertical));
  const legend = names.map((name, place) => {
    const x = left + place * Math.floor((total.width - left) / names.length);
    const y = height + 10;
    const line = `<path d="M${x} ${y - 4}h18" stroke="${colours[place] ?? '#000'}" stroke-width="2.5"/>`;
    return `${line}<text x="${x + 24}" y="${y}">${escaped(name)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.width} ${total.height}" font-family="sans-serif" font-size="11" fill="#222">`,
    `<rect width="${total.width}" height="${total.height}" fill="#fff"/>`,
    ...body,
    ...legend,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel(panel: Panel, from: number, step: number, horizontal: string, vertical: string): string {
  const steps = Math.max(...panel.curves.map(({ values }) => values.length)) - 1;
  const lowest = Math.min(
    ...panel.curves.flatMap(({ values, band }) => values.map((value, at) => value - (band[at] ?? 0))),
  );
  const floor = Math.floor(lowest * 10) / 10;
  const x = (at: number): string => (from + left + (at / steps) * plotWidth).toFixed(1);
  const y = (value: number): string => (top + (1 - (value - floor) / (1 - floor)) * plotHeight).toFixed(1);
  const grid: string[] = [];
  for (let tick = floor; tick <= 1.0001; tick += 0.1) {
    const at = y(tick);
    grid.push(
      `<path d="M${x(0)} ${at}H${x(steps)}" stroke="#ddd"/>`,
      `<text x="${from + left - 6}" y="${Number(at) + 4}" text-anchor="end">${tick.toFixed(1)}</text>`,
    );
  }
  for (let evaluations = 0; evaluations <= steps * step; evaluations += 128) {
    const label = `<text x="${x(evaluations / step)}" y="${top + plotHeight + 16}" text-anchor="middle">${evaluations}</text>`;
    grid.push(label);
  }
  const lines = panel.curves.map(({ values, band }, place) => {
    const colour = colours[place] ?? '#000';
    const points = values.map((value, at) => `${x(at)} ${y(value)}`);
    const upper = values.map((value, at) => `${x(at)} ${y(value + (band[at] ?? 0))}`);
    const lower = values.map((value, at) => `${x(at)} ${y(value - (band[at] ?? 0))}`).reverse();
    return (
      `<path d="M${[...upper, ...lower].join('L')}Z" fill="${colour}" fill-opacity="0.15"/>` +
      `<path d="M${points.join('L')}" fill="none" stroke="${colour}" stroke-width="1.8"/>`
    );
  });
  const middle = from + left + plotWidth / 2;
  const turned = `${from + 14} ${top + plotHeight / 2}`;
  return [
    ...grid,
    ...lines,
    `<text x="${middle}" y="20" text-anchor="middle" font-size="13">${escaped(panel.title)}</text>`,
    `<text x="${middle}" y="${top + plotHeight + 34}" text-anchor="middle">${escaped(horizontal)}</text>`,
    `<text transform="translate(${turned}) rotate(-90)" text-anchor="middle">${escaped(vertical)}</text>`,
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
