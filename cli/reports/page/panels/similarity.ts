/// <reference lib="dom" />
import { formatNumber } from '../../../number-format.js';
import { element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel } from '../panel.js';

/** The tasks that a search could start from, and how far each is from the others: the darker, the nearer. */
export function similarityPanel(context: PageContext): Panel {
  const place = element('div', {});
  const made = panel({
    id: 'similarity',
    title: 'Similar tasks',
    caption:
      'Distances between the embeddings of the tasks; this search comes first, and a darker field is nearer.',
    content: [place],
  });
  return {
    element: made,
    refresh: () => {
      const { similarity } = context.model.data;
      made.hidden = similarity === null;
      if (similarity === null) return;
      if (typeof similarity === 'string') {
        place.replaceChildren(element('p', { class: 'muted' }, similarity));
        return;
      }
      const { tasks, distances, threshold } = similarity;
      const limit =
        threshold === null
          ? 'Fewer than four records say too little of what is near.'
          : `What counts as near among the records is ${formatNumber(threshold)}.`;
      const head = element(
        'tr',
        {},
        element('td', {}),
        tasks.map(({ task }) => element('th', { scope: 'col' }, task)),
      );
      const rows = distances.map((row, at) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, nameOf(tasks[at])),
          row.map((distance, other) => cell(distance, at === other)),
        ),
      );
      place.replaceChildren(
        element('p', {}, limit),
        element(
          'div',
          { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Distances between tasks' },
          element('table', { class: 'heat' }, element('thead', {}, head), element('tbody', {}, rows)),
        ),
      );
    },
  };
}

function nameOf(task: { readonly task: string; readonly hash: string | null } | undefined): string {
  if (task === undefined) return '';
  return task.hash === null ? task.task : `${task.task} (${task.hash.slice(0, 12)})`;
}

function cell(distance: number, isSelf: boolean): HTMLElement {
  if (isSelf) return element('td', { class: 'number' });
  const made = element('td', { class: 'number' }, distance.toFixed(3));
  // A distance is from 0 to 1; most are small, so that the root spreads them.
  const share = Math.round(60 * (1 - Math.sqrt(Math.min(1, distance))));
  made.style.background = `color-mix(in srgb, var(--accent) ${share}%, transparent)`;
  return made;
}
