/// <reference lib="dom" />
import { formatDuration, formatNumber } from '../../../number-format.js';
import { element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { metricText } from '../report-model.js';

/** Name, phase and the most important numbers. */
export function headPanel(context: PageContext): Panel {
  const made = element('header', {});
  return {
    element: made,
    refresh: () => {
      const { data } = context.model;
      const root = data.searches[0];
      if (root === undefined) return;
      const levels = data.levels.map(({ name }) => name).join(' › ');
      const dates =
        data.span === null
          ? ''
          : ` Begun ${dateText(data.span.first)}, last record ${dateText(data.span.last)}.`;
      made.replaceChildren(
        element(
          'div',
          { class: 'titles' },
          element('h1', {}, data.id),
          element('span', { class: `phase ${root.phase}` }, root.phase),
          data.verified === null
            ? null
            : element(
                'span',
                { class: `phase ${data.verified.holds ? 'finished' : 'failed'}`, title: data.verified.text },
                data.verified.holds ? '✓ verified' : '✕ does not hold',
              ),
        ),
        element(
          'p',
          { class: 'muted' },
          `${data.levels.length > 1 ? `Levels: ${levels}. ` : ''}Seed ${data.seed}.${dates}${data.tags.length === 0 ? '' : ` Tags: ${data.tags.join(', ')}.`}`,
        ),
        ...(root.phase === 'failed' || root.phase === 'cancelled'
          ? [
              element(
                'p',
                { class: root.phase === 'failed' ? 'bad' : 'muted' },
                `${root.phase}: ${root.reason ?? ''}`,
              ),
            ]
          : []),
        ...(data.verified !== null && !data.verified.holds
          ? [element('p', { class: 'bad' }, data.verified.text)]
          : []),
        element(
          'div',
          { class: 'tiles' },
          tiles(context).map(([value, label]) =>
            element('div', { class: 'tile' }, element('b', {}, value), element('span', {}, label)),
          ),
        ),
        element(
          'p',
          { class: 'muted hash' },
          'Trajectory hash ',
          element('code', {}, root.trajectoryHash ?? 'known when the search has ended'),
        ),
      );
    },
  };
}

function tiles(context: PageContext): readonly (readonly [string, string])[] {
  const { data } = context.model;
  const root = data.searches[0];
  const found: (readonly [string, string])[] = [];
  if (root === undefined) return found;
  const level = context.model.level(root.level);
  const best = root.knee === null ? undefined : data.trials[root.knee];
  const several = root.best.length > 1;
  for (const [at, metric] of level.metrics.entries()) {
    const value = best?.values[at] ?? null;
    if (value === null || found.length >= 4) continue;
    found.push([
      formatNumber(value),
      `${metricText(metric)}, ${several ? `knee of ${root.best.length}` : `trial ${best?.index ?? ''}`}`,
    ]);
  }
  const own = context.model.trials(root.level).filter(({ trial }) => trial.search === 0);
  const told = own.filter(({ trial }) => trial.state !== 'open').length;
  const budget = root.budget['trials'];
  found.push([typeof budget === 'number' ? `${told} of ${budget}` : String(told), `trials of ${level.name}`]);
  const innermost = data.levels.length - 1;
  if (innermost > 0) {
    const evaluated = context.model
      .trials(innermost)
      .filter(({ trial }) => trial.state !== 'open' && !trial.reused).length;
    found.push([String(evaluated), `evaluations of ${data.levels[innermost]?.name ?? ''}`]);
  }
  if (data.span !== null) {
    const took = data.span.last - data.span.first;
    found.push([formatDuration(took), 'first to last record']);
    const isOpen = root.phase === 'open' || root.phase === 'paused';
    // By the pace so far.
    if (isOpen && typeof budget === 'number' && told > 0 && told < budget)
      found.push([formatDuration((took / told) * (budget - told)), 'left at this pace']);
  }
  return found;
}

function dateText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
