import { isPlainObject, type Json } from '../numerics/index.js';
import { innerSearchId, type SearchLoop, type SearchPhase } from '../searches/index.js';
import { shortParameters } from './short-parameters.js';

/** Rows of a table at most: the details are read at a glance. */
const ROWS = 12;
const PARAMETER_ROWS = 30;

/**
 * Markdown for the current details of a search in the Temporal UI: where it stands, its best trial, what runs with
 * links to the inner searches, and which button does what.
 */
export function searchDetails(loop: SearchLoop, phase: SearchPhase, namespace: string): string {
  const { plan } = loop;
  return [
    `### ${text(plan.search)}: ${phase}`,
    ...standing(loop, phase),
    ...bestTrial(loop),
    ...runningTrials(loop, phase, namespace),
    ...lastOutcomes(loop, namespace),
    ...controls(loop, phase),
  ].join('\n');
}

function standing(loop: SearchLoop, phase: SearchPhase): readonly string[] {
  const { plan } = loop;
  const progress = loop.report.progress(phase, 0);
  const budget = progress.trialsBudget === null ? '' : ` of ${progress.trialsBudget}`;
  const counts = Object.entries(progress.outcomes).flatMap(([kind, count]) =>
    count === 0 ? [] : [`${count} ${kind}`],
  );
  const levels = plan.definition.levels.map(({ name }) => (name === plan.level.name ? `**${name}**` : name));
  const rows: (readonly [string, string])[] = [
    ['trials', `**${progress.trials}**${budget}${counts.length === 0 ? '' : ` (${counts.join(', ')})`}`],
    [`best ${progress.bestMetric}`, progress.best === null ? 'nothing scored yet' : `**${progress.best}**`],
    ['at the same time', `${progress.concurrency} (at most ${progress.window})`],
    ['level', levels.join(' › ')],
    ['trajectory', `\`${progress.trajectoryHash.slice(0, 16)}\``],
  ];
  return [...notices(loop, phase), '', ...table(['', ''], rows)];
}

/** Why the search stands still, and what makes it go on. */
function notices(loop: SearchLoop, phase: SearchPhase): readonly string[] {
  const { user, parent, losses } = loop.pauses;
  const { message } = loop.report.progress(phase, 0);
  const notice = (sentence: string): readonly string[] => ['', `**${text(sentence)}**`];
  if (phase !== 'paused') return message === null ? [] : notice(message);
  return [
    ...(losses === null ? [] : notice(losses)),
    ...(user ? notice('Paused here: the update "resume" goes on.') : []),
    ...(parent ? notice('Paused by the search around it, which has to be resumed.') : []),
  ];
}

function bestTrial(loop: SearchLoop): readonly string[] {
  const [best] = loop.report.best();
  if (best === undefined) return [];
  const metrics = Object.entries(best.metrics).map(([name, value]) => `${text(name)} = ${value}`);
  const all = Object.entries({ [loop.plan.level.name]: best.parameters, ...best.inner });
  const parameters = all.flatMap(([level, value]) => leaves(all.length === 1 ? '' : level, value));
  const more = parameters.length - PARAMETER_ROWS;
  return [
    '',
    `#### Best so far: trial ${best.index}`,
    metrics.join(', '),
    '',
    ...table(['parameter', 'value'], parameters.slice(0, PARAMETER_ROWS)),
    ...(more > 0 ? ['', `and ${more} more parameters`] : []),
  ];
}

function runningTrials(loop: SearchLoop, phase: SearchPhase, namespace: string): readonly string[] {
  const { running } = loop.report.trials();
  if (running.length === 0 || phase === 'finished') return [];
  const rows = running.map(({ index, parameters }) => [
    String(index),
    text(shortParameters(parameters, 120)),
    ...innerLink(loop, index, namespace),
  ]);
  return section(loop, 'Running', ['trial', 'parameters'], rows);
}

