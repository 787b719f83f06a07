/// <reference lib="dom" />
import type { ReportData } from '../report-data.js';
import { element } from './dom.js';
import { filterBar } from './filter-bar.js';
import type { LiveSearch, PageContext, Panel } from './page-context.js';
import { chosenResultPanel } from './panels/chosen-result.js';
import { comparisonPanel } from './panels/comparison.js';
import { curvesPanel } from './panels/curves.js';
import { definitionPanel, failuresPanel, levelsPanel, retrainingPanel } from './panels/facts-panels.js';
import { headPanel } from './panels/head.js';
import { iciclePanel } from './panels/icicle.js';
import { importancePanel } from './panels/importance.js';
import { learnedPanel } from './panels/learned.js';
import { networksPanel } from './panels/networks.js';
import { parallelPanel } from './panels/parallel.js';
import { progressPanel } from './panels/progress.js';
import { similarityPanel } from './panels/similarity.js';
import { timelinePanel } from './panels/timeline.js';
import { tradeOffPanel } from './panels/trade-off.js';
import { trialsTablePanel } from './panels/trials-table.js';
import { ReportModel } from './report-model.js';
import { Selection } from './selection.js';
import { TrialDrawer } from './trial-drawer.js';

/** A report, drawn: all panels with one selection. */
export class ReportView {
  readonly element: HTMLElement;
  private readonly context: PageContext;
  private readonly quick: readonly Panel[];
  private readonly drawings: readonly Panel[];
  private readonly links: HTMLElement;
  private readonly parts: readonly HTMLElement[];
  /** Those that take a whole row in any case. */
  private readonly wide: ReadonlySet<HTMLElement>;
  private turn = 0;
  private waiting = false;

  /** `controls` stands below the head of a page that is live. */
  constructor(data: ReportData, live: LiveSearch | null = null, controls: HTMLElement | null = null) {
    const model = new ReportModel(data);
    const drawer = new TrialDrawer(() => this.context);
    this.context = { model, live, selection: new Selection(model), open: (place) => drawer.show(place) };
    const { context } = this;
    const head = headPanel(context);
    const bar = filterBar(context);
    const table = trialsTablePanel(context);
    const parts = [
      ...[tradeOffPanel(context), progressPanel(context), chosenResultPanel(context), parallelPanel(context)],
      ...[importancePanel(context), curvesPanel(context), comparisonPanel(context), timelinePanel(context)],
      ...[iciclePanel(context), retrainingPanel(context), networksPanel(context), learnedPanel(context)],
      ...[similarityPanel(context), table, failuresPanel(context)],
      ...[levelsPanel(context), definitionPanel(context)],
    ];
    this.quick = [head, bar, table];
    this.drawings = parts.filter((part) => part !== table);
    this.parts = parts.map((part) => part.element);
    this.wide = new Set(this.parts.filter(({ classList }) => classList.contains('wide')));
    this.links = element('nav', { 'aria-label': 'Parts of the page' });
    this.element = element(
      'main',
      {},
      head.element,
      controls,
      this.links,
      bar.element,
      element(
        'div',
        { class: 'panels' },
        parts.map((part) => part.element),
      ),
      element('footer', {}, 'Made by Duramen from the journals of the search.'),
      drawer.element,
    );
    context.selection.onChange(() => this.refreshSoon());
  }

  /**
   * Draws everything; to be called once the element is in the page. The head, the filter and the table of trials answer
   * at once; the drawings follow one by one, so that a reader of very many trials never waits for them.
   */
  refresh(): void {
    this.turn += 1;
    for (const { refresh } of this.quick) refresh();
    void this.refreshDrawings(this.turn);
  }

  /** Shows newer data of the same search. */
  update(data: ReportData): void {
    this.context.model = new ReportModel(data);
    this.context.selection.renew(this.context.model);
    this.refresh();
  }

  private async refreshDrawings(turn: number): Promise<void> {
    for (const { refresh } of this.drawings) {
      await new Promise((resolve) => setTimeout(resolve));
      // A newer turn draws all of them.
      if (turn !== this.turn) return;
      refresh();
    }
    this.fillRows();
    this.links.replaceChildren(
      ...this.parts
        .filter(({ hidden }) => !hidden)
        .map((part) => element('a', { href: `#${part.id}` }, part.querySelector('h2')?.textContent ?? '')),
    );
    document.documentElement.dataset['drawn'] = 'yes';
  }

  /** A part that would stand alone in its row takes the whole of it. */
  private fillRows(): void {
    let alone: HTMLElement | null = null;
    const shown = this.parts.filter(({ hidden }) => !hidden);
    for (const part of shown) part.classList.toggle('wide', this.wide.has(part));
    for (const part of shown) {
      const isWide = this.wide.has(part);
      if (isWide) alone?.classList.add('wide');
      alone = isWide || alone !== null ? null : part;
    }
    alone?.classList.add('wide');
  }

  private refreshSoon(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.refresh();
    });
  }
}
