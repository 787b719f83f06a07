/// <reference lib="dom" />
import { formatNumber } from '../../../number-format.js';
import { button, choice, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { facts, panel } from '../panel.js';
import { choiceText, metricText } from '../report-model.js';

/** A point of the front, or the best trial, level by level. */
export function chosenResultPanel(context: PageContext): Panel {
  const place = element('div', {});
  const choices = element('div', { class: 'choices' });
  let chosen: number | null = null;

  const draw = (): void => {
    const { data } = context.model;
    const root = data.searches[0];
    const trial = chosen === null ? undefined : data.trials[chosen];
    if (root === undefined || trial === undefined) {
      choices.replaceChildren();
      place.replaceChildren(element('p', { class: 'muted' }, 'No trial has a score yet.'));
      return;
    }
    const names = root.best.map((at) => {
      const each = data.trials[at];
      const values = (each?.values ?? [])
        .slice(0, 2)
        .flatMap((value) => (value === null ? [] : [formatNumber(value)]));
      return `trial ${each?.index ?? ''} (${values.join(', ')})${at === root.knee && root.best.length > 1 ? ' – knee' : ''}`;
    });
    choices.replaceChildren(
      ...(root.best.length > 1
        ? [
            choice('point of the front', names, root.best.indexOf(chosen ?? -1), (at) => {
              chosen = root.best[at] ?? null;
              draw();
            }),
          ]
        : []),
      button('Details', () => chosen !== null && context.open(chosen)),
      copyButton('Copy as JSON', () => JSON.stringify(asJson(), null, 2)),
    );
    const links = chain();
    place.replaceChildren(
      element(
        'div',
        { class: 'columns' },
        links.map(({ at, level }, depth) => {
          const each = data.trials[at];
          const known = context.model.level(level);
          const metrics = known.metrics.flatMap((metric, m): (readonly [string, string])[] => {
            const value = each?.values[m] ?? null;
            return value === null ? [] : [[metricText(metric), formatNumber(value)]];
          });
          const decisions = known.columns.flatMap((column, c): (readonly [string, string])[] => {
            const value = each?.choices[c] ?? null;
            return value === null ? [] : [[column.name, choiceText(column, value)]];
          });
          return element(
            'div',
            {},
            element('h3', {}, data.levels.length === 1 ? 'Metrics' : known.name),
            depth > 0 && each !== undefined
              ? element('p', { class: 'muted' }, context.model.name(each))
              : null,
            facts(metrics),
            element('h4', {}, 'Decisions'),
            facts(decisions.slice(0, 40)),
            decisions.length > 40
              ? element('p', { class: 'muted' }, `… and ${decisions.length - 40} more.`)
              : null,
          );
        }),
      ),
      element(
        'p',
        { class: 'muted' },
        'To get what it saved, such as its model: ',
        element('code', {}, exportLine(trial.index)),
      ),
    );
  };
  const exportLine = (index: number): string => {
    const root = context.model.data.searches[0];
    const isDefault = chosen === root?.knee;
    return `duramen export ${context.model.data.id}${isDefault ? '' : ` --trial ${index}`}`;
  };
  /** The trial, the best one of the search inside it, and so on. */
  const chain = (): readonly { readonly at: number; readonly level: number }[] => {
    const links: { at: number; level: number }[] = [];
    for (let at = chosen; at !== null;) {
      const trial = context.model.data.trials[at];
      if (trial === undefined) break;
      links.push({ at, level: context.model.levelPlace(trial) });
      const inner: number | null = trial.inner;
      at = inner === null ? null : (context.model.data.searches[inner]?.best[0] ?? null);
    }
    return links;
  };
  const asJson = (): object => ({
    search: context.model.data.id,
    trials: chain().map(({ at, level }) => {
      const trial = context.model.data.trials[at];
      const known = context.model.level(level);
      return {
        level: known.name,
        index: trial?.index ?? null,
        metrics: Object.fromEntries(known.metrics.map(({ name }, m) => [name, trial?.values[m] ?? null])),
        decisions: Object.fromEntries(
          known.columns.flatMap((column, c) => {
            const value = trial?.choices[c] ?? null;
            return value === null
              ? []
              : [[column.name, column.kind === 'category' ? (column.options[value] ?? null) : value]];
          }),
        ),
      };
    }),
  });
  const made = panel({ id: 'best', title: 'Chosen result', wide: true, content: [choices, place] });
  return {
    element: made,
    refresh: () => {
      const root = context.model.data.searches[0];
      if (chosen === null || root?.best.includes(chosen) !== true) chosen = root?.knee ?? null;
      const several = (root?.best.length ?? 0) > 1;
      const title = made.querySelector('h2');
      if (title !== null) title.textContent = several ? 'Chosen point of the front' : 'Best trial';
      draw();
    },
  };
}

/** A button that copies a text, and says so for a moment. */
export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const made = button(label, () => {
    const say = (said: string): void => {
      made.textContent = said;
      setTimeout(() => (made.textContent = label), 1500);
    };
    navigator.clipboard.writeText(text()).then(
      () => say('Copied'),
      () => say('The browser refused'),
    );
  });
  return made;
}
