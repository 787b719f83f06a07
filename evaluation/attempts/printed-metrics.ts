import type { Json } from '../../foundation/json/index.js';

/** The metrics that a command prints in a form of its own, found by regular expressions; the last match counts. */
export class PrintedMetrics {
  private readonly patterns: ReadonlyMap<string, RegExp>;
  private readonly found = new Map<string, string>();

  /** Patterns by metric, or one for the metric that is optimised. */
  constructor(private readonly given: string | Readonly<Record<string, string>>) {
    const byMetric = typeof given === 'string' ? { '': given } : given;
    this.patterns = new Map(
      Object.entries(byMetric).map(([name, source]) => [name, new RegExp(source, 'g')] as const),
    );
  }

  /** Looks for metrics in a line. */
  read(line: string): void {
    for (const [name, pattern] of this.patterns) {
      const value = [...line.matchAll(pattern)].at(-1)?.[1];
      if (value !== undefined) this.found.set(name, value.trim());
    }
  }

  /** The metrics, or the one that is optimised; undefined unless every pattern has found a number. */
  result(): Json | undefined {
    if (this.problem() !== null) return undefined;
    const values = [...this.found].map(([name, text]) => [name, numberOf(text) ?? 0] as const);
    return typeof this.given === 'string' ? values[0]?.[1] : { metrics: Object.fromEntries(values) };
  }

  /** Why there is no result; null when there is one. */
  problem(): string | null {
    for (const [name, pattern] of this.patterns) {
      const text = this.found.get(name);
      const what = `the pattern ${JSON.stringify(pattern.source)}${name === '' ? '' : ` of the metric "${name}"`}`;
      if (text === undefined) return `Nothing that the command printed fits ${what}`;
      if (numberOf(text) === null) return `What fits ${what} is no number but ${JSON.stringify(text)}`;
    }
    return null;
  }
}

// Numbers that are not finite travel as text; Python writes them in small letters.
function numberOf(text: string): number | 'NaN' | 'Infinity' | '-Infinity' | null {
  if (/^[+-]?nan$/i.test(text)) return 'NaN';
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? '-Infinity' : 'Infinity';
  return text === '' || Number.isNaN(Number(text)) ? null : Number(text);
}
