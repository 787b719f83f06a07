import { formatDuration, formatNumber } from '../number-format.js';
import { section, sortableTable } from './page-frame.js';
import { html } from './markup.js';
import type { Content, Markup } from './markup.js';
import type { ReportedSearch, SearchTree } from './search-tree.js';
import type { MachineKind } from './trial-details.js';

/** Where a search stands according to its journal. */
export type ReportedPhase = 'finished' | 'cancelled' | 'failed' | 'paused' | 'open';

/** The phase of a search. */
export function phaseOf({ summary, interventions }: ReportedSearch): ReportedPhase {
  if (summary.closed !== null) return summary.closed.phase;
  const last = interventions.findLast(({ intervention: { kind } }) => kind === 'pause' || kind === 'resume');
  return last?.intervention.kind === 'pause' ? 'paused' : 'open';
}

/** What the headline shows beside the tree itself. */
export interface HeadlineFacts {
  readonly span: { readonly first: Date; readonly last: Date } | null;
  readonly machines: readonly MachineKind[];
}

/** Name, phase and the most important numbers. */
export function headline(tree: SearchTree, { span }: HeadlineFacts): Markup {
  const { id, summary, levelIndex } = tree.root;
  const { definition, best, trials, budget } = summary;
  const phase = phaseOf(tree.root);
  const told = trials.filter(({ outcome }) => outcome !== null).length;
  const [first] = best;
  const tiles: (readonly [string, string])[] = Object.entries(first?.metrics ?? {}).map(([name, value]) => [
    formatNumber(value),
    best.length > 1 ? `${name}, first on the front` : `best ${name}`,
  ]);
  tiles.push([
    budget.trials === undefined ? String(told) : `${told} of ${budget.trials}`,
    `trials of ${summary.level.name}`,
  ]);
  const innermost = definition.levels.length - 1;
  if (innermost > levelIndex) {
    const evaluations = tree.ofLevel(innermost).flatMap((search) => search.summary.trials);
    const own = evaluations.filter(({ outcome, reused }) => outcome !== null && !reused).length;
    tiles.push([String(own), `trials of ${definition.levels[innermost]?.name ?? ''} evaluated`]);
  }
  if (span !== null) {
    tiles.push([formatDuration(span.last.getTime() - span.first.getTime()), 'first to last record']);
  }
  const levels = definition.levels.slice(levelIndex).map(({ name }) => name);
  return html`<header>
      <div class="titles">
        <h1>${id}</h1>
        <span class="phase ${phase}">${phase}</span>
      </div>
      <p class="muted">
        ${levels.length > 1 ? `Levels: ${levels.join(' › ')}. ` : ''}Seed
        ${String(definition.seed)}.${
          span === null ? '' : ` Begun ${dateText(span.first)}, last record ${dateText(span.last)}.`
        }${definition.tags.length === 0 ? '' : ` Tags: ${definition.tags.join(', ')}.`}
      </p>
      ${reason(tree.root)}
      <p>
        Trajectory hash
        <code>${summary.closed === null ? 'known when the search has ended' : summary.trajectoryHash}</code>
      </p>
    </header>
    <div class="tiles">
      ${tiles.map(([value, label]) => html`<div class="tile"><b>${value}</b><span>${label}</span></div>`)}
    </div> `;
}

/** What each level did, and on which machines. */
export function levelsSection(tree: SearchTree, { machines }: HeadlineFacts): Markup {
  const { definition } = tree.root.summary;
  const rows = definition.levels.flatMap((level, levelIndex) => {
    const searches = tree.ofLevel(levelIndex);
    if (searches.length === 0) return [];
    const trials = searches.flatMap(({ summary }) => summary.trials);
    const count = (test: (trial: (typeof trials)[number]) => boolean): { text: string; value: number } => {
      const value = trials.filter(test).length;
      return { text: String(value), value };
    };
    const failed = (kind: string | undefined): boolean => kind === 'failed' || kind === 'infeasible';
    return [
      [
        level.name,
        level.algorithm.name,
        level.metrics.map(({ name, goal }) => `${name} (${goal})`).join(', '),
        { text: String(searches.length), value: searches.length },
        count(({ outcome }) => outcome !== null),
        count(({ outcome }) => outcome?.kind === 'scored'),
        count(({ outcome }) => outcome?.kind === 'stopped'),
        count(({ outcome }) => failed(outcome?.kind)),
        count(({ reused }) => reused),
      ],
    ];
  });
  const columns = [
    'level',
    'algorithm',
    'metrics',
    'searches',
    'trials',
    'scored',
    'stopped',
    'failed',
    'reused',
  ];
  return section('levels', 'Levels and machines', sortableTable(columns, rows), machineText(machines));
}

function machineText(machines: readonly MachineKind[]): Content {
  const [only] = machines;
  if (only === undefined) return html`<p class="muted">No trial has a record of its machine.</p>`;
  if (machines.length === 1)
    return html`<p class="muted">
      All ${only.trials} recorded trials ran on one kind of machine: ${only.name}.
    </p>`;
  const items = machines.map(({ name, trials }) => html`<li>${trials} trials: ${name}</li>`);
  return html`<p>
      <b>A mixture of ${machines.length} kinds of machines or computations.</b> Recorded outcomes are exact;
      evaluated again, they repeat bit by bit only on the same kind.
    </p>
    <ul>
      ${items}
    </ul>`;
}

function reason({ summary: { closed } }: ReportedSearch): Content {
  if (closed === null || closed.phase === 'finished' || closed.reason === '') return null;
  return html`<p class="${closed.phase === 'failed' ? 'bad' : 'muted'}">
    ${closed.phase}: ${closed.reason}
  </p>`;
}

function dateText(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
