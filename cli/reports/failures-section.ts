import { section, sortableTable } from './page-frame.js';
import type { TableCell } from './page-frame.js';
import { html } from './markup.js';
import type { Markup } from './markup.js';
import { parameterText } from './parameter-columns.js';
import type { SearchTree } from './search-tree.js';

const shownFailures = 1000;

/** Every trial without a score, with the reason; and what people did to the searches. */
export function failuresSection(tree: SearchTree): Markup {
  const rows = tree.searches.flatMap(({ id, summary }) =>
    summary.trials.flatMap(({ index, outcome, parameters }): readonly (readonly TableCell[])[] => {
      const place: readonly TableCell[] = [id, { text: String(index), value: index }];
      if (outcome?.kind === 'failed')
        return [[...place, outcome.class, outcome.message, parameterText(parameters)]];
      if (outcome?.kind === 'infeasible')
        return [[...place, 'infeasible', outcome.reason, parameterText(parameters)]];
      return [];
    }),
  );
  const more = rows.length - shownFailures;
  const failures =
    rows.length === 0
      ? html`<p class="muted">No trial failed.</p>`
      : sortableTable(['search', 'trial', 'class', 'message', 'parameters'], rows.slice(0, shownFailures));
  return section(
    'failures',
    rows.length === 0 ? 'Failures' : `Failures: ${rows.length}`,
    failures,
    more > 0 ? html`<p class="muted">… and ${more} more.</p>` : null,
    interventionsTable(tree),
  );
}

function interventionsTable(tree: SearchTree): Markup | null {
  const rows = tree.searches.flatMap(({ id, interventions }) =>
    interventions.map(({ index, intervention }): readonly TableCell[] => {
      const { kind, ...rest } = intervention;
      const text = kind === 'adopt' ? 'another version of the search file' : JSON.stringify(rest);
      return [id, { text: String(index), value: index }, kind, text];
    }),
  );
  if (rows.length === 0) return null;
  return html`<h3>Interventions</h3>
    ${sortableTable(['search', 'from trial', 'what', 'details'], rows)}`;
}
