/// <reference lib="dom" />
import { asLoss } from '../../../../analysis/index.js';
import { formatNumber } from '../../../number-format.js';
import type { FilterTerm } from '../../trial-filter.js';
import { Chart, evenly } from '../chart.js';
import { button, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';
import { choiceText, metricText, type PlacedTrial } from '../report-model.js';
import { scaled } from '../theme.js';

/** Axes that have room beside each other. */
const axisLimit = 14;
/** Lines that a reader can tell apart, and a browser draws at once. */
const lineLimit = 2000;

/** One axis: where a trial stands on it, and what a stretch of it means as a condition. */
interface ParallelAxis {
  readonly name: string;
  readonly title: string;
  readonly position: (placed: PlacedTrial) => number | null;
  readonly label: (position: number) => string;
  readonly terms: (from: number, to: number) => readonly FilterTerm[];
  readonly range: readonly [number, number] | null;
  readonly whole: boolean;
}

/** Every decision and metric of a level as an axis; what is brushed there filters the whole page. */
export function parallelPanel(context: PageContext): Panel {
  const level = () => context.model.level(context.selection.level);

  const numberAxis = (
    name: string,
    title: string,
    log: boolean,
    range: readonly [number, number] | null,
    whole: boolean,
    value: (placed: PlacedTrial) => number | null,
  ): ParallelAxis => {
    const to = log ? Math.log10 : (number: number): number => number;
    const from = log ? (number: number): number => 10 ** number : (number: number): number => number;
    return {
      name,
      title,
      whole,
      range: range === null ? null : [to(range[0]), to(range[1])],
      position: (placed) => {
        const found = value(placed);
        return found === null ? null : to(found);
      },
      label: (position) => formatNumber(Number(from(position).toPrecision(3))),
      terms: (low, high) => [
        { name, operator: '>=', values: [String(Number(from(low).toPrecision(6)))] },
        { name, operator: '<=', values: [String(Number(from(high).toPrecision(6)))] },
      ],
    };
  };

  const axes = (): readonly ParallelAxis[] => {
    const { metrics, columns } = level();
    const metricNames = new Set(metrics.map(({ name }) => name));
    const decisions = columns
      .flatMap((column, at): readonly ParallelAxis[] => {
        // A metric of the same name would be what the filter compares.
        if (metricNames.has(column.name)) return [];
        const value = ({ trial }: PlacedTrial): number | null => trial.choices[at] ?? null;
        if (column.kind === 'number') {
          const whole = column.step !== null && !column.log;
          return [
            numberAxis(
              column.name,
              column.name,
              column.log && column.low > 0,
              [column.low, column.high],
              whole,
              value,
            ),
          ];
        }
        if (column.options.length < 2) return [];
        return [
          {
            name: column.name,
            title: column.name,
            whole: true,
            range: [0, column.options.length - 1],
            position: value,
            label: (position) => (Number.isInteger(position) ? choiceText(column, position) : ''),
            terms: (low, high) => {
              const values = column.options.filter((_option, place) => place >= low && place <= high);
              return [{ name: column.name, operator: '=', values: values.length > 0 ? values : ['\u0000'] }];
            },
          },
        ];
      })
      .slice(0, axisLimit - Math.min(3, metrics.length));
    const outcomes = metrics
      .slice(0, 3)
      .map((metric, at) =>
        numberAxis(
          metric.name,
          metricText(metric),
          false,
          null,
          false,
          ({ trial }) => trial.values[at] ?? null,
        ),
      );
    return [...decisions, ...outcomes];
  };

  /** What the brushes and the filter keep; of very many the evenly spread ones. */
  const lines = (): readonly PlacedTrial[] => {
    const scored = context.model
      .trials(context.selection.level)
      .filter(({ trial }) => trial.state === 'scored');
    return evenly(scored, lineLimit);
  };

  let shown: readonly ParallelAxis[] = [];
  let clearing = false;
  const chart: Chart = new Chart({
    label:
      'Each trial as a line through its decisions and metrics. The filter field above the page does by keyboard what a brush does here.',
    height: 380,
    ready: (instance) => {
      instance.on('axisareaselected', (event) => {
        if (clearing || typeof event !== 'object' || event === null) return;
        const { parallelAxisId, intervals } = event as { parallelAxisId?: string; intervals?: number[][] };
        const brushed = shown[Number(parallelAxisId)];
        if (brushed === undefined) return;
        const [first] = intervals ?? [];
        const [from, to] = first ?? [];
        context.selection.brush(
          brushed.name,
          from === undefined || to === undefined ? [] : brushed.terms(Math.min(from, to), Math.max(from, to)),
        );
      });
    },
    option: (colours) => {
      shown = axes();
      const narrow = chart.element.clientWidth < 600;
      const placedLines = lines();
      const [metric] = level().metrics;
      const losses = placedLines.map(({ trial }) =>
        asLoss(trial.values[0] ?? NaN, metric?.goal ?? 'observe'),
      );
      const order = [...losses].filter(Number.isFinite).sort((a, b) => a - b);
      const rank = new Map(
        order.map((loss, at) => [loss, order.length < 2 ? 1 : 1 - at / (order.length - 1)]),
      );
      return {
        parallel: {
          // Below each other where there is no room beside each other.
          layout: narrow ? 'vertical' : 'horizontal',
          ...(narrow
            ? { left: 104, right: 22, top: 16, bottom: 34 }
            : { left: 44, right: 60, top: 44, bottom: 22 }),
          parallelAxisDefault: {
            type: 'value',
            scale: true,
            nameLocation: narrow ? 'start' : 'end',
            nameTextStyle: { color: colours.text, fontSize: 12 },
            nameTruncate: { maxWidth: narrow ? 84 : 110 },
            nameGap: narrow ? 10 : 16,
            axisLine: { lineStyle: { color: colours.muted } },
            axisTick: { lineStyle: { color: colours.line } },
            axisLabel: {
              color: colours.text,
              fontSize: 11,
              textBorderColor: colours.card,
              textBorderWidth: 3,
            },
            areaSelectStyle: { width: 18, color: colours.accent, borderColor: colours.accent, opacity: 0.25 },
          },
        },
        parallelAxis: shown.map((each, dim) => ({
          id: String(dim),
          dim,
          name: each.title,
          ...(each.range === null
            ? {}
            : {
                min: each.range[0],
                max: each.range[1] === each.range[0] ? each.range[0] + 1 : each.range[1],
              }),
          ...(each.whole ? { minInterval: 1 } : {}),
          ...(each.whole && each.range !== null && each.range[1] <= 12 && each.range[0] === 0
            ? { interval: 1 }
            : {}),
          axisLabel: { hideOverlap: true, formatter: (position: number) => cutLabel(each.label(position)) },
        })),
        series: [
          {
            type: 'parallel',
            silent: true,
            inactiveOpacity: 0.04,
            activeOpacity: placedLines.length > 400 ? 0.35 : 0.75,
            lineStyle: {
              width: placedLines.length > 400 ? 0.8 : 1.4,
              opacity: placedLines.length > 400 ? 0.35 : 0.75,
            },
            progressive: 600,
            data: placedLines.map((placed, at) => ({
              value: shown.map((each) => each.position(placed) ?? '-'),
              lineStyle: {
                color: scaled(colours.scale, rank.get(losses[at] ?? NaN) ?? 0),
                ...(context.selection.keeps(placed.place) ? {} : { opacity: 0.04 }),
              },
            })),
          },
        ],
      };
    },
  });
  const made = panel({
    id: 'parallel',
    title: 'Decisions together',
    caption:
      'Each line is a scored trial, the stronger its colour, the better. Drag along an axis to keep the trials there: the whole page follows.',
    wide: true,
    content: [
      element(
        'div',
        { class: 'choices' },
        button('Clear brushes', () => context.selection.clear(), { class: 'quiet' }),
      ),
      chart.element,
    ],
    table: () => ({
      columns: ['trial', ...shown.map(({ title }) => title)],
      rows: lines()
        .filter(({ place }) => context.selection.keeps(place))
        .map((placed) => [
          context.model.name(placed.trial),
          ...shown.map((each) => {
            const position = each.position(placed);
            return position === null ? null : each.label(position);
          }),
        ]),
    }),
  });
  let hadBrushes = false;
  return {
    element: made,
    refresh: () => {
      made.hidden = level().columns.length === 0 || lines().length === 0;
      const has = context.selection.brushTexts.length > 0;
      if (hadBrushes && !has) {
        // The library keeps the brushed areas until the axes are told of empty ones.
        clearing = true;
        chart.forgetBrushes(shown.length);
        clearing = false;
      }
      hadBrushes = has;
      const isNarrow = chart.element.clientWidth < 600;
      chart.element.style.height = `${isNarrow ? 50 + 46 * axes().length : 380}px`;
      chart.draw();
    },
  };
}

function cutLabel(text: string): string {
  return text.length <= 16 ? text : `${text.slice(0, 15)}…`;
}
