/// <reference lib="dom" />
import { averageRanks, asLoss } from '../../../../analysis/index.js';
import { drawing, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';
import type { PlacedTrial } from '../report-model.js';
import { onThemeChange, scaled, theme, type Theme } from '../theme.js';

const rowHeight = 46;
/** Boxes below this width say nothing. */
const textWidth = 34;
const boxLimit = 4000;

interface Box {
  readonly placed: PlacedTrial;
  readonly x: number;
  readonly width: number;
  readonly row: number;
}

/** The tree of searches as an icicle: a row for each level, as wide as the evaluations below, coloured by the metric. */
export function iciclePanel(context: PageContext): Panel {
  const place = element('div', { class: 'icicle' });

  const draw = (): void => {
    const colours = theme();
    const { data } = context.model;
    const bySearch = new Map<number, PlacedTrial[]>();
    for (const [at, trial] of data.trials.entries()) {
      const known = bySearch.get(trial.search) ?? [];
      known.push({ place: at, trial });
      bySearch.set(trial.search, known);
    }
    const sizes = new Map<number, number>();
    const sizeOf = ({ place: at, trial }: PlacedTrial): number => {
      const known = sizes.get(at);
      if (known !== undefined) return known;
      const inner = trial.inner === null || trial.shared ? [] : (bySearch.get(trial.inner) ?? []);
      const size = Math.max(
        1,
        inner.reduce((sum, each) => sum + sizeOf(each), 0),
      );
      sizes.set(at, size);
      return size;
    };
    const boxes: Box[] = [];
    const lay = (search: number, row: number, x: number, unit: number): void => {
      let left = x;
      for (const placed of bySearch.get(search) ?? []) {
        const width = sizeOf(placed) * unit;
        if (boxes.length < boxLimit) boxes.push({ placed, x: left, width, row });
        if (placed.trial.inner !== null && !placed.trial.shared) lay(placed.trial.inner, row + 1, left, unit);
        left += width;
      }
    };
    const roots = bySearch.get(0) ?? [];
    const total = roots.reduce((sum, each) => sum + sizeOf(each), 0);
    const width = Math.max(320, place.clientWidth || 1100);
    lay(0, 0, 0, width / Math.max(1, total));
    place.replaceChildren(picture(context, boxes, width, colours));
  };
  const made = panel({
    id: 'tree',
    title: 'Tree of searches',
    caption:
      'One row for each level; a box is a trial, as wide as the evaluations inside it, and the stronger its colour, the better. Arcs lead to an equal search whose result was reused.',
    wide: true,
    content: [place],
    table: () => ({
      columns: ['search', 'trial', 'outcome', 'metric', 'evaluated by'],
      rows: context.model.data.trials.map((trial) => [
        context.model.data.searches[trial.search]?.id ?? '',
        trial.index,
        trial.state,
        trial.values[0] ?? null,
        trial.inner === null
          ? ''
          : `${context.model.data.searches[trial.inner]?.id ?? ''}${trial.shared ? ' (reused)' : ''}`,
      ]),
    }),
  });
  onThemeChange(draw);
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(place.clientWidth - width) < 8 || made.hidden) return;
    width = place.clientWidth;
    draw();
  }).observe(place);
  return {
    element: made,
    refresh: () => {
      made.hidden = context.model.data.levels.length < 2;
      if (!made.hidden) draw();
    },
  };
}

function picture(context: PageContext, boxes: readonly Box[], width: number, colours: Theme): SVGElement {
  const { levels, searches } = context.model.data;
  const shares = sharesOf(context, boxes);
  const middles = new Map<number, { x: number; y: number }>();
  for (const { placed, x, width: own, row } of boxes)
    middles.set(placed.place, { x: x + own / 2, y: row * rowHeight + 20 });
  const arcs = boxes.flatMap(({ placed: { trial, place } }) => {
    const outer = trial.inner === null || !trial.shared ? undefined : searches[trial.inner]?.outer;
    const [from, to] = [
      middles.get(place),
      outer === undefined || outer === null ? undefined : middles.get(outer),
    ];
    if (from === undefined || to === undefined) return [];
    const top = from.y - 30;
    return [
      drawing('path', {
        d: `M${from.x},${from.y - 14}C${from.x},${top} ${to.x},${top} ${to.x},${to.y - 14}`,
        fill: 'none',
        stroke: colours.muted,
        'stroke-width': 1,
        'stroke-dasharray': '3 3',
      }),
    ];
  });
  const height = levels.length * rowHeight + 12;
  return drawing(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width: '100%',
      height,
      role: 'img',
      'aria-label': 'The tree of searches; its table has the same.',
    },
    boxes.map(({ placed, x, width: own, row }) => {
      const { place, trial } = placed;
      const share = shares.get(place) ?? null;
      const isKept = row !== context.selection.level || context.selection.keeps(place);
      const fill = share === null ? colours.card : scaled(colours.scale, share);
      return drawing(
        'g',
        { class: 'box', opacity: isKept ? 1 : 0.25, onclick: () => context.open(place) },
        drawing('title', {}, context.model.lines(trial).join('\n')),
        drawing('rect', {
          x: x + 0.4,
          y: row * rowHeight + 8,
          width: Math.max(0.6, own - 0.8),
          height: rowHeight - 14,
          rx: own > 12 ? 4 : 0,
          fill,
          stroke: trial.state === 'failed' ? colours.bad : colours.line,
          'stroke-dasharray': trial.reused ? '3 2' : null,
        }),
        own < textWidth
          ? null
          : drawing(
              'text',
              {
                x: x + own / 2,
                y: row * rowHeight + 29,
                'text-anchor': 'middle',
                'font-size': 12,
                fill: share !== null && share > 0.55 ? colours.card : colours.text,
              },
              String(trial.index),
            ),
      );
    }),
    arcs,
  );
}

/** From 0 for the worst to 1 for the best of its level, by the first metric. */
function sharesOf(context: PageContext, boxes: readonly Box[]): ReadonlyMap<number, number> {
  const shares = new Map<number, number>();
  for (const [level, { metrics }] of context.model.data.levels.entries()) {
    const goal = metrics[0]?.goal ?? 'observe';
    const scored = boxes.filter(
      ({ placed, row }) =>
        row === level && placed.trial.state === 'scored' && (placed.trial.values[0] ?? null) !== null,
    );
    const ranks = averageRanks(scored.map(({ placed }) => asLoss(placed.trial.values[0] ?? 0, goal)));
    for (const [at, { placed }] of scored.entries())
      shares.set(placed.place, scored.length < 2 ? 1 : 1 - (ranks[at] ?? 0) / (scored.length - 1));
  }
  return shares;
}
