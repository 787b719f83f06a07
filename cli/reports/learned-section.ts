import { ClientError, type JournalReader } from '../../client/index.js';
import type { AlgorithmDecision, AlgorithmGroup, AlgorithmView } from '../../searches/index.js';
import { formatNumber } from '../number-format.js';
import { html } from './markup.js';
import type { Content, Markup } from './markup.js';
import { section, sortableTable } from './page-frame.js';
import type { SearchTree } from './search-tree.js';

/** Decisions of an agent or other part of an algorithm, and options of a decision, that the page draws. */
const shown = { decisions: 500, options: 24 };

type History = NonNullable<AlgorithmView['history']>;

/** What the algorithm of one search has learned, or why that cannot be read. */
interface Learned {
  readonly search: string;
  readonly found: AlgorithmView | string;
}

/** What each algorithm followed from epoch to epoch, in the order of the section; null where it followed nothing. */
export function historiesOf(learned: readonly Learned[]): readonly (History | null)[] {
  return learned.map(({ found }) => (typeof found === 'string' ? null : (found.history ?? null)));
}

/** Reads what the algorithms have learned of the root and of the searches behind its best trial. */
export async function readLearned(reader: JournalReader, tree: SearchTree): Promise<readonly Learned[]> {
  const [best] = tree.root.summary.best;
  const chain = best === undefined ? [] : tree.chain(tree.root, best.index);
  const searches = new Set([tree.root.id, ...chain.map(({ search }) => search.id)]);
  const learned: Learned[] = [];
  for (const search of searches) {
    try {
      const found = await reader.learned(search, shown);
      if (found !== null) learned.push({ search, found });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      learned.push({ search, found: error.message });
    }
  }
  return learned;
}

/** What the algorithms have learned: their figures, and the probabilities of every decision as bars. */
export function learnedSection(learned: readonly Learned[]): Markup {
  return section(
    'learned',
    'What the algorithm has learned',
    learned.map(({ search, found }, place) => {
      const heading = learned.length > 1 ? html`<h3>${search}</h3>` : null;
      if (typeof found === 'string')
        return html`${heading}
          <p class="muted">${found}</p>`;
      return html`${heading}
        <p>${found.algorithm}: ${figureText(found.figures)}</p>
        ${(found.notes ?? []).map((note) => html`<p>${note}</p>`)}
        ${found.warning === null ? null : html`<p class="bad">${found.warning}</p>`}
        ${found.history === undefined ? null : historyPart(found.history, place)}
        ${found.groups.map(groupPart)}`;
    }),
  );
}

/** A curve of each column over the epochs, and all numbers; the page's program draws it from the data of this place. */
function historyPart({ columns, rows }: History, place: number): Markup {
  const cells = rows.map((row) =>
    row.map((value) => (value === null ? '' : { text: formatNumber(value), value })),
  );
  return html`<div class="history" data-place="${place}">
    <div class="choices"></div>
    <div class="plot"></div>
    ${sortableTable(columns, cells)}
  </div>`;
}

function groupPart({ name, figures, decisions, moreDecisions }: AlgorithmGroup): Markup {
  const more = moreDecisions === 0 ? null : html`<p class="muted">… and ${moreDecisions} more decisions.</p>`;
  return html`<details open>
    <summary><b>${name}</b> <span class="muted">${figureText(figures)}</span></summary>
    <div class="policy">${decisions.map(decisionPart)}</div>
    ${more}
  </details>`;
}

function decisionPart({ id, options, moreOptions }: AlgorithmDecision): Markup {
  const rows = options.map(
    ({ name, probability }): Content =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>
          <meter min="0" max="1" value="${probability.toFixed(4)}"></meter>
        </td>
        <td class="number">${(100 * probability).toFixed(1)} %</td>
      </tr>`,
  );
  return html`<div>
    <h4>${id}</h4>
    <table class="facts">
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${moreOptions === 0 ? null : html`<p class="muted">… and ${moreOptions} less probable ones.</p>`}
  </div>`;
}

function figureText(figures: AlgorithmView['figures']): string {
  return figures
    .map(({ name, value }) => `${name} ${value === null ? 'not known yet' : formatNumber(value)}`)
    .join(', ');
}
