/// <reference lib="dom" />
import { formatNumber } from '../../../number-format.js';
import { axis, Chart, tip, tipStyle, wantsLog } from '../chart.js';
import { choice, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';

/** What trials reported while they were evaluated; those that were stopped are dashed. */
export function curvesPanel(context: PageContext): Panel {
  let metric = '';
  const choices = element('div', { class: 'choices' });
  const curves = () =>
    context.model.data.curves.filter(({ trial }) => {
      const found = context.model.data.trials[trial];
      return (
        found !== undefined &&
        context.model.levelPlace(found) === context.selection.level &&
        context.selection.keeps(trial)
      );
    });
  const names = (): readonly string[] => [...new Set(curves().flatMap(({ values }) => Object.keys(values)))];
  const chart = new Chart({
    label: 'A metric over the steps of each trial.',
    height: 320,
    option: (colours) => {
      const shown = curves().filter(({ values }) => values[metric] !== undefined);
      const best = new Set(context.model.data.searches.map(({ knee }) => knee));
      const many = shown.length > 60;
      return {
        grid: { left: 62, right: 20, top: 14, bottom: 46 },
        tooltip: {
          ...tipStyle(colours),
          trigger: 'item',
          formatter: ({ seriesIndex, value }: { seriesIndex: number; value: readonly number[] }) => {
            const trial = context.model.data.trials[shown[seriesIndex]?.trial ?? -1];
            return trial === undefined
              ? ''
              : tip([
                  context.model.name(trial),
                  `step ${value[0] ?? ''}`,
                  `${metric} ${formatNumber(value[1] ?? NaN)}`,
                  trial.state,
                ]);
          },
        },
        dataZoom: [{ type: 'inside', xAxisIndex: 0, filterMode: 'none', zoomOnMouseWheel: 'ctrl' }],
        xAxis: axis(colours, 'step', { nameGap: 28 }),
        yAxis: axis(colours, metric, {
          nameGap: 46,
          type: wantsLog(shown.flatMap(({ values }) => values[metric] ?? [])) ? 'log' : 'value',
        }),
        series: shown.map(({ trial, steps, values }) => {
          const stopped = context.model.data.trials[trial]?.state !== 'scored';
          const isBest = best.has(trial);
          return {
            type: 'line',
            symbol: steps.length === 1 ? 'circle' : 'none',
            triggerLineEvent: true,
            z: isBest ? 5 : 2,
            lineStyle: {
              color: isBest ? colours.front : stopped ? colours.muted : colours.accent,
              width: isBest ? 2.4 : 1.1,
              type: stopped ? 'dashed' : 'solid',
              opacity: isBest ? 1 : many ? 0.3 : 0.6,
            },
            itemStyle: { color: isBest ? colours.front : colours.accent },
            data: steps.map((step, at) => [step, values[metric]?.[at] ?? null]),
          };
        }),
      };
    },
  });
  const made = panel({
    id: 'curves',
    title: 'Learning curves',
    caption:
      'Each line is a trial; the thick ones are the chosen results, dashed ones were stopped or failed.',
    content: [choices, chart.element],
    table: () => ({
      columns: ['trial', 'step', metric],
      rows: curves().flatMap(({ trial, steps, values }) => {
        const found = context.model.data.trials[trial];
        return found === undefined
          ? []
          : steps.map((step, at) => [context.model.name(found), step, values[metric]?.[at] ?? null]);
      }),
    }),
  });
  return {
    element: made,
    refresh: () => {
      const found = names();
      made.hidden = found.length === 0;
      if (made.hidden) return;
      if (!found.includes(metric)) metric = found[0] ?? '';
      choices.replaceChildren(
        choice('metric', found, found.indexOf(metric), (at) => {
          metric = found[at] ?? metric;
          chart.draw();
        }),
      );
      chart.draw();
    },
  };
}
