/// <reference lib="dom" />
import { asLoss, averageRanks, pedAnova } from '../../../../analysis/index.js';
import { axis, Chart, type ChartPoint, evenly, largeScatter, tip, tipStyle } from '../chart.js';
import { choice, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';
import { metricText, type PlacedTrial } from '../report-model.js';
import type { ReportColumn } from '../../report-data.js';
import { scaled } from '../theme.js';

/** Decisions that have room below each other. */
const shownDecisions = 12;

/** Which decisions matter for a metric; one of them as a slice, two of them by rank. */
export function importancePanel(context: PageContext): Panel {
  const chosen = { metric: 0, first: 0, second: -1 };
  const choices = element('div', { class: 'choices' });
  const sliceChoices = element('div', { class: 'choices' });
  let points: readonly ChartPoint[] = [];
  let ranked: readonly { readonly column: ReportColumn; readonly at: number; readonly share: number }[] = [];
  const level = () => context.model.level(context.selection.level);

  const counting = (): readonly { readonly placed: PlacedTrial; readonly loss: number }[] => {
    const goal = level().metrics[chosen.metric]?.goal ?? 'observe';
    return context.model.trials(context.selection.level).flatMap((placed) => {
      const value = placed.trial.state === 'scored' ? (placed.trial.values[chosen.metric] ?? null) : null;
      return value === null || !context.selection.keeps(placed.place)
        ? []
        : [{ placed, loss: asLoss(value, goal) }];
    });
  };
  const rank = (): typeof ranked => {
    const trials = counting();
    const { columns } = level();
    const shares = pedAnova(
      trials.map(({ loss }) => loss),
      columns.map((column, at) => ({
        range: column.kind === 'category' ? { kind: 'category', count: column.options.length } : column,
        values: trials.map(({ placed }) => placed.trial.choices[at] ?? null),
      })),
    );
    return columns
      .map((column, at) => ({ column, at, share: shares[at] ?? 0 }))
      .sort((a, b) => b.share - a.share || a.at - b.at)
      .slice(0, shownDecisions);
  };

  const bars: Chart = new Chart({
    label: 'How much each decision matters for the chosen metric, the most important first.',
    height: 300,
    points: () => ranked.map(({ at }, place) => ({ series: 0, at: ranked.length - 1 - place, trial: at })),
    opened: (at) => {
      chosen.first = at;
      refreshSlice();
    },
    option: (colours) => {
      const rows = [...ranked].reverse();
      return {
        grid: { left: Math.min(170, bars.element.clientWidth * 0.4), right: 48, top: 8, bottom: 28 },
        tooltip: {
          ...tipStyle(colours),
          trigger: 'item',
          formatter: ({ dataIndex }: { dataIndex: number }) =>
            tip([
              rows[dataIndex]?.column.name ?? '',
              `${(100 * (rows[dataIndex]?.share ?? 0)).toFixed(1)} %`,
            ]),
        },
        xAxis: axis(colours, '', {
          scale: false,
          axisLabel: {
            color: colours.muted,
            hideOverlap: true,
            formatter: (value: number) => `${Math.round(100 * value)} %`,
          },
        }),
        yAxis: {
          type: 'category',
          data: rows.map(({ column }) => column.name),
          axisLabel: {
            color: colours.text,
            width: Math.min(158, bars.element.clientWidth * 0.36),
            overflow: 'truncate',
          },
          axisLine: { lineStyle: { color: colours.line } },
          axisTick: { show: false },
        },
        series: [
          {
            type: 'bar',
            barMaxWidth: 18,
            itemStyle: { color: colours.accent, borderRadius: [0, 4, 4, 0] },
            label: {
              show: true,
              position: 'right',
              color: colours.text,
              formatter: ({ value }: { value: number }) => `${(100 * value).toFixed(0)} %`,
            },
            data: rows.map(({ share }) => share),
          },
        ],
      };
    },
  });

  const slice = new Chart({
    label: 'The metric over one decision, or two decisions against each other by rank of the metric.',
    height: 300,
    points: () => points,
    opened: context.open,
    option: (colours) => {
      const { columns, metrics } = level();
      const [x, y] = [columns[chosen.first], chosen.second < 0 ? undefined : columns[chosen.second]];
      const trials = evenly(
        counting().filter(
          ({ placed }) =>
            (placed.trial.choices[chosen.first] ?? null) !== null &&
            (y === undefined || (placed.trial.choices[chosen.second] ?? null) !== null),
        ),
        largeScatter,
      );
      points = trials.map(({ placed }, at) => ({ series: 0, at, trial: placed.place }));
      const ranks = averageRanks(trials.map(({ loss }) => loss));
      const metric = metrics[chosen.metric];
      const up = ({ trial }: PlacedTrial): number | null =>
        y === undefined ? (trial.values[chosen.metric] ?? null) : (trial.choices[chosen.second] ?? null);
      return {
        grid: { left: 70, right: 18, top: 12, bottom: 44 },
        tooltip: {
          ...tipStyle(colours),
          trigger: 'item',
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const found = trials[dataIndex];
            return found === undefined ? '' : tip(context.model.lines(found.placed.trial));
          },
        },
        xAxis: columnAxis(x, axis(colours, x?.name ?? '', { nameGap: 28 })),
        yAxis:
          y === undefined
            ? axis(colours, metric === undefined ? '' : metricText(metric), { nameGap: 50 })
            : columnAxis(y, axis(colours, y.name, { nameGap: 50 })),
        series: [
          {
            type: 'scatter',
            symbolSize: trials.length > 1000 ? 4 : 8,
            data: trials.map(({ placed }, at) => ({
              value: [placed.trial.choices[chosen.first], up(placed)],
              itemStyle: {
                opacity: 0.8,
                color: scaled(
                  colours.scale,
                  trials.length < 2 ? 1 : 1 - (ranks[at] ?? 0) / (trials.length - 1),
                ),
              },
            })),
          },
        ],
      };
    },
  });

  const refreshSlice = (): void => {
    const names = level().columns.map(({ name }) => name);
    sliceChoices.replaceChildren(
      choice('decision', names, chosen.first, (at) => {
        chosen.first = at;
        slice.draw();
      }),
      choice('against', ['the metric', ...names], chosen.second + 1, (at) => {
        chosen.second = at - 1;
        slice.draw();
      }),
    );
    slice.draw();
  };
  const made = panel({
    id: 'importance',
    title: 'Which decisions matter',
    caption:
      'How much a decision separates the best tenth of the trials from the rest (PED-ANOVA). Click a bar to see the decision beside it; the stronger the colour of a mark, the better the trial.',
    wide: true,
    content: [
      choices,
      element(
        'div',
        { class: 'pair' },
        element('div', {}, bars.element),
        element('div', {}, sliceChoices, slice.element),
      ),
    ],
    table: () => ({
      columns: ['decision', 'importance'],
      rows: ranked.map(({ column, share }) => [column.name, share]),
    }),
  });
  let shownLevel = -1;
  return {
    element: made,
    refresh: () => {
      made.hidden = level().columns.length === 0 || counting().length < 2;
      if (made.hidden) return;
      const isNew = shownLevel !== context.selection.level;
      if (isNew) {
        shownLevel = context.selection.level;
        chosen.metric = 0;
        chosen.second = -1;
        choices.replaceChildren(
          choice('metric', level().metrics.map(metricText), 0, (at) => {
            chosen.metric = at;
            ranked = rank();
            bars.draw();
            slice.draw();
          }),
        );
      }
      ranked = rank();
      if (isNew) chosen.first = ranked[0]?.at ?? 0;
      bars.draw();
      refreshSlice();
    },
  };
}

function columnAxis(column: ReportColumn | undefined, plain: Readonly<Record<string, unknown>>): object {
  if (column === undefined) return plain;
  if (column.kind === 'number') return { ...plain, ...(column.log && column.low > 0 ? { type: 'log' } : {}) };
  return {
    ...plain,
    type: 'category',
    data: column.options.map((option) => (option.length <= 14 ? option : `${option.slice(0, 13)}…`)),
    axisLabel: { hideOverlap: true },
  };
}
