/// <reference lib="dom" />
import type { Json } from '../../../../foundation/json/index.js';
import type { LiveReport } from '../../desk-messages.js';
import { element } from '../dom.js';
import type { LiveSearch } from '../page-context.js';
import { ReportView } from '../report-view.js';
import type { DeskConnection } from './desk-connection.js';
import { SteeringBar } from './steering-bar.js';

/** Between two readings of a search that goes on quickly. */
const pauseMilliseconds = 1200;

/** A search as it goes on, with what a reader may do to it. */
export class LiveSearchPage {
  private readonly message = element('p', { class: 'muted', role: 'status' }, 'Reading the journals …');
  private readonly bar: SteeringBar;
  private view: ReportView | null = null;
  private newest: LiveReport | null = null;
  private compare: readonly string[] = [];
  private reading = false;
  private again = false;

  constructor(
    private readonly place: HTMLElement,
    private readonly connection: DeskConnection,
    private readonly search: string,
  ) {
    this.bar = new SteeringBar({
      send: (action, value) => this.send(action, value),
      verify: () => connection.verify(search),
      others: async () =>
        (await connection.searches()).searches.map(({ id }) => id).filter((id) => id !== search),
      compare: (ids) => {
        this.compare = ids;
        void this.read();
      },
    });
    place.replaceChildren(
      element('main', {}, element('p', {}, element('a', { href: '/' }, '← All searches')), this.message),
    );
  }

  start(): void {
    this.connection.follow(
      this.search,
      () => void this.read(),
      (isLost) =>
        this.bar.tell(
          isLost
            ? '"duramen ui" does not answer; the page goes on when it is started again on the same port.'
            : '',
          isLost,
        ),
    );
    void this.read();
  }

  private async send(action: string, value: Json = null): Promise<string> {
    const said = await this.connection.steer(this.search, action, value);
    void this.read();
    return said;
  }

  private async read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    try {
      this.newest = await this.connection.report(this.search, this.compare);
      this.show(this.newest);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.message.textContent = text;
      this.bar.tell(text, true);
    }
    setTimeout(() => {
      this.reading = false;
      if (!this.again) return;
      this.again = false;
      void this.read();
    }, pauseMilliseconds);
  }

  private show(live: LiveReport): void {
    const [root, ...others] = live.report.searches;
    const phase = live.phase === 'running' || live.phase === 'retraining' ? 'open' : live.phase;
    // The workflow knows before the journal does.
    const searches = root === undefined ? [] : [{ ...root, phase: phase ?? root.phase }, ...others];
    const report = { ...live.report, searches };
    this.bar.show(live, report);
    if (this.view === null) {
      this.view = new ReportView(report, this.liveSearch(), this.bar.element);
      this.place.replaceChildren(
        element('p', { class: 'back' }, element('a', { href: '/' }, '← All searches')),
        this.view.element,
      );
      this.view.refresh();
    } else this.view.update(report);
  }

  private liveSearch(): LiveSearch {
    const page = (): LiveReport | null => this.newest;
    return {
      get readOnly() {
        return page()?.readOnly ?? null;
      },
      send: async (action, value = null) => {
        const said = await this.send(action, value).catch((error: unknown) =>
          error instanceof Error ? error.message : String(error),
        );
        this.bar.tell(said, false);
        return said;
      },
      details: async (place) => {
        const trial = page()?.report.trials[place];
        const search = trial === undefined ? undefined : page()?.report.searches[trial.search];
        if (trial === undefined || search === undefined) return null;
        return this.connection.details(search.id, trial.index).catch(() => null);
      },
    };
  }
}
