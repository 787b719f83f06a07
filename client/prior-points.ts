import {
  mostPriorPoints,
  priorBytes,
  priorInitialPoints,
  scoresOf,
  type Metric,
  type PriorPoint,
} from '../algorithms/contract/index.js';
import { nonDominatedFronts } from '../algorithms/index.js';
import { errorText } from '../foundation/errors/index.js';
import { sha256Hex } from '../foundation/numbers/index.js';
import { encode } from '../search-spaces/genomes/index.js';
import type { Space } from '../search-spaces/index.js';
import { type FindPriors, namedSearches, type Search } from '../searches/search-files/index.js';
import { ArtifactStore, FileBlobStore } from '../storage/index.js';
import { JournalReader } from './journals/journal-reader.js';
import type { JournalSummary } from '../searches/journal/index.js';

/** Answers for the points of earlier searches, and stores those that it has answered with. */
export interface PriorFinder {
  readonly find: FindPriors;
  /** Puts the points into the artifact store; call it once the definition that names them is made. */
  store(): Promise<void>;
}

/** What answers for the points of the searches that the levels of a search name; undefined where none names any. */
export async function priorsForSearch({ options }: Search, home: string): Promise<PriorFinder | undefined> {
  const named = namedSearches(options);
  if (named.length === 0) return undefined;
  const reader = new JournalReader(home);
  const read = new Map<string, JournalSummary | { readonly problem: string }>();
  for (const name of new Set(named.flat())) read.set(name, await summaryOf(reader, name));
  const answered: Uint8Array[] = [];
  const find: FindPriors = (from, space, metrics) => {
    const found: PriorPoint[] = [];
    for (const [source, name] of from.entries()) {
      const summary = read.get(name) ?? { problem: `the search "${name}" was not looked up.` };
      if ('problem' in summary) return summary;
      const points = pointsOf(summary, space, metrics, source);
      if (points.length === 0) {
        return {
          problem:
            `no trial of the search "${name}" is a point of this space with a value of ` +
            `${metrics.map((metric) => metric.name).join(', ')}: name another search in \`from\`.`,
        };
      }
      found.push(...points);
    }
    const best = bestFirst(distinct(found));
    const bytes = priorBytes(best.slice(0, mostPriorPoints));
    answered.push(bytes);
    return {
      hash: sha256Hex(bytes),
      initial: best.slice(0, priorInitialPoints).map(({ genome }) => genome),
    };
  };
  return {
    find,
    store: async () => {
      const artifacts = new ArtifactStore(new FileBlobStore(home));
      for (const bytes of answered) await artifacts.put(bytes);
    },
  };
}

async function summaryOf(
  reader: JournalReader,
  name: string,
): Promise<JournalSummary | { readonly problem: string }> {
  try {
    const reading = await reader.read(name);
    return reading?.summary ?? { problem: `there is no search "${name}" in this home to start from.` };
  } catch (error) {
    return { problem: `the journal of the search "${name}" cannot be read: ${errorText(error)}` };
  }
}

/** The scored trials of a search that are points of the space, by their parameters. */
function pointsOf(
  { trials }: JournalSummary,
  space: Space,
  metrics: readonly Metric[],
  source: number,
): readonly PriorPoint[] {
  return trials.flatMap(({ parameters, outcome, slice }) => {
    // The parameters of a slice are not what it worked on.
    if (outcome === null || slice !== null) return [];
    const scores = scoresOf(metrics, outcome);
    const point = encode(space, parameters);
    return scores === null || !point.ok ? [] : [{ genome: point.value, scores, source }];
  });
}

/** Of equal points the one that comes first. */
function distinct(points: readonly PriorPoint[]): readonly PriorPoint[] {
  const seen = new Map<string, PriorPoint>();
  for (const point of points) {
    const key = JSON.stringify(point.genome);
    if (!seen.has(key)) seen.set(key, point);
  }
  return [...seen.values()];
}

/** Front after front, inside one by the first score, then in the order in which they were found. */
function bestFirst(points: readonly PriorPoint[]): readonly PriorPoint[] {
  const single = points.every(({ scores }) => scores.length === 1);
  const fronts = single
    ? [points.map((_, place) => place)]
    : nonDominatedFronts(points.map(({ scores }) => scores));
  const first = (place: number): number => points[place]?.scores[0] ?? -Infinity;
  return fronts.flatMap((front) =>
    front.toSorted((a, b) => first(b) - first(a) || a - b).flatMap((place) => points[place] ?? []),
  );
}
