import type { JournalTrial } from '../../client/index.js';
import { formatNumber } from '../number-format.js';
import { phaseOf } from './headline.js';
import { section } from './page-frame.js';
import { html } from './markup.js';
import type { Content, Markup } from './markup.js';
import { parameterText } from './parameter-columns.js';
import type { ReportedSearch, SearchTree } from './search-tree.js';

/** Trials of a search on the innermost level that its branch lists; the table of all trials has every one. */
const shownTrials = 200;

/** The tree of searches: each trial of an outer level with the search that evaluated it. */
export function treeSection(tree: SearchTree): Markup {
  return section('tree', 'Search tree', html`<div class="tree">${searchNode(tree, tree.root, true)}</div>`);
}

function searchNode(tree: SearchTree, search: ReportedSearch, open: boolean): Markup {
  const { summary, id, levelIndex } = search;
  const nested = summary.definition.levels.length > levelIndex + 1;
  const best = new Set(summary.best.map(({ index }) => index));
  const shown = nested ? summary.trials : summary.trials.slice(0, shownTrials);
  const trials = shown.map((trial) => trialNode(tree, search, trial, best.has(trial.index), nested));
  const more = summary.trials.length - shown.length;
  return html`<details${open ? html` open` : null}><summary><b>${id}</b> <span class="muted">${searchText(search)}</span></summary>${trials}${more > 0 ? html`<div class="leaf muted">… and ${more} more, listed below</div>` : null}</details>
`;
}

function trialNode(
  tree: SearchTree,
  search: ReportedSearch,
  trial: JournalTrial,
  best: boolean,
  nested: boolean,
): Content {
  const star = best ? html`<span class="star" title="best">★</span> ` : null;
  const reused = trial.reused ? html` <span class="muted">(reused)</span>` : null;
  const line = html`${star}trial ${trial.index}: <span class="value">${outcomeText(trial)}</span>
    <span class="muted">${parameterText(trial.parameters)}</span>${reused}`;
  if (!nested) return html`<div class="leaf">${line}</div> `;
  const inner = tree.inner(search, trial);
  if (inner === null) return html`<div class="leaf">${line}</div> `;
  if (inner.shared)
    return html`<div class="leaf">
      ${line} <span class="muted">= <code>${inner.search.id}</code></span>
    </div> `;
  return html`<details>
    <summary>${line}</summary>
    ${searchNode(tree, inner.search, false)}
  </details> `;
}

function searchText(search: ReportedSearch): string {
  const { summary } = search;
  const told = summary.trials.filter(({ outcome }) => outcome !== null).length;
  const [first] = summary.best;
  const best = Object.entries(first?.metrics ?? {}).map(([name, value]) => `${name} ${formatNumber(value)}`);
  const phase = phaseOf(search);
  const parts = [
    summary.level.name,
    `${told} trials`,
    ...(phase === 'finished' ? [] : [phase]),
    best.length === 0 ? 'nothing scored' : `best ${best.join(', ')}`,
  ];
  return parts.join(' · ');
}

/** An outcome in a few words. */
export function outcomeText({ outcome }: JournalTrial): string {
  switch (outcome?.kind) {
    case undefined:
      return 'open';
    case 'scored':
      return Object.entries(outcome.metrics)
        .map(([name, value]) => `${name} ${formatNumber(value)}`)
        .join(', ');
    case 'infeasible':
      return 'infeasible';
    case 'stopped':
      return `stopped at step ${outcome.step}`;
    case 'failed':
      return `failed (${outcome.class})`;
    case 'cancelled':
      return 'cancelled';
    default: {
      const never: never = outcome;
      return never;
    }
  }
}
