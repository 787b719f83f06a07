/// <reference lib="dom" />
import { formatNumber } from '../../../number-format.js';
import type { ReportData } from '../../report-data.js';
import { axis, Chart, tip, tipStyle } from '../chart.js';
import { choice, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { facts, panel, plainTable } from '../panel.js';

type Learned = ReportData['learned'][number];

/** What the algorithms have learned: their figures over the rounds, and the probabilities of every decision. */
export function learnedPanel(context: PageContext): Panel {
  const place = element('div', {});
  const made = panel({
    id: 'learned',
    title: 'What the algorithm has learned',
    wide: true,
    content: [place],
  });
  let shown = '';
  return {
    element: made,
    refresh: () => {
      const { learned } = context.model.data;
      made.hidden = learned.length === 0;
      const text = JSON.stringify(learned);
      if (text === shown) return;
      shown = text;
      place.replaceChildren(...learned.map((one) => learnedPart(one, learned.length > 1)));
    },
  };
}

function learnedPart(one: Learned, several: boolean): HTMLElement {
  return element(
    'div',
    {},
    several ? element('h3', {}, one.search) : null,
    one.problem === null
      ? element('p', {}, element('b', {}, one.algorithm))
      : element('p', { class: 'muted' }, one.problem),
    figures(one.figures),
    one.notes.map((note) => element('p', {}, note)),
    one.warning === null ? null : element('p', { class: 'bad' }, one.warning),
    one.history === null || one.history.columns.length < 2 ? null : historyPart(one.history),
    one.groups.map((group) =>
      element(
        'details',
        { open: group.decisions.length <= 40 },
        element('summary', {}, element('b', {}, group.name)),
        figures(group.figures),
        element('div', { class: 'policy' }, group.decisions.map(decisionPart)),
        group.moreDecisions === 0
          ? null
          : element('p', { class: 'muted' }, `… and ${group.moreDecisions} more decisions.`),
      ),
    ),
  );
}

function figures(list: Learned['figures']): HTMLElement | null {
  if (list.length === 0) return null;
  return facts(list.map(({ name, value }) => [name, value === null ? 'not known yet' : formatNumber(value)]));
}

function decisionPart({
  id,
  options,
  moreOptions,
}: Learned['groups'][number]['decisions'][number]): HTMLElement {
  return element(
    'div',
    {},
    element('h4', {}, id),
    options.map(({ name, probability }) =>
      element(
        'div',
        { class: 'share' },
        element('span', { class: 'share-name' }, name),
        element(
          'span',
          { class: 'share-bar', 'aria-hidden': 'true' },
          element('i', { style: `width:${(100 * probability).toFixed(1)}%` }),
        ),
        element('span', { class: 'number' }, `${(100 * probability).toFixed(1)} %`),
      ),
    ),
    moreOptions === 0 ? null : element('p', { class: 'muted' }, `… and ${moreOptions} less probable ones.`),
  );
}

function historyPart({ columns, rows }: NonNullable<Learned['history']>): HTMLElement {
  let column = 1;
  const chart = new Chart({
    label: 'A figure of the algorithm over its rounds; the table below has the numbers.',
    height: 240,
    option: (colours) => ({
      grid: { left: 62, right: 20, top: 12, bottom: 42 },
      tooltip: {
        ...tipStyle(colours),
        trigger: 'item',
        formatter: ({ dataIndex }: { dataIndex: number }) =>
          tip(
            columns.flatMap((name, at) => {
              const value = rows[dataIndex]?.[at] ?? null;
              return value === null ? [] : [`${name} ${formatNumber(value)}`];
            }),
          ),
      },
      xAxis: axis(colours, columns[0] ?? '', { nameGap: 26, minInterval: 1 }),
      yAxis: axis(colours, columns[column] ?? '', { nameGap: 46 }),
      series: [
        {
          type: 'line',
          symbolSize: 6,
          lineStyle: { color: colours.accent, width: 2 },
          itemStyle: { color: colours.accent },
          data: rows.map((row, at) => [row[0] ?? at, row[column] ?? null]),
        },
      ],
    }),
  });
  return element(
    'div',
    {},
    element(
      'div',
      { class: 'choices' },
      choice('curve', columns.slice(1), 0, (at) => {
        column = at + 1;
        chart.draw();
      }),
    ),
    chart.element,
    element(
      'details',
      {},
      element('summary', {}, 'All numbers'),
      plainTable({ columns, rows }, 'Figures of the algorithm'),
    ),
  );
}
