/// <reference lib="dom" />
import { asLoss, leastSoFar } from '../../../../analysis/index.js';
import { axis, Chart, type ChartPoint, largeScatter, tip, tipStyle, wantsLog } from '../chart.js';
import { choice, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';
import { isFeasible, metricText, type PlacedTrial } from '../report-model.js';

const acrossNames = ['trial', 'clock', 'cost'] as const;

/** A metric of all trials, with the best so far of each search: a line never goes through unrelated searches. */
export function progressPanel(context: PageContext): Panel {
  const chosen = { metric: 0, across: 0 };
  const choices = element('div', { class: 'choices' });
  let points: readonly ChartPoint[] = [];
  const level = () => context.model.level(context.selection.level);

  /** The trials of each search of the level, with where they stand across. */
  const lines = (): readonly (readonly { readonly placed: PlacedTrial; readonly across: number }[])[] => {
    const bySearch = new Map<number, { placed: PlacedTrial; across: number }[]>();
    const spent = new Map<number, number>();
    for (const placed of context.model.trials(context.selection.level)) {
      const { trial } = placed;
      const cost = (spent.get(trial.search) ?? 0) + (trial.cost ?? 0);
      spent.set(trial.search, cost);
      const across = [trial.index, trial.toldAt, cost][chosen.across] ?? null;
      if (across === null) continue;
      const line = bySearch.get(trial.search) ?? [];
      line.push({ placed, across });
      bySearch.set(trial.search, line);
    }
    return [...bySearch.values()];
  };

  const chart = new Chart({
    label:
      'A metric of the trials in their order, with the best so far. Arrow keys go along the points, Enter opens one.',
    height: 360,
    points: () => points,
    opened: context.open,
    option: (colours) => {
      const metric = level().metrics[chosen.metric];
      const all = lines();
      const marks = all
        .flat()
        .filter(
          ({ placed }) =>
            (placed.trial.values[chosen.metric] ?? null) !== null && context.selection.keeps(placed.place),
        );
      points = marks.map(({ placed }, at) => ({ series: 0, at, trial: placed.place }));
      const goal = metric?.goal ?? 'observe';
      const several = all.length > 1;
      const bests =
        goal === 'observe'
          ? []
          : all.map((line) => {
              const losses = line.map(({ placed: { trial, place } }) => {
                const value = trial.values[chosen.metric] ?? null;
                return value === null || !isFeasible(level(), trial) || !context.selection.keeps(place)
                  ? null
                  : asLoss(value, goal);
              });
              const least = leastSoFar(losses);
              return line.flatMap(({ across }, at) => {
                const best = least[at] ?? null;
                return best === null ? [] : [[across, asLoss(best, goal)]];
              });
            });
      const clock = acrossNames[chosen.across] === 'clock';
      const values = marks.map(({ placed }) => placed.trial.values[chosen.metric] ?? null);
      return {
        grid: { left: 62, right: 20, top: 18, bottom: 46 },
        tooltip: {
          ...tipStyle(colours),
          trigger: 'item',
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const mark = marks[dataIndex];
            return mark === undefined ? '' : tip(context.model.lines(mark.placed.trial));
          },
        },
        dataZoom: [{ type: 'inside', xAxisIndex: 0, filterMode: 'none', zoomOnMouseWheel: 'ctrl' }],
        xAxis: axis(colours, acrossNames[chosen.across] ?? '', {
          nameGap: 28,
          ...(clock ? { type: 'time', axisLabel: { color: colours.muted, hideOverlap: true } } : {}),
          ...(chosen.across === 0 ? { minInterval: 1 } : {}),
        }),
        yAxis: axis(colours, metric === undefined ? '' : metricText(metric), {
          nameGap: 46,
          type: wantsLog(values) ? 'log' : 'value',
        }),
        series: [
          {
            type: 'scatter',
            symbolSize: marks.length > largeScatter ? 3 : 7,
            itemStyle: { color: colours.point, opacity: marks.length > largeScatter ? 0.6 : 0.75 },
            emphasis: { disabled: marks.length > largeScatter },
            large: true,
            largeThreshold: largeScatter,
            data: marks.map(({ placed, across }) => [across, placed.trial.values[chosen.metric]]),
          },
          ...bests.map((data) => ({
            type: 'line',
            step: 'end',
            symbol: 'none',
            silent: true,
            z: 4,
            lineStyle: { color: colours.front, width: several ? 1.2 : 2.2, opacity: several ? 0.45 : 1 },
            data,
          })),
        ],
      };
    },
  });

  const made = panel({
    id: 'progress',
    title: 'Progress',
    caption: 'Each mark is a trial. The line is the best so far of one search that keeps all limits.',
    content: [choices, chart.element],
    table: () => ({
      columns: ['trial', acrossNames[chosen.across] ?? '', level().metrics[chosen.metric]?.name ?? ''],
      rows: lines()
        .flat()
        .filter(({ placed }) => context.selection.keeps(placed.place))
        .map(({ placed, across }) => [
          context.model.name(placed.trial),
          acrossNames[chosen.across] === 'clock' ? new Date(across).toISOString() : across,
          placed.trial.values[chosen.metric] ?? null,
        ]),
    }),
  });

  let shownLevel = -1;
  const refresh = (): void => {
    if (shownLevel !== context.selection.level) {
      shownLevel = context.selection.level;
      chosen.metric = 0;
      chosen.across = 0;
      const trials = context.model.trials(shownLevel);
      const usable = acrossNames.filter(
        (name) =>
          name === 'trial' ||
          (name === 'clock'
            ? trials.some(({ trial }) => trial.toldAt !== null)
            : trials.some(({ trial }) => trial.cost !== null)),
      );
      choices.replaceChildren(
        choice('metric', level().metrics.map(metricText), 0, (at) => {
          chosen.metric = at;
          chart.draw();
        }),
        choice('across', usable, 0, (at) => {
          chosen.across = acrossNames.indexOf(usable[at] ?? 'trial');
          chart.draw();
        }),
      );
    }
    chart.draw();
  };
  return { element: made, refresh };
}
