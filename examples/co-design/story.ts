import { defineQuery, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { SearchContext, SearchResult } from 'duramen';
import { search, type DefinedSearch } from 'duramen/workflows';

/** A search of the job, for people. */
export interface Chapter {
  /** Id of the search. */
  readonly search: string;
  readonly aim: string;
  /** What it has found; null while it runs. */
  readonly found: string | null;
}

/** The searches of the job in the order in which they began. */
export const chaptersQuery = defineQuery<readonly Chapter[]>('chapters');

/** Runs the searches of the job, and tells in the Temporal UI and to the display what has happened so far. */
export class Story {
  private chapters: readonly Chapter[] = [];

  constructor() {
    setHandler(chaptersQuery, () => this.chapters);
  }

  /** Runs one search as a child workflow of the job. */
  async search(
    defined: DefinedSearch,
    name: string,
    aim: string,
    context: SearchContext = {},
  ): Promise<SearchResult> {
    const id = `${workflowInfo().workflowId}/${name}`;
    this.tell({ search: id, aim, found: null });
    const result = await search(defined, { name, context, summary: `${name}: ${aim}` });
    this.tell({ search: id, aim, found: summaryOf(result) });
    return result;
  }

  private tell(chapter: Chapter): void {
    const known = this.chapters.some(({ search: id }) => id === chapter.search);
    this.chapters = known
      ? this.chapters.map((other) => (other.search === chapter.search ? chapter : other))
      : [...this.chapters, chapter];
    const rows = this.chapters.map(({ search: id, aim, found }) => `| ${id} | ${aim} | ${found ?? 'runs'} |`);
    setCurrentDetails(['| search | what for | found |', '| --- | --- | --- |', ...rows].join('\n'));
  }
}

function summaryOf({ front, best, retraining, trials }: SearchResult): string {
  const test = retraining?.observed['testAccuracy']?.mean;
  if (typeof test === 'number') return `${percent(test)} of the test images`;
  if (front.length > 1) return `a front of ${front.length} points in ${trials} trials`;
  const { accuracy } = best?.metrics ?? {};
  return accuracy === undefined ? `nothing in ${trials} trials` : `${percent(accuracy)} in ${trials} trials`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
