/// <reference lib="dom" />
import { empiricalDistribution, evenlySpread } from '../../../../analysis/index.js';
import { formatNumber } from '../../../number-format.js';
import { axis, Chart, tipStyle, wantsLog } from '../chart.js';
import { choice, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';
import { metricText } from '../report-model.js';

/** Searches that a reader can tell apart in one drawing. */
const shownSearches = 8;
const dashes = ['solid', 'dashed', 'dotted', [8, 3, 2, 3]] as const;

interface Compared {
  readonly name: string;
  readonly values: readonly number[];
}

/** How the values of a metric are spread, for the searches of a level and for other searches. */
export function comparisonPanel(context: PageContext): Panel {
  let metric = 0;
  const choices = element('div', { class: 'choices' });
  const legend = element('p', { class: 'legend' });
  const level = () => context.model.level(context.selection.level);

  const compared = (): readonly Compared[] => {
    const bySearch = new Map<number, number[]>();
    for (const { place, trial } of context.model.trials(context.selection.level)) {
      const value = trial.state === 'scored' ? (trial.values[metric] ?? null) : null;
      if (value === null || !context.selection.keeps(place)) continue;
      bySearch.set(trial.search, [...(bySearch.get(trial.search) ?? []), value]);
    }
    const name = level().metrics[metric]?.name ?? '';
    const own = [...bySearch].map(([search, values]) => ({
      name: context.model.data.searches[search]?.id ?? '',
      values,
    }));
    const others = context.model.data.comparisons.flatMap(({ id, metrics, values }) => {
      const at = metrics.findIndex((each) => each.name === name);
      const found = values.flatMap((row) => row[at] ?? []);
      return at < 0 || found.length === 0 ? [] : [{ name: id, values: found }];
    });
    const shown =
      own.length > shownSearches
        ? [{ name: `all of ${level().name}`, values: own.flatMap(({ values }) => values) }]
        : own;
    return [...shown, ...others].slice(0, shownSearches);
  };
  const chart = new Chart({
    label: 'The share of trials with at most a value, for each search.',
    height: 300,
    option: (colours) => {
      const all = compared();
      const palette = [
        colours.accent,
        colours.front,
        colours.good,
        colours.warn,
        colours.bad,
        colours.muted,
        colours.point,
        colours.text,
      ];
      const xs = evenlySpread(
        all.flatMap(({ values }) => values),
        200,
      );
      legend.replaceChildren(
        ...all.map(({ name }, at) => {
          const key = element(
            'span',
            { class: 'key' },
            element('i', {
              class: `dash dash-${at % dashes.length}`,
              style: `border-color:${palette[at] ?? colours.text}`,
            }),
            name,
          );
          return key;
        }),
      );
      const name = level().metrics[metric];
      return {
        grid: { left: 54, right: 20, top: 12, bottom: 46 },
        tooltip: {
          ...tipStyle(colours),
          trigger: 'axis',
          valueFormatter: (value: number) => `${(100 * value).toFixed(1)} %`,
        },
        xAxis: axis(colours, name === undefined ? '' : metricText(name), {
          nameGap: 28,
          ...(wantsLog(xs) ? { type: 'log' } : {}),
        }),
        yAxis: axis(colours, 'share of trials', {
          nameGap: 38,
          min: 0,
          max: 1,
          axisLabel: { color: colours.muted, formatter: (value: number) => `${Math.round(100 * value)} %` },
        }),
        series: all.map(({ name: search, values }, at) => {
          const shares = empiricalDistribution(values, xs);
          return {
            type: 'line',
            name: search,
            step: 'end',
            symbol: 'none',
            lineStyle: { color: palette[at], width: 2, type: dashes[at % dashes.length] },
            itemStyle: { color: palette[at] },
            data: xs.map((x, place) => [x, shares[place]]),
          };
        }),
      };
    },
  });
  const made = panel({
    id: 'comparison',
    title: 'How values are spread',
    caption:
      'The share of scored trials with at most a value: of two searches that minimise, the higher line is the better one, and the lower one where they maximise.',
    content: [choices, chart.element, legend],
    table: () => ({
      columns: ['search', 'trials', 'least', 'median', 'greatest'],
      rows: compared().map(({ name, values }) => {
        const sorted = [...values].sort((a, b) => a - b);
        const at = (share: number): number =>
          sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
        return [name, values.length, formatNumber(at(0)), formatNumber(at(0.5)), formatNumber(at(1))];
      }),
    }),
  });
  let shownLevel = -1;
  return {
    element: made,
    refresh: () => {
      if (shownLevel !== context.selection.level) {
        shownLevel = context.selection.level;
        metric = 0;
        choices.replaceChildren(
          choice('metric', level().metrics.map(metricText), 0, (at) => {
            metric = at;
            chart.draw();
          }),
        );
      }
      made.hidden = compared().length === 0;
      chart.draw();
    },
  };
}
