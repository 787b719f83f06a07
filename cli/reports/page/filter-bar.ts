/// <reference lib="dom" />
import { button, choice, element } from './dom.js';
import type { PageContext, Panel } from './page-context.js';

/** The choice of a level, the filter as text, and what is brushed: the selection of the whole page. */
export function filterBar(context: PageContext): Panel {
  const field = element('input', {
    type: 'search',
    id: 'filter',
    placeholder: 'accuracy>0.95 outcome=scored',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-describedby': 'filter-problem',
  });
  const problem = element('p', { id: 'filter-problem', class: 'bad', role: 'status' });
  const chips = element('div', { class: 'chips' });
  const level = element('div', {});
  field.addEventListener('input', () => context.selection.filter(field.value));
  const made = element(
    'div',
    { class: 'filter-bar', role: 'search' },
    element(
      'div',
      { class: 'choices' },
      level,
      element('label', { class: 'choice grow', for: 'filter' }, element('span', {}, 'filter'), field),
      button('Clear', () => context.selection.clear(), { class: 'quiet' }),
    ),
    chips,
    problem,
  );
  let levels = '';
  return {
    element: made,
    refresh: () => {
      const names = context.model.data.levels.map(({ name }) => name);
      const { selection } = context;
      const key = JSON.stringify([names, selection.level]);
      if (key !== levels) {
        levels = key;
        level.replaceChildren(
          ...(names.length > 1
            ? [choice('level', names, selection.level, (at) => selection.chooseLevel(at))]
            : []),
        );
      }
      if (field.value !== selection.filterText) field.value = selection.filterText;
      problem.textContent = selection.problem ?? '';
      const trials = context.model.trials(selection.level);
      const kept = trials.filter(({ place }) => selection.keeps(place)).length;
      chips.replaceChildren(
        ...selection.brushTexts.map(([name, text]) =>
          button(`${text} ✕`, () => selection.brush(name, []), {
            class: 'chip',
            'aria-label': `take the brush ${text} away`,
          }),
        ),
        ...(selection.isActive
          ? [element('span', { class: 'muted', role: 'status' }, `${kept} of ${trials.length} trials kept`)]
          : []),
      );
    },
  };
}
