/// <reference lib="dom" />
import { hypervolumeHistory } from '../../../../analysis/index.js';
import { axis, Chart, type ChartPoint, largeScatter, tip, tipStyle, wantsLog } from '../chart.js';
import { choice, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';
import {
  decidingPlaces,
  frontOf,
  isFeasible,
  lossesOf,
  metricText,
  type PlacedTrial,
  referencePoint,
} from '../report-model.js';

/** Two metrics against each other with their front, and below how the front's hypervolume grew. */
export function tradeOffPanel(context: PageContext): Panel {
  const chosen = { across: 1, up: 0, size: -1 };
  const choices = element('div', { class: 'choices' });
  let points: readonly ChartPoint[] = [];
  const level = () => context.model.level(context.selection.level);
  const values = (at: number): readonly (number | null)[] =>
    context.model.trials(context.selection.level).map(({ trial }) => trial.values[at] ?? null);

  const groups = (): {
    readonly front: readonly PlacedTrial[];
    readonly kept: readonly PlacedTrial[];
    readonly beyond: readonly PlacedTrial[];
    readonly dimmed: readonly PlacedTrial[];
  } => {
    const all = context.model
      .trials(context.selection.level)
      .filter(
        ({ trial }) =>
          (trial.values[chosen.across] ?? null) !== null && (trial.values[chosen.up] ?? null) !== null,
      );
    const kept = all.filter(({ place }) => context.selection.keeps(place));
    const front = frontOf(level(), kept, [chosen.across, chosen.up]);
    const onFront = new Set(front);
    return {
      front: [...front].sort(
        (a, b) => (a.trial.values[chosen.across] ?? 0) - (b.trial.values[chosen.across] ?? 0),
      ),
      kept: kept.filter((placed) => !onFront.has(placed) && isFeasible(level(), placed.trial)),
      beyond: kept.filter((placed) => !isFeasible(level(), placed.trial)),
      dimmed: all.filter(({ place }) => !context.selection.keeps(place)),
    };
  };

  const chart = new Chart({
    label: 'Trials by two metrics, with their Pareto front. Arrow keys go along the points, Enter opens one.',
    height: 360,
    points: () => points,
    opened: context.open,
    option: (colours) => {
      const { front, kept, beyond, dimmed } = groups();
      const root = context.model.data.searches[0];
      const knee = root?.knee ?? null;
      const isFront = (root?.best.length ?? 0) > 1;
      const series = [dimmed, kept, beyond, front];
      points = series
        .slice(1)
        .flatMap((group, at) =>
          group.map(({ place }, inside) => ({ series: at + 1, at: inside, trial: place })),
        );
      const sizes = values(chosen.size).filter((value) => value !== null);
      const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
      const sizeOf = ({ trial }: PlacedTrial, plain: number): number => {
        const value = chosen.size < 0 ? null : (trial.values[chosen.size] ?? null);
        return value === null || most <= least ? plain : 5 + (18 * (value - least)) / (most - least);
      };
      const many = kept.length > largeScatter;
      const scatter = (
        group: readonly PlacedTrial[],
        symbol: string,
        plain: number,
        style: object,
        z: number,
      ): object => ({
        type: 'scatter',
        symbol,
        z,
        itemStyle: style,
        emphasis: { disabled: many },
        ...(group.length > largeScatter
          ? {
              // One path for all marks; then none has a size of its own.
              large: true,
              largeThreshold: largeScatter,
              symbolSize: plain,
              data: group.map(({ trial }) => [trial.values[chosen.across], trial.values[chosen.up]]),
            }
          : {
              data: group.map((placed) => ({
                value: [placed.trial.values[chosen.across], placed.trial.values[chosen.up]],
                symbolSize: sizeOf(placed, placed.place === knee ? plain + 7 : plain),
                ...(placed.place === knee
                  ? {
                      label: {
                        show: true,
                        formatter: isFront ? 'knee' : 'best',
                        position: 'top',
                        color: colours.text,
                      },
                    }
                  : {}),
              })),
            }),
      });
      const [x, y] = [level().metrics[chosen.across], level().metrics[chosen.up]];
      const cross = 'path://M0,1L1,0L5,4L9,0L10,1L6,5L10,9L9,10L5,6L1,10L0,9L4,5Z';
      return {
        grid: { left: 62, right: 20, top: 18, bottom: 46 },
        tooltip: {
          ...tipStyle(colours),
          trigger: 'item',
          formatter: ({ seriesIndex, dataIndex }: { seriesIndex: number; dataIndex: number }) => {
            const trial = series[seriesIndex]?.[dataIndex]?.trial;
            return trial === undefined ? '' : tip(context.model.lines(trial));
          },
        },
        dataZoom: [
          {
            type: 'inside',
            xAxisIndex: 0,
            filterMode: 'none',
            zoomOnMouseWheel: 'ctrl',
            moveOnMouseMove: true,
          },
          {
            type: 'inside',
            yAxisIndex: 0,
            filterMode: 'none',
            zoomOnMouseWheel: 'ctrl',
            moveOnMouseMove: true,
          },
        ],
        xAxis: axis(colours, x === undefined ? '' : metricText(x), {
          nameGap: 28,
          type: wantsLog(values(chosen.across)) ? 'log' : 'value',
        }),
        yAxis: axis(colours, y === undefined ? '' : metricText(y), {
          nameGap: 46,
          type: wantsLog(values(chosen.up)) ? 'log' : 'value',
        }),
        series: [
          { ...scatter(dimmed, 'circle', 5, { color: colours.faint, opacity: 0.8 }, 1), silent: true },
          scatter(kept, 'circle', many ? 3 : 8, { color: colours.point, opacity: many ? 0.6 : 0.75 }, 2),
          scatter(beyond, cross, 9, { color: colours.bad, opacity: 0.8 }, 3),
          scatter(
            front,
            'diamond',
            13,
            { color: colours.front, borderColor: colours.card, borderWidth: 1 },
            5,
          ),
          {
            type: 'line',
            step: x?.goal === 'minimize' ? 'end' : 'start',
            symbol: 'none',
            silent: true,
            z: 4,
            lineStyle: { color: colours.front, width: 1.8, opacity: 0.9 },
            data: front.map(({ trial }) => [trial.values[chosen.across], trial.values[chosen.up]]),
          },
        ],
      };
    },
  });

  const volume = new Chart({
    label: 'How the hypervolume of the front grew with the trials.',
    height: 130,
    option: (colours) => ({
      grid: { left: 62, right: 20, top: 10, bottom: 34 },
      tooltip: { ...tipStyle(colours), trigger: 'axis' },
      xAxis: axis(colours, 'trials', { nameGap: 22, minInterval: 1 }),
      yAxis: axis(colours, 'hypervolume', { nameGap: 46, splitNumber: 2, scale: false }),
      series: [
        {
          type: 'line',
          step: 'end',
          symbol: 'none',
          lineStyle: { color: colours.accent, width: 2 },
          itemStyle: { color: colours.accent },
          areaStyle: { color: colours.accent, opacity: 0.1 },
          data: volumes().map((value, at) => [at + 1, value]),
        },
      ],
    }),
  });

  const volumes = (): readonly number[] => {
    const places = [chosen.across, chosen.up];
    if (places.some((at) => level().metrics[at]?.goal === 'observe')) return [];
    const trials = context.model
      .trials(context.selection.level)
      .filter(({ place }) => context.selection.keeps(place));
    const losses = trials.map(({ trial }) =>
      isFeasible(level(), trial) ? lossesOf(level(), trial, places) : null,
    );
    const known = losses.filter((each) => each !== null);
    return known.length === 0 ? [] : hypervolumeHistory(losses, referencePoint(known));
  };

  const legend = element(
    'p',
    { class: 'legend' },
    element('span', { class: 'key front' }, '◆ Pareto front'),
    element('span', { class: 'key point' }, '● other trials'),
    element('span', { class: 'key bad' }, '✕ beyond a limit, or stopped'),
  );
  const made = panel({
    id: 'front',
    title: 'Trade-off between two metrics',
    caption:
      'Each mark is a trial; no trial of the front is beaten in both metrics. Drag to move, Ctrl and wheel to zoom, click for details.',
    content: [choices, chart.element, legend, volume.element],
    table: () => ({
      columns: ['trial', ...level().metrics.map(metricText), 'on the front'],
      rows: ((front) =>
        context.model
          .trials(context.selection.level)
          .filter(({ place }) => context.selection.keeps(place))
          .map((placed) => [
            context.model.name(placed.trial),
            ...level().metrics.map((_metric, at) => placed.trial.values[at] ?? null),
            front.has(placed) ? 'yes' : '',
          ]))(new Set(groups().front)),
    }),
  });

  let shownLevel = -1;
  const refresh = (): void => {
    const { metrics } = level();
    made.hidden = metrics.length < 2;
    if (shownLevel !== context.selection.level) {
      shownLevel = context.selection.level;
      const deciding = decidingPlaces(level());
      const feature = metrics.findIndex((_metric, at) => at !== deciding[0]);
      chosen.up = deciding[0] ?? 0;
      chosen.across = deciding[1] ?? Math.max(0, feature);
      chosen.size = -1;
      const names = metrics.map(metricText);
      const changed =
        (key: keyof typeof chosen, offset = 0) =>
        (at: number) => {
          chosen[key] = at - offset;
          redraw();
        };
      choices.replaceChildren(
        choice('across', names, chosen.across, changed('across')),
        choice('up', names, chosen.up, changed('up')),
        choice('size', ['equal', ...names], 0, changed('size', 1)),
      );
    }
    redraw();
  };
  const redraw = (): void => {
    const hasVolume = volumes().length > 0;
    volume.element.hidden = !hasVolume;
    chart.draw();
    if (hasVolume) volume.draw();
  };
  return { element: made, refresh };
}
