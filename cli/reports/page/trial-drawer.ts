/// <reference lib="dom" />
import { formatDuration, formatNumber } from '../../number-format.js';
import { parameterTexts } from '../parameter-text.js';
import type { ReportDetails, ReportTrial } from '../report-data.js';
import { button, element } from './dom.js';
import type { PageContext } from './page-context.js';
import { facts, plainTable } from './panel.js';
import { copyButton } from './panels/chosen-result.js';
import { choiceText, metricText } from './report-model.js';

/** All about one trial, beside the page. */
export class TrialDrawer {
  readonly element: HTMLDialogElement;
  private shown = -1;

  constructor(private readonly context: () => PageContext) {
    this.element = element('dialog', { class: 'drawer', 'aria-labelledby': 'drawer-title' });
    this.element.addEventListener('click', (event) => {
      if (event.target === this.element) this.element.close();
    });
  }

  show(place: number): void {
    this.shown = place;
    const { model, live } = this.context();
    const trial = model.data.trials[place];
    if (trial === undefined) return;
    const known = model.data.details.find((each) => each.trial === place) ?? null;
    this.fill(trial, known);
    if (!this.element.open) this.element.showModal();
    this.element.scrollTop = 0;
    if (known !== null || live === null) return;
    void live.details(place).then((details) => {
      if (details !== null && this.shown === place && this.element.open) this.fill(trial, details);
    });
  }

  private fill(trial: ReportTrial, details: ReportDetails | null): void {
    const { model, live } = this.context();
    const level = model.level(model.levelPlace(trial));
    const inner = trial.inner === null ? undefined : model.data.searches[trial.inner];
    const metrics = level.metrics.flatMap((metric, at): (readonly [string, string])[] => {
      const value = trial.values[at] ?? null;
      return value === null ? [] : [[metricText(metric), formatNumber(value)]];
    });
    const decisions = level.columns.flatMap((column, at): (readonly [string, string])[] => {
      const value = trial.choices[at] ?? null;
      return value === null ? [] : [[column.name, choiceText(column, value)]];
    });
    const parameters = details === null ? decisions : parameterTexts(details.parameters);
    const search = model.data.searches[trial.search]?.id ?? '';
    const state = element('span', { class: `phase ${trial.state}` }, trial.state);
    this.element.replaceChildren(
      element(
        'div',
        { class: 'drawer-head' },
        element('h2', { id: 'drawer-title' }, `${search} / ${trial.index}`),
        state,
        button('Close', () => this.element.close(), { class: 'quiet' }),
      ),
      ...(trial.reason === null
        ? []
        : [
            element(
              'p',
              { class: trial.state === 'failed' ? 'bad' : 'muted' },
              `${trial.reason.class}: ${trial.reason.message}`,
            ),
          ]),
      ...(metrics.length === 0 ? [] : [facts(metrics)]),
      element('h3', {}, details === null ? 'Decisions' : 'Parameters'),
      facts(parameters),
      element(
        'div',
        { class: 'choices' },
        copyButton('Copy parameters', () =>
          JSON.stringify(details?.parameters ?? Object.fromEntries(decisions), null, 2),
        ),
        live !== null && live.readOnly === null && trial.search === 0 && trial.state === 'open'
          ? button(
              'Cancel this trial',
              () => {
                void live.send('cancelTrial', trial.index).finally(() => this.element.close());
              },
              { class: 'danger' },
            )
          : null,
      ),
      element('h3', {}, 'How it went'),
      facts([
        ['proposed by', trial.source],
        ...(trial.proposedAt === null ? [] : [['proposed (UTC)', dateText(trial.proposedAt)] as const]),
        ...(trial.toldAt === null ? [] : [['told (UTC)', dateText(trial.toldAt)] as const]),
        ...(trial.proposedAt === null || trial.toldAt === null
          ? []
          : [['took', formatDuration(trial.toldAt - trial.proposedAt)] as const]),
        ...(trial.cost === null ? [] : [['cost', formatNumber(trial.cost)] as const]),
        ...(trial.reused ? [['result', 'reused from an equal trial'] as const] : []),
        ...(trial.mixed ? [['machines', 'of several kinds'] as const] : []),
        ...(inner === undefined
          ? []
          : [['evaluated by', `${inner.id}${trial.shared ? ' (for another trial)' : ''}`] as const]),
        ...(details?.machine === null || details === null ? [] : [['machine', details.machine] as const]),
      ]),
      ...(trial.attempts.length === 0
        ? []
        : [
            element('h3', {}, 'Attempts'),
            plainTable(
              {
                columns: ['attempt', 'begun (UTC)', 'took', 'from step', 'end'],
                rows: trial.attempts.map(({ attempt, at, milliseconds, startedFrom, end }) => [
                  attempt,
                  at === null ? '' : dateText(at),
                  milliseconds === null ? '' : formatDuration(milliseconds),
                  startedFrom,
                  end ?? (trial.state === 'open' ? 'running' : 'lost with its worker'),
                ]),
              },
              'Attempts',
            ),
          ]),
      ...this.curve(trial),
      ...(details === null ? [] : detailParts(details)),
    );
  }

  private curve(trial: ReportTrial): readonly HTMLElement[] {
    const { model } = this.context();
    const found = model.data.curves.find(({ trial: place }) => model.data.trials[place] === trial);
    if (found === undefined) return [];
    const names = Object.keys(found.values);
    return [
      element('h3', {}, 'Reports'),
      plainTable(
        {
          columns: ['step', ...names],
          rows: found.steps.map((step, at) => [
            step,
            ...names.map((name) => found.values[name]?.[at] ?? null),
          ]),
        },
        'Reports',
      ),
    ];
  }
}

function detailParts({ attributes, artifacts, stack, log, moreLog }: ReportDetails): readonly HTMLElement[] {
  const block = (title: string, text: string): readonly HTMLElement[] =>
    text === ''
      ? []
      : [element('h3', {}, title), element('pre', { tabindex: 0, role: 'group', 'aria-label': title }, text)];
  const names = Object.keys(artifacts);
  return [
    ...block('Stack', stack ?? ''),
    ...block('Log', [...(moreLog > 0 ? [`… ${moreLog} lines before`] : []), ...log].join('\n')),
    ...(Object.keys(attributes).length === 0 ? [] : block('Attributes', JSON.stringify(attributes, null, 2))),
    ...(names.length === 0
      ? []
      : [
          element('h3', {}, 'Artifacts'),
          facts(names.map((name) => [name, (artifacts[name] ?? '').slice(0, 16)])),
        ]),
  ];
}

function dateText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}
