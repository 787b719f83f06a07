/// <reference lib="dom" />
import { formatNumber } from '../../../number-format.js';
import { parameterTexts } from '../../parameter-text.js';
import { button, element } from '../dom.js';
import type { PageContext, Panel } from '../page-context.js';
import { panel, plainTable } from '../panel.js';
import { metricText } from '../report-model.js';
import { copyButton } from './chosen-result.js';

/** Trials without a score, by the class of their failure, and what people did to the searches. */
export function failuresPanel(context: PageContext): Panel {
  const place = element('div', {});
  const made = panel({ id: 'failures', title: 'Failures and interventions', wide: true, content: [place] });
  return {
    element: made,
    refresh: () => {
      const { data } = context.model;
      const byClass = new Map<string, number[]>();
      for (const [at, { state, reason }] of data.trials.entries()) {
        if ((state !== 'failed' && state !== 'infeasible') || reason === null) continue;
        byClass.set(reason.class, [...(byClass.get(reason.class) ?? []), at]);
      }
      const stopped = data.searches.filter(({ phase }) => phase === 'failed');
      const interventions = data.searches.flatMap(({ id, interventions: list }) =>
        list.map(({ index, kind, text, at }) => [
          id,
          index,
          kind,
          text,
          at === null ? '' : new Date(at).toISOString().slice(0, 19).replace('T', ' '),
        ]),
      );
      place.replaceChildren(
        ...(byClass.size === 0 && stopped.length === 0
          ? [element('p', { class: 'muted' }, 'No trial failed.')]
          : []),
        ...stopped.map(({ id, reason }) => element('p', { class: 'bad' }, `${id} stopped: ${reason ?? ''}`)),
        ...[...byClass]
          .sort((a, b) => b[1].length - a[1].length)
          .map(([name, places]) =>
            element(
              'details',
              { open: byClass.size === 1 },
              element('summary', {}, element('b', {}, name), ` ${places.length}`),
              element(
                'ul',
                { class: 'plain' },
                places.slice(0, 200).map((at) => {
                  const trial = data.trials[at];
                  if (trial === undefined) return null;
                  return element(
                    'li',
                    {},
                    button(context.model.name(trial), () => context.open(at), { class: 'link' }),
                    ` ${trial.reason?.message ?? ''}`,
                  );
                }),
              ),
              places.length > 200
                ? element('p', { class: 'muted' }, `… and ${places.length - 200} more.`)
                : null,
            ),
          ),
        ...(interventions.length === 0
          ? []
          : [
              element('h3', {}, 'Interventions'),
              plainTable(
                { columns: ['search', 'from trial', 'what', 'details', 'when (UTC)'], rows: interventions },
                'Interventions',
              ),
            ]),
      );
    },
  };
}

/** What each level did, and on which machines. */
export function levelsPanel(context: PageContext): Panel {
  const place = element('div', {});
  const made = panel({ id: 'levels', title: 'Levels and machines', wide: true, content: [place] });
  return {
    element: made,
    refresh: () => {
      const { data } = context.model;
      const rows = data.levels.map((level, at) => {
        const trials = context.model.trials(at);
        const count = (keeps: (trial: (typeof trials)[number]['trial']) => boolean): number =>
          trials.filter(({ trial }) => keeps(trial)).length;
        return [
          level.name,
          level.algorithm,
          level.metrics.map(metricText).join(', '),
          data.searches.filter((search) => search.level === at).length,
          count(({ state }) => state !== 'open'),
          count(({ state }) => state === 'scored'),
          count(({ state }) => state === 'stopped'),
          count(({ state }) => state === 'failed' || state === 'infeasible'),
          count(({ reused }) => reused),
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
      const [only] = data.machines;
      place.replaceChildren(
        plainTable({ columns, rows }, 'Levels'),
        ...(only === undefined
          ? [element('p', { class: 'muted' }, 'No trial has a record of its machine.')]
          : data.machines.length === 1
            ? [
                element(
                  'p',
                  { class: 'muted' },
                  `All ${only.trials} recorded trials ran on one kind of machine: ${only.name}.`,
                ),
              ]
            : [
                element(
                  'p',
                  {},
                  element(
                    'b',
                    {},
                    `A mixture of ${data.machines.length} kinds of machines or computations. `,
                  ),
                  'Recorded outcomes are exact; evaluated again, they repeat bit by bit only on the same kind.',
                ),
                element(
                  'ul',
                  {},
                  data.machines.map(({ name, trials }) => element('li', {}, `${trials} trials: ${name}`)),
                ),
              ]),
      );
    },
  };
}

/** The full retraining: every candidate, the chosen one, and the rank correlations. */
export function retrainingPanel(context: PageContext): Panel {
  const place = element('div', {});
  const made = panel({ id: 'retraining', title: 'Full retraining', wide: true, content: [place] });
  return {
    element: made,
    refresh: () => {
      const { retraining } = context.model.data;
      made.hidden = retraining === null;
      if (retraining === null) return;
      const { metric, candidates, chosen, chosenText, trials, repetitions, correlations } = retraining;
      place.replaceChildren(
        element(
          'p',
          { class: 'caption' },
          `After ${trials} trials, ${candidates.length} candidates were trained from scratch in ${repetitions} repetitions. The best mean of ${metric} was chosen; metrics that are only observed are told of the chosen candidate alone.`,
        ),
        element('p', chosen === null ? { class: 'bad' } : {}, chosenText),
        plainTable(
          {
            columns: ['candidate', 'source', `${metric} in the search`, `${metric} retrained`, 'parameters'],
            rows: candidates.map(({ source, searched, retrained, parameters }, at) => [
              `${at === chosen ? '★ ' : ''}${at}`,
              source,
              searched === null ? '' : formatNumber(searched),
              retrained,
              parameterTexts(parameters)
                .map(([name, text]) => `${name} ${text}`)
                .join(', '),
            ]),
          },
          'Candidates',
        ),
        ...correlations.map((line) => element('p', {}, line)),
      );
    },
  };
}

/** The whole definition as JSON. */
export function definitionPanel(context: PageContext): Panel {
  const text = (): string => JSON.stringify(context.model.data.definition, null, 2);
  const place = element('pre', { tabindex: 0, role: 'group', 'aria-label': 'Definition' });
  const made = panel({
    id: 'definition',
    title: 'Definition',
    wide: true,
    content: [
      element('div', { class: 'choices' }, copyButton('Copy as JSON', text)),
      element('details', {}, element('summary', {}, 'The whole definition as JSON'), place),
    ],
  });
  return {
    element: made,
    refresh: () => {
      place.textContent = text();
    },
  };
}