function lastOutcomes(loop: SearchLoop, namespace: string): readonly string[] {
  const rows = [...loop.report.trials().last].reverse().map(({ index, parameters, outcome }) => {
    const metrics = 'metrics' in outcome ? Object.entries(outcome.metrics ?? {}) : [];
    const shown = metrics.map(([name, value]) => `${name}=${Number(value.toPrecision(5))}`).join(', ');
    const parts = [String(index), outcome.kind, text(shown), text(shortParameters(parameters, 80))];
    return [...parts, ...innerLink(loop, index, namespace)];
  });
  return section(loop, 'Last outcomes', ['trial', 'outcome', 'metrics', 'parameters'], rows);
}

function section(
  loop: SearchLoop,
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  const { inner } = loop.plan;
  const more = rows.length - ROWS;
  return [
    '',
    `#### ${title}`,
    ...table([...columns, ...(inner === undefined ? [] : ['inner search'])], rows.slice(0, ROWS)),
    ...(more > 0 ? ['', `and ${more} more`] : []),
  ];
}

/** The page of the inner search that evaluates a trial. */
function innerLink(loop: SearchLoop, index: number, namespace: string): readonly string[] {
  const { inner, search } = loop.plan;
  if (inner === undefined) return [];
  const id = innerSearchId(search, index, inner.name);
  const page = `/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`;
  return [`[${text(id)}](${page})`];
}

/** Which button does what; a search that has ended has none but those of the command line. */
function controls(loop: SearchLoop, phase: SearchPhase): readonly string[] {
  const { plan } = loop;
  const isOutermost = plan.levelIndex === 0;
  const id = /^[\w./-]+$/.test(plan.search) ? plan.search : `'${plan.search}'`;
  if (phase !== 'running' && phase !== 'paused') {
    if (!isOutermost) return [];
    const goesOn = phase === 'finished' ? `duramen extend ${id} --trials N` : `duramen resume ${id}`;
    return ['', `It has ended; \`${goesOn}\` goes on, with the same decisions as if it had never ended.`];
  }
  const open = loop.report.progress(phase, 0).running[0] ?? 0;
  const amount = (loop.budget.trials ?? 100) * 2;
  const rows: (readonly string[])[] = [
    phase === 'running'
      ? ['pause it and all inside it', '`pause`', '', `duramen pause ${id}`]
      : ['go on', '`resume`', '', `duramen resume ${id}`],
    ['raise the budget', '`extend`', `\`{"trials": ${amount}}\``, `duramen extend ${id} --trials ${amount}`],
    ['run more or fewer at the same time', '`setConcurrency`', '`2`', `duramen set-concurrency ${id} 2`],
    ['give up one trial', '`cancelTrial`', `\`${open}\``, `duramen cancel-trial ${id} ${open}`],
    ['try a point next', '`enqueue`', '`{"parameters": …}`', `duramen enqueue ${id} JSON`],
    ['end it, to go on later', '**Request Cancellation**', '', `duramen cancel ${id}`],
  ];
  // The command line reaches an inner search only for some of these: it is directed by the search around it.
  const shown = rows.map((row) =>
    isOutermost ? [...row.slice(0, 3), `\`${row[3] ?? ''}\``] : row.slice(0, 3),
  );
  return [
    '',
    '#### What you can do',
    'Under **More Actions**, **Send an Update** (or a signal of the same name):',
    '',
    ...table(['to', 'update', 'data', ...(isOutermost ? ['or on the command line'] : [])], shown),
    '',
    'The button **Pause Workflow** is another pause: it holds back new work of this one workflow, while its trials and ' +
      'inner searches run on and updates are refused. **Unpause Workflow** takes it away.',
  ];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)];
}

/** Values of an object one by one, named by their paths. */
function leaves(path: string, value: Json): readonly (readonly [string, string])[] {
  if (isPlainObject(value)) {
    return Object.entries(value).flatMap(([key, member]) =>
      leaves(path === '' ? key : `${path}.${key}`, member),
    );
  }
  return [
    [text(path === '' ? 'value' : path), text(typeof value === 'string' ? value : JSON.stringify(value))],
  ];
}

/** Text in which Markdown finds no marks of its own. */
function text(raw: string): string {
  return raw.replace(/[\\`*_[\]<>|#]/g, (mark) => `\\${mark}`).replaceAll('\n', ' ');
}
