/// <reference lib="dom" />
import uPlot from 'uplot';

/** One set of values over the common x values. */
export interface PlotSeries {
  readonly values: readonly (number | null)[];
  /** Name of the style sheet's variable that holds its colour. */
  readonly colour: string;
  readonly kind: 'points' | 'line' | 'stepAfter' | 'stepBefore';
}

/** What is plotted. */
export interface PlotContent {
  /** In increasing order. */
  readonly x: readonly number[];
  /** Between whole numbers there is nothing to mark on the axis. */
  readonly wholeX: boolean;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly PlotSeries[];
  /** Lines that describe the point at an index of `x`, the first in bold. */
  readonly describe: (place: number) => readonly string[];
}

const nearestPixels = 24;
const wholeSteps = [1, 10, 100, 1000, 10_000, 100_000].flatMap((step) => [step, 2 * step, 5 * step]);

/** Draws a plot into an element, with a tip at the nearest point; returns a function that removes it. */
export function drawPlot(element: HTMLElement, content: PlotContent): () => void {
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name);
  const size = (): { width: number; height: number } => ({
    width: element.clientWidth,
    height: element.clientHeight,
  });
  const axis = (label: string): uPlot.Axis => ({
    label,
    stroke: colour('--muted'),
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1 },
    labelGap: 4,
  });
  const all = content.series.flatMap(({ values }) =>
    values.flatMap((value) => (value === null ? [] : [value])),
  );
  const plot = new uPlot(
    {
      ...size(),
      legend: { show: false },
      cursor: { drag: { x: true, y: true, uni: 40 }, points: { show: false } },
      scales: {
        x: { time: false, ...scale(content.x) },
        y: { ...scale(all) },
      },
      axes: [
        { ...axis(content.xLabel), ...(content.wholeX ? { incrs: wholeSteps } : {}) },
        { ...axis(content.yLabel), size: 64 },
      ],
      series: [{}, ...content.series.map((series) => seriesOptions(series, colour(series.colour)))],
      hooks: {
        setCursor: [
          (self) => {
            showTip(self, tip, content);
          },
        ],
      },
    },
    [[...content.x], ...content.series.map(({ values }) => [...values])],
    element,
  );
  plot.over.append(tip);
  plot.over.addEventListener('mouseleave', () => {
    tip.hidden = true;
  });
  const observer = new ResizeObserver(() => {
    plot.setSize(size());
  });
  observer.observe(element);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

function seriesOptions({ kind }: PlotSeries, stroke: string): uPlot.Series {
  if (kind === 'points') {
    return { stroke, paths: () => null, points: { show: true, size: 7, fill: stroke, width: 0 } };
  }
  // Without paths of its own a series is a line.
  const paths = kind === 'line' ? undefined : uPlot.paths.stepped?.({ align: kind === 'stepAfter' ? 1 : -1 });
  return {
    stroke,
    width: 2,
    spanGaps: true,
    points: { show: false },
    ...(paths === undefined ? {} : { paths }),
  };
}

/** Logarithmic over several orders of magnitude, where a linear scale would draw small values as one. */
function scale(values: readonly number[]): uPlot.Scale {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (least > 0 && most / least > 100) return { distr: 3 };
  const margin = most > least ? (most - least) * 0.05 : Math.max(1e-9, Math.abs(most) * 0.05);
  return { range: (_self, low, high) => [low - margin, high + margin] };
}

function showTip(plot: uPlot, tip: HTMLElement, content: PlotContent): void {
  const { left = -1, top = -1 } = plot.cursor;
  let nearest = -1;
  let distance = nearestPixels ** 2;
  if (left >= 0 && top >= 0) {
    for (const series of content.series.filter(({ kind }) => kind === 'points')) {
      series.values.forEach((value, place) => {
        if (value === null) return;
        const x = plot.valToPos(content.x[place] ?? 0, 'x') - left;
        const y = plot.valToPos(value, 'y') - top;
        if (x * x + y * y >= distance) return;
        distance = x * x + y * y;
        nearest = place;
      });
    }
  }
  tip.hidden = nearest < 0;
  if (nearest < 0) return;
  const [first = '', ...rest] = content.describe(nearest);
  const title = document.createElement('b');
  title.textContent = first;
  tip.replaceChildren(
    title,
    ...rest.flatMap((line) => [document.createTextNode(line), document.createElement('br')]),
  );
  const width = plot.over.clientWidth;
  tip.style.left = left > width / 2 ? '' : `${left + 14}px`;
  tip.style.right = left > width / 2 ? `${width - left + 14}px` : '';
  tip.style.top = `${Math.max(0, top - 30)}px`;
}
