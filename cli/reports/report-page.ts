import { errorText } from '../../foundation/errors/index.js';
import { ClientError, writeFileAtomically } from '../../client/index.js';
import type { JournalReader } from '../../client/index.js';
import { bestSection } from './best-section.js';
import { chartData } from './chart-data.js';
import { failuresSection } from './failures-section.js';
import { findNetwork } from './found-network.js';
import { headline, levelsSection } from './headline.js';
import { historiesOf, learnedSection, readLearned } from './learned-section.js';
import { html } from './markup.js';
import type { Markup } from './markup.js';
import { networkSection } from './network-section.js';
import { pageFrame, section } from './page-frame.js';
import { pageProgram } from './page-program.js';
import { retrainingSection } from './retraining-section.js';
import { SearchTree } from './search-tree.js';
import { readSimilarity, similaritySection } from './similarity-section.js';
import { treeSection } from './tree-section.js';
import { readMachineKinds } from './trial-details.js';
import { trialsSection } from './trials-section.js';

/**
 * A report on a search and all searches inside it: one HTML file that loads nothing, made from journals and artifacts
 * alone. Throws `ClientError` when there is no journal of the search.
 */
export async function reportPage(reader: JournalReader, id: string): Promise<string> {
  const tree = await SearchTree.read(reader, id);
  const facts = { span: await reader.span(id), machines: await readMachineKinds(reader, tree) };
  const [best] = tree.root.summary.best;
  const found = best === undefined ? null : await findNetwork(reader, tree.chain(tree.root, best.index));
  const learned = await readLearned(reader, tree);
  const similarity = await readSimilarity(reader, tree);
  const data = chartData(tree, historiesOf(learned));
  const several = data.levels.some(({ metrics }) => metrics.length > 1);
  const { program, styles } = await pageProgram();
  const { definition, retraining } = tree.root.summary;
  const links = [
    ['best', 'Best'],
    ...(retraining === null ? [] : [['retraining', 'Full retraining']]),
    ...(found === null ? [] : [['network', 'Network']]),
    ...(learned.length === 0 ? [] : [['learned', 'Learned']]),
    ...(similarity === null ? [] : [['similarity', 'Similar tasks']]),
    ['tree', 'Search tree'],
    ['trials', 'All trials'],
    ['failures', 'Failures'],
    ['definition', 'Definition'],
  ];
  const body = html`<main>
    ${headline(tree, facts)}
    <nav>${links.map(([target = '', name = '']) => html`<a href="#${target}">${name}</a>`)}</nav>
    <div class="plots">${several ? frontPlot() : null}${progressPlot()}</div>
    ${bestSection(tree)} ${retraining === null ? null : retrainingSection(retraining)}
    ${found === null ? null : networkSection(found)} ${learned.length === 0 ? null : learnedSection(learned)}
    ${similarity === null ? null : similaritySection(similarity)} ${levelsSection(tree, facts)}
    ${treeSection(tree)} ${trialsSection(tree)} ${failuresSection(tree)}
    ${section(
      'definition',
      'Definition',
      html`<details>
        <summary>The whole definition as JSON</summary>
        <pre>${JSON.stringify(definition, null, 2)}</pre>
      </details>`,
    )}
    <footer>Made by Duramen from the journals of the search.</footer>
  </main>`;
  return pageFrame({ title: `${id}: report`, body, data, program, styles });
}

/** Writes a report; a program that reads the file meanwhile gets the old one or the new one, whole. */
export async function writeReport(file: string, page: string): Promise<void> {
  try {
    // A report that a power cut takes away is made again from the journals.
    await writeFileAtomically(file, page, { durable: false });
  } catch (error) {
    const reason = errorText(error);
    throw new ClientError('input', `The report cannot be written to ${file}: ${reason}.`, { cause: error });
  }
}

function frontPlot(): Markup {
  return section(
    'front',
    'Trade-off between two metrics',
    html`<div class="choices"></div>
      <div class="plot"></div>
      <div class="legend">
        <span><i style="background:var(--front)"></i>Pareto front of these two</span
        ><span><i style="background:var(--point)"></i>other trials</span>
      </div>`,
  );
}

function progressPlot(): Markup {
  return section(
    'progress',
    'Trials over time',
    html`<div class="choices"></div>
      <div class="plot"></div>
      <div class="legend">
        <span><i class="line" style="border-color:var(--front)"></i>best so far</span
        ><span
          ><i style="background:var(--point)"></i>trials in the order of their index, search by search</span
        >
      </div>`,
  );
}
