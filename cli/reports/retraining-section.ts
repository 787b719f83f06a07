import type { Retraining } from '../../searches/retraining/index.js';
import { formatNumber } from '../number-format.js';
import { correlationLines, repeatedText, sourceText, wholePoint } from '../retraining-report.js';
import { section, sortableTable } from './page-frame.js';
import type { TableCell } from './page-frame.js';
import { html } from './markup.js';
import type { Content, Markup } from './markup.js';
import { parameterText } from './parameter-columns.js';

/** The full retraining: every candidate, the chosen one with what only it tells, and the rank correlations. */
export function retrainingSection(retraining: Retraining): Markup {
  const { candidates, chosen, metric, searches, trials } = retraining;
  const rows = candidates.map((candidate, place): readonly TableCell[] => {
    const { search, retrained } = candidate;
    const { mean } = retrained;
    return [
      { text: `${place === chosen ? '★ ' : ''}${place}`, value: place },
      sourceText(candidate),
      search === null ? '' : { text: formatNumber(search.value), value: search.value },
      mean === null ? repeatedText(retrained) : { text: repeatedText(retrained), value: mean },
      parameterText(wholePoint(candidate)),
    ];
  });
  return section(
    'retraining',
    'Full retraining',
    html`<p class="muted">
      After ${trials} trials, ${candidates.length} candidates were trained from scratch in ${searches.length}
      repetitions. The best mean of ${metric} was chosen; metrics that are only observed are told of the
      chosen candidate alone.
    </p>`,
    chosenText(retraining),
    sortableTable(
      ['candidate', 'source', `${metric} in the search`, `${metric} retrained`, 'parameters'],
      rows,
    ),
    correlationLines(retraining).map((line) => html`<p>${line}</p>`),
  );
}

function chosenText({ candidates, chosen, metric, observed }: Retraining): Content {
  const candidate = chosen === null ? undefined : candidates[chosen];
  if (candidate === undefined) return html`<p class="bad">No candidate was chosen.</p>`;
  const told = Object.entries(observed).map(([name, value]) => `, ${name} ${repeatedText(value)}`);
  return html`<p>
    Chosen: candidate ${chosen ?? ''}, ${metric} ${repeatedText(candidate.retrained)}${told}.
  </p>`;
}
