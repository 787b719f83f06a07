import {
  ClientError,
  type JournalReader,
  type JournalReading,
  type JournalTrial,
} from '../../client/index.js';
import type { SearchContext, SearchDefinition } from '../../searches/definition/index.js';

/** A search with what is known of the searches inside it. */
export interface ReportedSearch extends JournalReading {
  readonly id: string;
}

/** The search that evaluated a trial. */
export interface InnerSearch {
  readonly search: ReportedSearch;
  /** It ran for another trial; this one took over its result, because the two searches are equal. */
  readonly shared: boolean;
}

/** A search and all searches inside it, read from their journals. */
export class SearchTree {
  private readonly byId: ReadonlyMap<string, ReportedSearch>;
  private readonly outerTrials = new Map<string, JournalTrial>();

  private constructor(
    readonly root: ReportedSearch,
    /** All searches that have a journal, outer ones before inner ones. */
    readonly searches: readonly ReportedSearch[],
    private readonly equals: ReadonlyMap<string, ReportedSearch>,
  ) {
    this.byId = new Map(searches.map((search) => [search.id, search]));
    for (const search of searches) {
      const next = innerLevel(search);
      if (next === null) continue;
      for (const trial of search.summary.trials)
        this.outerTrials.set(`${search.id}/${trial.index}/${next}`, trial);
    }
  }

  /** Reads the tree. Throws `ClientError` when there is no journal of the search. */
  static async read(reader: JournalReader, id: string): Promise<SearchTree> {
    const found: ReportedSearch[] = [];
    const waiting = [id];
    for (const search of waiting) {
      const reading = await reader.read(search);
      if (reading === null) continue;
      found.push({ id: search, ...reading });
      const next = innerLevel(reading);
      if (next !== null) waiting.push(...reading.summary.trials.map((trial) => innerId(search, trial, next)));
    }
    const [root] = found;
    if (root === undefined || root.id !== id) {
      throw new ClientError(
        'input',
        `There is no journal of a search "${id}" here: see --home, or "duramen list --all".`,
      );
    }
    const equals = new Map<string, ReportedSearch>();
    for (const search of found) {
      const { definition } = search.summary;
      const key = contentKey(definition, search.levelIndex, search.context);
      if (!equals.has(key)) equals.set(key, search);
    }
    return new SearchTree(root, found, equals);
  }

  /** The trial that a search evaluates; null for the root. */
  outer(search: ReportedSearch): JournalTrial | null {
    return this.outerTrials.get(search.id) ?? null;
  }

  /** The search that evaluated a trial; null on the innermost level, and where its journal is not in this home. */
  inner(search: ReportedSearch, trial: JournalTrial): InnerSearch | null {
    const next = innerLevel(search);
    if (next === null) return null;
    const own = this.byId.get(innerId(search.id, trial, next));
    if (own !== undefined) return { search: own, shared: false };
    const { definition, level } = search.summary;
    const context = { ...search.context, [level.name]: trial.parameters };
    const equal = this.equals.get(contentKey(definition, search.levelIndex + 1, context));
    return equal === undefined ? null : { search: equal, shared: true };
  }

  /** The trials that make up a result: one of the search, the best one inside it, and so on inwards. */
  chain(search: ReportedSearch, index: number): readonly ChainLink[] {
    const trial = search.summary.trials.find((each) => each.index === index);
    if (trial === undefined) return [];
    const inner = this.inner(search, trial)?.search;
    const best = inner?.summary.best[0];
    const further = inner === undefined || best === undefined ? [] : this.chain(inner, best.index);
    return [{ search, trial }, ...further];
  }

  /** Searches of one level, in the order of the trials that they evaluated. */
  ofLevel(levelIndex: number): readonly ReportedSearch[] {
    return this.searches.filter((search) => search.levelIndex === levelIndex);
  }
}

/** One level of a result. */
export interface ChainLink {
  readonly search: ReportedSearch;
  readonly trial: JournalTrial;
}

function innerLevel({ summary, levelIndex }: JournalReading): string | null {
  return summary.definition.levels[levelIndex + 1]?.name ?? null;
}

function innerId(search: string, { inner, index }: JournalTrial, level: string): string {
  return inner?.search ?? `${search}/${index}/${level}`;
}

/** Equal for searches with equal results: the level, and the outer parameters that it and those inside it read. */
function contentKey(definition: SearchDefinition, levelIndex: number, context: SearchContext): string {
  const read = new Set(definition.levels.slice(levelIndex).flatMap(({ dependsOn }) => dependsOn));
  const inputs = definition.levels.slice(0, levelIndex).filter(({ name }) => read.has(name));
  return JSON.stringify([levelIndex, ...inputs.map(({ name }) => context[name] ?? null)]);
}
