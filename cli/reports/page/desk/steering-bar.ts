/// <reference lib="dom" />
import type { Json } from '../../../../foundation/json/index.js';
import type { LiveReport } from '../../desk-messages.js';
import type { ReportData } from '../../report-data.js';
import { button, element } from '../dom.js';
import { enqueueForm } from './enqueue-form.js';

/** What the buttons need. */
export interface SteeringCalls {
  readonly send: (action: string, value?: Json) => Promise<string>;
  readonly verify: () => Promise<ReportData['verified']>;
  /** Searches that this one can be compared with. */
  readonly others: () => Promise<readonly string[]>;
  readonly compare: (ids: readonly string[]) => void;
}

/** The buttons that steer a search, and what came of the last one. */
export class SteeringBar {
  readonly element = element('section', { class: 'steering', 'aria-label': 'Steering' });
  private readonly buttons = element('div', { class: 'choices' });
  private readonly answer = element('p', { role: 'status', class: 'muted' });
  private readonly dialog = element('dialog', { class: 'form-dialog', 'aria-label': 'A point to try next' });
  private shown = '';

  constructor(private readonly calls: SteeringCalls) {
    this.element.append(this.buttons, this.answer, this.dialog);
  }

  /** Says what came of something. */
  tell(text: string, isBad: boolean): void {
    this.answer.textContent = text;
    this.answer.className = isBad ? 'bad' : 'muted';
  }

  /** Shows what may be done to a search in its present phase. */
  show({ readOnly, concurrency }: LiveReport, report: ReportData): void {
    const root = report.searches[0];
    if (root === undefined) return;
    const trials = root.budget['trials'];
    const state = JSON.stringify([readOnly, root.phase, concurrency, trials]);
    if (state === this.shown) return;
    this.shown = state;
    const isOpen = root.phase === 'open' || root.phase === 'paused';
    const isInner = root.id.includes('/');
    const steering =
      readOnly !== null || isInner
        ? [element('span', { class: 'muted' }, isInner ? 'Its outer search directs it.' : (readOnly ?? ''))]
        : [
            root.phase === 'paused'
              ? this.action('Resume', 'resume')
              : isOpen
                ? this.action('Pause', 'pause')
                : root.phase === 'finished'
                  ? null
                  : this.action('Resume', 'resume'),
            typeof trials === 'number' ? this.amount('Trials', trials, 'extend') : null,
            isOpen ? this.amount('Concurrency', concurrency ?? root.concurrency, 'setConcurrency') : null,
            isOpen ? button('Try a point …', () => this.openForm(report)) : null,
            isOpen
              ? this.action('Cancel', 'cancel', 'End the search? Nothing is lost: it can be resumed.')
              : null,
          ];
    this.buttons.replaceChildren(
      ...steering.filter((each) => each !== null),
      button('Verify', () => void this.verify(), { class: 'quiet' }),
      this.comparison(),
    );
  }

  private action(text: string, action: string, question: string | null = null): HTMLButtonElement {
    return button(
      text,
      () => {
        if (question === null || confirm(question)) void this.carryOut(action);
      },
      action === 'cancel' ? { class: 'danger' } : {},
    );
  }

  private amount(text: string, now: number, action: string): HTMLElement {
    const field = element('input', { type: 'number', min: 1, value: now, 'aria-label': text });
    return element(
      'form',
      {
        class: 'amount',
        onsubmit: (event) => {
          event.preventDefault();
          void this.carryOut(action, Number(field.value));
        },
      },
      element('span', {}, text),
      field,
      element('button', { type: 'submit', 'aria-label': `Set ${text.toLowerCase()}` }, 'Set'),
    );
  }

  private comparison(): HTMLElement {
    const list = element('datalist', { id: 'other-searches' });
    const field = element('input', {
      type: 'search',
      list: 'other-searches',
      placeholder: 'another search',
      'aria-label': 'Compare with',
    });
    field.addEventListener('focus', () => {
      void this.calls.others().then(
        (ids) => list.replaceChildren(...ids.map((id) => element('option', { value: id }))),
        () => undefined,
      );
    });
    return element(
      'form',
      {
        class: 'amount',
        onsubmit: (event) => {
          event.preventDefault();
          this.calls.compare(field.value.trim() === '' ? [] : [field.value.trim()]);
        },
      },
      field,
      list,
      element('button', { type: 'submit', class: 'quiet' }, 'Compare'),
    );
  }

  private openForm(report: ReportData): void {
    this.dialog.replaceChildren(
      enqueueForm(report, async (decisions) => {
        if (decisions !== null)
          await this.calls.send('enqueue', decisions).then((said) => this.tell(said, false));
        this.dialog.close();
      }),
    );
    this.dialog.showModal();
  }

  private async carryOut(action: string, value: Json = null): Promise<void> {
    this.tell('…', false);
    try {
      this.tell(await this.calls.send(action, value), false);
    } catch (error) {
      this.tell(error instanceof Error ? error.message : String(error), true);
    }
  }

  private async verify(): Promise<void> {
    this.tell('All decisions are taken again …', false);
    try {
      const verified = await this.calls.verify();
      this.tell(verified?.text ?? '', verified?.holds === false);
    } catch (error) {
      this.tell(error instanceof Error ? error.message : String(error), true);
    }
  }
}
