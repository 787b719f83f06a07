import { unreachable } from '../foundation/errors/index.js';
import { isPlainObject, type Json } from '../foundation/json/index.js';
import {
  type AlgorithmGroup,
  type AlgorithmView,
  innerSearchId,
  type RetrainingProgress,
  type SearchLoop,
  type SearchPhase,
} from '../searches/index.js';
import { shellWord, table, text } from './messages/markdown.js';
import { searchInstructions } from './messages/search-instructions.js';
import { shortParameters } from './short-parameters.js';

/** Rows of a table at most: the details are read at a glance. */
const shownRows = 12;
const parameterRows = 30;
/** Decisions of each agent or other part of an algorithm, and their options. */
const decisionRows = 12;
const options = 4;
/** Epochs of which a search is followed, the last ones. */
const epochRows = 10;

/**
 * Markdown for the current details of a search in the Temporal UI: where it stands, its best trial, what runs with
 * links to the inner searches, and the right button for a pause. A run that was continued as new has no fixed details,
 * so its current ones carry the instructions.
 */
export function searchDetails(
  loop: SearchLoop,
  phase: SearchPhase,
  namespace: string,
  continued: boolean,
  retraining: RetrainingProgress | null = null,
): string {
  const { plan } = loop;
  return [
    `### ${text(plan.search)}: ${phase}`,
    ...standing(loop, phase),
    ...retrainings(retraining, namespace),
    ...bestTrial(loop),
    ...learned(loop),
    ...runningTrials(loop, phase, namespace),
    ...lastOutcomes(loop, namespace),
    ...controls(loop, phase),
    ...(continued
      ? ['', '#### What you can do', searchInstructions(plan.search, !plan.search.includes('/'))]
      : []),
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
    ['concurrency', `${progress.concurrency}, at most ${progress.window}`],
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
    ...(user ? notice('Paused here: it goes on after the update resume.') : []),
    ...(parent ? notice('Paused by the search around it, which has to be resumed.') : []),
  ];
}

function bestTrial(loop: SearchLoop): readonly string[] {
  const [best] = loop.report.best();
  if (best === undefined) return [];
  const metrics = Object.entries(best.metrics).map(([name, value]) => `${text(name)} = ${value}`);
  const all = Object.entries({ [loop.plan.level.name]: best.parameters, ...best.inner });
  const parameters = all.flatMap(([level, value]) => leaves(all.length === 1 ? '' : level, value));
  const more = parameters.length - parameterRows;
  return [
    '',
    `#### Best so far: trial ${best.index}`,
    metrics.join(', '),
    '',
    ...table(['parameter', 'value'], parameters.slice(0, parameterRows)),
    ...(more > 0 ? ['', `and ${more} more parameters`] : []),
  ];
}

/** What the algorithm has learned: its figures, and how probable it makes the options of each decision. */
function learned(loop: SearchLoop): readonly string[] {
  const view = loop.report.algorithm({ decisions: decisionRows, options: options });
  if (view === null) return [];
  const groups = view.groups.slice(0, shownRows);
  const more = view.groups.length - groups.length;
  return [
    '',
    `#### What ${view.algorithm} has learned`,
    figures(view.figures),
    ...(view.notes ?? []).flatMap((note) => ['', text(note)]),
    ...(view.warning === null ? [] : ['', `**${text(view.warning)}**`]),
    ...learnedEpochs(view.history),
    ...groups.flatMap(learnedGroup),
    ...(more > 0 ? ['', `and ${more} more`] : []),
  ];
}

/** The last epochs that the algorithm followed, the newest below. */
function learnedEpochs(history: AlgorithmView['history']): readonly string[] {
  if (history === undefined) return [];
  const rows = history.rows.slice(-epochRows).map((row) => row.map(figure));
  return ['', ...table(history.columns.map(text), rows)];
}

function learnedGroup({ name, figures: own, decisions, moreDecisions }: AlgorithmGroup): readonly string[] {
  const rows = decisions.map(({ id, options, moreOptions }) => {
    const shown = options.map((option) => `${text(option.name)} **${percent(option.probability)}**`);
    return [text(id), [...shown, ...(moreOptions > 0 ? [`${moreOptions} more`] : [])].join(' · ')];
  });
  return [
    '',
    [`**${text(name)}**`, ...(own.length === 0 ? [] : [figures(own)])].join(': '),
    '',
    ...table(['decision', 'options'], rows),
    ...(moreDecisions > 0 ? ['', `and ${moreDecisions} more decisions`] : []),
  ];
}

function figures(all: readonly { readonly name: string; readonly value: number | null }[]): string {
  return all.map(({ name, value }) => `${text(name)} ${figure(value)}`).join(', ');
}

function figure(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)));
}

function percent(probability: number): string {
  return `${Number((100 * probability).toPrecision(3))} %`;
}

/** How far the full retraining is, with the pages of the searches that train. */
function retrainings(retraining: RetrainingProgress | null, namespace: string): readonly string[] {
  if (retraining === null) return [];
  const { candidates, repetitions } = retraining;
  const rows = repetitions.map(({ search, state }) => [
    state === 'waiting' ? text(search) : searchLink(search, namespace),
    state,
  ]);
  return [
    '',
    '#### Full retraining',
    candidates === null ? 'The candidates are being derived.' : `${candidates} candidates from scratch`,
    '',
    ...table(['repetition', ''], rows.slice(0, shownRows)),
    ...(rows.length > shownRows ? ['', `and ${rows.length - shownRows} more`] : []),
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
  const more = rows.length - shownRows;
  return [
    '',
    `#### ${title}`,
    ...table([...columns, ...(inner === undefined ? [] : ['inner search'])], rows.slice(0, shownRows)),
    ...(more > 0 ? ['', `and ${more} more`] : []),
  ];
}

/** The page of the inner search that evaluates a trial. */
function innerLink(loop: SearchLoop, index: number, namespace: string): readonly string[] {
  const { inner, search } = loop.plan;
  if (inner === undefined) return [];
  return [searchLink(innerSearchId(search, index, inner.name), namespace)];
}

function searchLink(id: string, namespace: string): string {
  const page = `/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`;
  return `[${text(id)}](${page})`;
}

/** The button that a reader needs in this phase; the instructions, which need no worker, name all others. */
function controls(loop: SearchLoop, phase: SearchPhase): readonly string[] {
  const { plan } = loop;
  const id = shellWord(plan.search);
  switch (phase) {
    case 'running':
    case 'retraining':
    case 'paused': {
      const update = phase === 'paused' ? 'resume' : 'pause';
      const aim = phase === 'paused' ? 'To go on' : 'To pause it with all inside it';
      return [
        '',
        `${aim}: **More Actions**, **Send an Update**, \`${update}\`, or \`duramen ${update} ${id}\`. The button ` +
          '**Pause Workflow** is another pause: it holds back new work of this one workflow, while its trials and ' +
          'inner searches run on and updates are refused; **Unpause Workflow** takes it away.',
      ];
    }
    case 'finished':
    case 'cancelled':
    case 'failed': {
      // An inner search goes on with the one around it.
      if (plan.search.includes('/')) return [];
      const command = phase === 'finished' ? `duramen extend ${id} --trials N` : `duramen resume ${id}`;
      return ['', `It has ended; \`${command}\` goes on with the decisions that it would have taken.`];
    }
    default:
      return unreachable(phase, 'phase');
  }
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
