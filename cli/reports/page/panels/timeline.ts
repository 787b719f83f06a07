/// <reference lib="dom" />
import { formatDuration } from '../../../number-format.js';
import { Chart, type ChartPoint, tip, tipStyle } from '../chart.js';
import { element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';
import type { PlacedTrial } from '../report-model.js';

/** An attempt, or a trial without recorded attempts, as a stretch of time. */
interface Bar {
  readonly placed: PlacedTrial;
  readonly attempt: number | null;
  readonly from: number;
  readonly to: number;
  readonly kind: 'done' | 'lost' | 'parked' | 'reused' | 'running';
  readonly lane: number;
}

/** Bars that a browser draws at once; of more the last ones. */
const barLimit = 1500;

/** What ran when: lanes are as many as ran at once, marks are lost attempts, shades are pauses. */
export function timelinePanel(context: PageContext): Panel {
  let points: readonly ChartPoint[] = [];
  const summary = element('p', { class: 'muted' });

  const bars = (): readonly Bar[] => {
    const found: Omit<Bar, 'lane'>[] = [];
    const last = context.model.data.span?.last ?? 0;
    for (const placed of context.model.trials(context.selection.level)) {
      if (!context.selection.keeps(placed.place)) continue;
      const { attempts, proposedAt, toldAt, reused, state } = placed.trial;
      const timed = attempts.filter(({ at }) => at !== null);
      for (const { at, attempt, milliseconds, end } of timed) {
        const open = milliseconds === null && state === 'open' && attempt === timed.at(-1)?.attempt;
        const next = timed.find((other) => other.attempt > attempt)?.at ?? toldAt ?? last;
        const kind = end === 'parked' ? 'parked' : open ? 'running' : end === 'finished' ? 'done' : 'lost';
        const from = at ?? 0;
        found.push({
          placed,
          attempt,
          from,
          to: Math.max(from, milliseconds === null ? (open ? last : next) : from + milliseconds),
          kind,
        });
      }
      if (timed.length > 0 || proposedAt === null) continue;
      const kind = reused ? 'reused' : state === 'open' ? 'running' : 'done';
      found.push({ placed, attempt: null, from: proposedAt, to: Math.max(proposedAt, toldAt ?? last), kind });
    }
    found.sort((a, b) => a.from - b.from || a.placed.place - b.placed.place);
    const ends: number[] = [];
    return found.map((bar) => {
      const free = ends.findIndex((end) => end <= bar.from);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = bar.to;
      return { ...bar, lane };
    });
  };

  const chart = new Chart({
    label: 'When each trial ran. Arrow keys go along the trials, Enter opens one.',
    height: 260,
    points: () => points,
    opened: context.open,
    option: (colours) => {
      const all = bars().slice(-barLimit);
      points = all.map(({ placed }, at) => ({ series: 0, at, trial: placed.place }));
      const fill = {
        done: colours.accent,
        lost: colours.bad,
        parked: colours.warn,
        reused: 'transparent',
        running: colours.good,
      };
      const lanes = Math.max(1, ...all.map(({ lane }) => lane + 1));
      return {
        grid: { left: 20, right: 20, top: 12, bottom: 34 },
        tooltip: {
          ...tipStyle(colours),
          trigger: 'item',
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const bar = all[dataIndex];
            if (bar === undefined) return '';
            const lines = context.model.lines(bar.placed.trial);
            const attempt = bar.attempt === null ? [] : [`attempt ${bar.attempt}: ${bar.kind}`];
            return tip([lines[0] ?? '', ...attempt, formatDuration(bar.to - bar.from), ...lines.slice(1, 6)]);
          },
        },
        dataZoom: [{ type: 'inside', xAxisIndex: 0, filterMode: 'weakFilter', zoomOnMouseWheel: 'ctrl' }],
        xAxis: {
          type: 'time',
          axisLabel: { color: colours.muted, hideOverlap: true },
          axisLine: { lineStyle: { color: colours.line } },
          splitLine: { show: true, lineStyle: { color: colours.faint } },
        },
        yAxis: { type: 'value', inverse: true, min: 0, max: lanes, show: false },
        series: [
          {
            type: 'custom',
            encode: { x: [0, 1], y: 2 },
            data: all.map(({ from, to, lane }) => [from, to, lane]),
            markArea: {
              silent: true,
              itemStyle: { color: colours.warn, opacity: 0.16 },
              data: pauses().map(([from, to]) => [{ xAxis: from }, { xAxis: to }]),
            },
            renderItem: ({ dataIndex }: { readonly dataIndex: number }, api: CustomApi) => {
              const at = api.value(2);
              const [x = 0, y = 0] = api.coord([api.value(0), at]);
              const [end = 0] = api.coord([api.value(1), at]);
              const height = (api.size([0, 1])[1] ?? 1) * 0.78;
              const bar = all[dataIndex];
              const kind = bar?.kind ?? 'done';
              const box = { x, y, width: Math.max(1.5, end - x), height: Math.min(22, height) };
              const outline = kind === 'reused' ? { stroke: colours.muted, lineDash: [3, 2] } : {};
              return {
                type: 'group',
                children: [
                  {
                    type: 'rect',
                    shape: { ...box, r: 2 },
                    style: { fill: fill[kind], opacity: 0.85, ...outline },
                  },
                  ...(kind === 'lost'
                    ? [
                        {
                          type: 'text',
                          style: {
                            text: '✕',
                            x: x + box.width,
                            y: y + box.height / 2,
                            align: 'center',
                            verticalAlign: 'middle',
                            fill: colours.text,
                            fontSize: 12,
                          },
                        },
                      ]
                    : []),
                ],
              };
            },
          },
        ],
      };
    },
  });

  const pauses = (): readonly (readonly [number, number])[] => {
    const spans: (readonly [number, number])[] = [];
    let since: number | null = null;
    for (const { kind, at } of context.model.data.searches[0]?.interventions ?? []) {
      if (at === null) continue;
      if (kind === 'pause') since ??= at;
      if (kind === 'resume' && since !== null) {
        spans.push([since, at]);
        since = null;
      }
    }
    return since === null ? spans : [...spans, [since, context.model.data.span?.last ?? since]];
  };

  const made = panel({
    id: 'timeline',
    title: 'Timeline',
    caption:
      'One bar an attempt, in as many lanes as ran at once. ✕ marks an attempt that was lost, a dashed outline a result that was reused, a shade a pause.',
    wide: true,
    content: [chart.element, summary],
    table: () => ({
      columns: ['trial', 'attempt', 'begun', 'took (s)', 'how it ended'],
      rows: bars().map(({ placed, attempt, from, to, kind }) => [
        context.model.name(placed.trial),
        attempt,
        new Date(from).toISOString(),
        (to - from) / 1000,
        kind,
      ]),
    }),
  });
  return {
    element: made,
    refresh: () => {
      const all = bars();
      made.hidden = all.length === 0;
      const lost = all.filter(({ kind }) => kind === 'lost');
      const gone = context.model
        .trials(context.selection.level)
        .flatMap(({ trial }) => trial.attempts)
        .filter(({ startedFrom }) => startedFrom !== null).length;
      const busy = all.reduce((sum, { from, to }) => sum + to - from, 0);
      summary.textContent = `${all.length} attempts${all.length > barLimit ? `, of which the last ${barLimit} are drawn` : ''}, ${formatDuration(busy)} of work${lost.length === 0 ? '' : `; ${lost.length} were lost with ${formatDuration(lost.reduce((sum, { from, to }) => sum + to - from, 0))}`}${gone === 0 ? '' : `; ${gone} went on from a checkpoint`}.`;
      chart.element.style.height = `${Math.min(420, 90 + 24 * Math.max(1, ...all.map(({ lane }) => lane + 1)))}px`;
      chart.draw();
    },
  };
}

/** The part of the library's interface that draws a bar. */
interface CustomApi {
  readonly value: (dimension: number) => number;
  readonly coord: (value: readonly number[]) => readonly number[];
  readonly size: (value: readonly number[]) => readonly number[];
}
