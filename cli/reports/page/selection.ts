import type { ReportModel } from './report-model.js';
import { type FilterTerm, parseFilter, termText } from '../trial-filter.js';

/** What all panels show: a level, and the trials of it that a filter and the brushes keep. */
export class Selection {
  private readonly listeners = new Set<() => void>();
  private readonly brushes = new Map<string, readonly FilterTerm[]>();
  private typed: readonly FilterTerm[] = [];
  private text = '';
  private levelPlace = 0;
  private sentence: string | null = null;
  private kept: ReadonlySet<number> | null = null;

  constructor(private model: ReportModel) {}

  get level(): number {
    return this.levelPlace;
  }

  /** The text of the filter field, as it was typed. */
  get filterText(): string {
    return this.text;
  }

  /** What is wrong with that text; null when nothing is. */
  get problem(): string | null {
    return this.sentence;
  }

  /** The brushes as texts, by the names of their axes. */
  get brushTexts(): readonly (readonly [string, string])[] {
    return [...this.brushes].map(([name, terms]) => [name, terms.map(termText).join(' ')]);
  }

  get isActive(): boolean {
    return this.typed.length > 0 || this.brushes.size > 0;
  }

  /** Whether a trial of the level, given by its place in the report, is kept. */
  keeps(place: number): boolean {
    if (!this.isActive) return true;
    this.kept ??= new Set(
      this.model
        .trials(this.levelPlace)
        .filter(({ trial }) =>
          this.model.keeps(this.levelPlace, [...this.typed, ...[...this.brushes.values()].flat()], trial),
        )
        .map((placed) => placed.place),
    );
    return this.kept.has(place);
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  chooseLevel(place: number): void {
    if (place === this.levelPlace) return;
    this.levelPlace = place;
    this.brushes.clear();
    this.filter('');
  }

  /** Takes the text of the filter field; one that cannot be read leaves the last filter as it is. */
  filter(text: string): void {
    this.text = text;
    const parsed = parseFilter(text, this.model.fieldNames(this.levelPlace));
    this.sentence = parsed.kind === 'problem' ? parsed.message : null;
    if (parsed.kind === 'filter') this.typed = parsed.terms;
    this.changed();
  }

  /** Takes what is brushed on an axis; nothing takes the brush away. */
  brush(name: string, terms: readonly FilterTerm[]): void {
    if (terms.length === 0) this.brushes.delete(name);
    else this.brushes.set(name, terms);
    this.changed();
  }

  clear(): void {
    this.brushes.clear();
    this.filter('');
  }

  /** The same selection on newer data. */
  renew(model: ReportModel): void {
    this.model = model;
    this.kept = null;
  }

  private changed(): void {
    this.kept = null;
    for (const listener of this.listeners) listener();
  }
}
