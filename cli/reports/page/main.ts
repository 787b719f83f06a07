/// <reference lib="dom" />
import type { ChartData, ChartHistory, ChartLevel, ChartMetric } from './chart-data.js';
import { bestSoFar, isFeasible, paretoFront } from './front.js';
import { drawPlot } from './plot.js';
import { makeSortable } from './sortable-tables.js';

makeSortable(document);
const embedded = document.getElementById('report-data')?.textContent ?? '{"levels":[],"histories":[]}';
// Only the report writes this data, so its type is known.
const { levels, histories } = JSON.parse(embedded) as ChartData;
startPlot('front', 2, drawFront);
startPlot('progress', 1, drawProgress);
for (const element of document.querySelectorAll<HTMLElement>('.history')) startHistory(element);

type Draw = (element: HTMLElement, level: ChartLevel, chosen: readonly number[]) => () => void;

/** Choices of a level and of metrics, and the plot that follows them. */
function startPlot(id: string, metricCount: 1 | 2, draw: Draw): void {
  const section = document.getElementById(id);
  const element = section?.querySelector<HTMLElement>('.plot');
  const choices = section?.querySelector('.choices');
  if (!element || !choices) return;
  const usable = levels.filter(({ metrics }) => metrics.length >= metricCount);
  const levelChoice = addChoice(
    choices,
    'level',
    usable.map(({ name }) => name),
  );
  const metricChoices = (metricCount === 2 ? ['across', 'up'] : ['metric']).map((name) =>
    addChoice(choices, name, []),
  );
  let remove = (): void => undefined;
  const redraw = (): void => {
    remove();
    const level = usable[levelChoice.selectedIndex];
    if (level !== undefined)
      remove = draw(
        element,
        level,
        metricChoices.map(({ selectedIndex }) => selectedIndex),
      );
  };
  const offerMetrics = (): void => {
    const metrics = usable[levelChoice.selectedIndex]?.metrics ?? [];
    const preferred = preferredMetrics(metrics);
    metricChoices.forEach((choice, place) => {
      choice.replaceChildren(...metrics.map(({ name }) => new Option(name)));
      // The first metric goes up, the one that it is weighed against goes across.
      choice.selectedIndex = preferred[metricCount - 1 - place] ?? 0;
    });
    redraw();
  };
  levelChoice.addEventListener('change', offerMetrics);
  for (const choice of metricChoices) choice.addEventListener('change', redraw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  offerMetrics();
}

/** The choice of a column of what an algorithm followed, and its curve over the epochs. */
function startHistory(part: HTMLElement): void {
  const history = histories[Number(part.dataset['place'])];
  const element = part.querySelector<HTMLElement>('.plot');
  const choices = part.querySelector('.choices');
  if (!history || !element || !choices) return;
  const choice = addChoice(choices, 'curve', history.columns.slice(1));
  let remove = (): void => undefined;
  const redraw = (): void => {
    remove();
    remove = drawHistory(element, history, choice.selectedIndex + 1);
  };
  choice.addEventListener('change', redraw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  redraw();
}

function addChoice(choices: Element, name: string, options: readonly string[]): HTMLSelectElement {
  const label = document.createElement('label');
  const select = document.createElement('select');
  select.append(...options.map((option) => new Option(option)));
  label.append(name, select);
  // One level is no choice.
  label.hidden = options.length === 1;
  if (label.hidden) label.style.display = 'none';
  choices.append(label);
  return select;
}

/** Indices of the metrics, optimised ones first. */
function preferredMetrics(metrics: readonly ChartMetric[]): readonly number[] {
  const places = metrics.map((_metric, place) => place);
  const observed = (place: number): number => Number(metrics[place]?.goal === 'observe');
  return places.sort((a, b) => observed(a) - observed(b) || a - b);
}

function drawFront(
  element: HTMLElement,
  level: ChartLevel,
  [across = 0, up = 0]: readonly number[],
): () => void {
  const [xMetric, yMetric] = [level.metrics[across], level.metrics[up]];
  if (xMetric === undefined || yMetric === undefined) return () => undefined;
  const points = level.trials
    .flatMap((trial) => {
      const [x, y] = [trial.values[across] ?? null, trial.values[up] ?? null];
      return x === null || y === null ? [] : [{ x, y, trial }];
    })
    .sort((a, b) => a.x - b.x);
  const feasible = points.filter(({ trial }) => isFeasible(level, trial));
  const front = new Set(paretoFront(feasible, xMetric, yMetric));
  const onFront = points.map((point) => (front.has(point) ? point.y : null));
  return drawPlot(element, {
    x: points.map(({ x }) => x),
    wholeX: false,
    xLabel: goalText(xMetric),
    yLabel: goalText(yMetric),
    series: [
      { kind: xMetric.goal === 'minimize' ? 'stepAfter' : 'stepBefore', colour: '--front', values: onFront },
      {
        kind: 'points',
        colour: '--point',
        values: points.map((point) => (front.has(point) ? null : point.y)),
      },
      { kind: 'points', colour: '--front', values: onFront },
    ],
    describe: (place) => {
      const point = points[place];
      return point === undefined
        ? []
        : [point.trial.label, ...valueLines(level, point.trial.values), point.trial.text];
    },
  });
}

function drawProgress(element: HTMLElement, level: ChartLevel, [chosen = 0]: readonly number[]): () => void {
  const metric = level.metrics[chosen];
  if (metric === undefined) return () => undefined;
  const values = level.trials.map((trial) => trial.values[chosen] ?? null);
  const counting = level.trials.map((trial, place) =>
    isFeasible(level, trial) ? (values[place] ?? null) : null,
  );
  return drawPlot(element, {
    x: level.trials.map((_trial, place) => place),
    wholeX: true,
    xLabel: 'trial',
    yLabel: goalText(metric),
    series: [
      { kind: 'points', colour: '--point', values },
      { kind: 'stepAfter', colour: '--front', values: bestSoFar(counting, metric.goal) },
    ],
    describe: (place) => {
      const trial = level.trials[place];
      return trial === undefined ? [] : [trial.label, ...valueLines(level, trial.values), trial.text];
    },
  });
}

function drawHistory(element: HTMLElement, { columns, rows }: ChartHistory, column: number): () => void {
  const values = rows.map((row) => row[column] ?? null);
  return drawPlot(element, {
    x: rows.map(([epoch], place) => epoch ?? place),
    wholeX: true,
    xLabel: columns[0] ?? '',
    yLabel: columns[column] ?? '',
    series: [
      { kind: 'line', colour: '--front', values },
      { kind: 'points', colour: '--point', values },
    ],
    describe: (place) =>
      columns.flatMap((name, at) => {
        const value = rows[place]?.[at] ?? null;
        return value === null ? [] : [`${name} ${Number(value.toPrecision(6))}`];
      }),
  });
}

function goalText({ name, goal }: ChartMetric): string {
  return goal === 'observe' ? name : `${name} (${goal})`;
}

function valueLines(level: ChartLevel, values: readonly (number | null)[]): readonly string[] {
  return level.metrics.flatMap(({ name }, place) => {
    const value = values[place] ?? null;
    return value === null ? [] : [`${name} ${Number(value.toPrecision(6))}`];
  });
}
