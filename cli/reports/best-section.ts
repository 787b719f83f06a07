import type { JournalTrial } from '../../client/index.js';
import { formatNumber } from '../number-format.js';
import { section, sortableTable } from './page-frame.js';
import type { TableCell } from './page-frame.js';
import { html } from './markup.js';
import type { Content, Markup } from './markup.js';
import { cellText, parameterCells, parameterText } from './parameter-columns.js';
import type { ChainLink, SearchTree } from './search-tree.js';

/** The best trial with all parameters that made it, or the Pareto front. */
export function bestSection(tree: SearchTree): Markup {
  const { summary, id } = tree.root;
  const [best] = summary.best;
  if (best === undefined)
    return section('best', 'Best trial', html`<p class="muted">No trial has a score yet.</p>`);
  const chain = tree.chain(tree.root, best.index);
  const front = summary.best.length > 1;
  const heading = front ? `Pareto front: ${summary.best.length} trials` : `Best trial: ${id} / ${best.index}`;
  return section(
    'best',
    heading,
    front ? frontTable(tree) : null,
    front ? html`<h3>First on the front: trial ${best.index}</h3>` : null,
    html`<div class="columns">${metricsTable(best.metrics)}${levelTables(tree, chain, best.inner)}</div>`,
  );
}

function frontTable(tree: SearchTree): Markup {
  const { best } = tree.root.summary;
  const metrics = [...new Set(best.flatMap((trial) => Object.keys(trial.metrics)))];
  const columns = ['trial', ...metrics, tree.root.summary.level.name, ...Object.keys(best[0]?.inner ?? {})];
  const rows = best.map((trial): readonly TableCell[] => [
    { text: String(trial.index), value: trial.index },
    ...metrics.map((name) => metricCell(trial.metrics[name])),
    parameterText(trial.parameters),
    ...Object.values(trial.inner).map(parameterText),
  ]);
  return sortableTable(columns, rows);
}

/** A metric in a table. */
export function metricCell(value: number | undefined): TableCell {
  return value === undefined ? '' : { text: formatNumber(value), value };
}

function metricsTable(metrics: Readonly<Record<string, number>>): Markup {
  const rows = Object.entries(metrics).map(
    ([name, value]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td class="number">${formatNumber(value)}</td>
      </tr>`,
  );
  return html`<div>
    <h3>Metrics</h3>
    <table class="facts">
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** The parameters level by level: from the journals of the inner searches, else from what the outer one recorded. */
function levelTables(
  tree: SearchTree,
  chain: readonly ChainLink[],
  inner: Readonly<Record<string, JournalTrial['parameters']>>,
): Content {
  const [outer] = chain;
  const own = outer === undefined ? [] : [[tree.root.summary.level.name, outer.trial.parameters] as const];
  return [...own, ...Object.entries(inner)].map(([level, parameters]) => {
    const link = chain.find(({ search }) => search.summary.level.name === level);
    const rows = [...parameterCells(parameters)].map(
      ([path, cell]) =>
        html`<tr>
          <th scope="row">${path}</th>
          <td>${cellText(cell)}</td>
        </tr>`,
    );
    const where =
      link === undefined
        ? null
        : html`<p class="muted"><code>${link.search.id}</code>, trial ${link.trial.index}</p>`;
    return html`<div>
      <h3>${level}</h3>
      <table class="facts">
        <tbody>
          ${rows}
        </tbody>
      </table>
      ${where}
    </div>`;
  });
}
