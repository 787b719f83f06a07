import { ClientError, similarityOfSearch } from '../../client/index.js';
import type { JournalReader, SimilarityMatrix } from '../../client/index.js';
import { formatNumber } from '../number-format.js';
import { html } from './markup.js';
import type { Markup } from './markup.js';
import { section } from './page-frame.js';
import type { SearchTree } from './search-tree.js';

/** How alike the tasks are that a search could start from, or why that cannot be read; null where it has no such tasks. */
export async function readSimilarity(
  reader: JournalReader,
  tree: SearchTree,
): Promise<SimilarityMatrix | string | null> {
  try {
    return await similarityOfSearch(reader, tree.root.summary);
  } catch (error) {
    if (error instanceof ClientError) return error.message;
    throw error;
  }
}

/** A heat map of the distances: the darker, the nearer. */
export function similaritySection(found: SimilarityMatrix | string): Markup {
  if (typeof found === 'string')
    return section('similarity', 'Similar tasks', html`<p class="muted">${found}</p>`);
  const { tasks, distances, threshold } = found;
  const limit =
    threshold === null
      ? 'Fewer than four records say too little of what is near.'
      : `What counts as near among the records is ${formatNumber(threshold)}.`;
  return section(
    'similarity',
    'Similar tasks',
    html`<p>Distances between the embeddings of the tasks; this search comes first. ${limit}</p>
      <div class="scroll">
        <table class="heat">
          <thead>
            <tr>
              <td></td>
              ${tasks.map(({ task }) => html`<th scope="col">${task}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${distances.map(
              (row, place) =>
                html`<tr>
                  <th scope="row">${nameOf(tasks[place])}</th>
                  ${row.map((distance, other) => cell(distance, place === other))}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`,
  );
}

function nameOf(task: SimilarityMatrix['tasks'][number] | undefined): string {
  if (task === undefined) return '';
  return task.hash === null ? task.task : `${task.task} (${task.hash.slice(0, 12)})`;
}

function cell(distance: number, isSelf: boolean): Markup {
  if (isSelf) return html`<td class="number"></td>`;
  // A distance is from 0 to 1; most are small, so that the root spreads them.
  const share = Math.round(100 * (1 - Math.sqrt(Math.min(1, distance))));
  return html`<td class="number" style="background:color-mix(in srgb, var(--front) ${share}%, transparent)">
    ${distance.toFixed(3)}
  </td>`;
}
