import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { LibraryActivities } from '../activities/index.js';
import { journalOptions } from './activity-calls.js';
import { runChildSearch } from './child-search.js';
import {
  librarySourceLimit,
  type BuiltLibrary,
  type BuiltRecord,
  type FailedSource,
  type LibraryInput,
  type LibrarySource,
} from './messages/library-messages.js';

/** How far the flow is with a source. */
type SourceProgress = 'waits' | 'is searched' | BuiltRecord | FailedSource;

/**
 * Fills a library: runs differentiable searches as child workflows, so many at the same time, and makes each a record when
 * it is finished. A flow that was lost or cancelled and is started again under its id finds finished searches, goes on in
 * the middle of the others, and makes no record twice. A search that fails is told in the result; the others go on. A
 * definition comes from a search file: `SearchClient.buildLibrary` loads such files and starts this workflow.
 */
export async function buildLibrary({ sources, concurrency }: LibraryInput): Promise<BuiltLibrary> {
  checkSources(sources, concurrency);
  const progress: SourceProgress[] = sources.map(() => 'waits');
  const show = (): void => setCurrentDetails(detailsOf(sources, progress));
  let next = 0;
  const runSome = async (): Promise<void> => {
    for (;;) {
      const place = next;
      const source = sources[place];
      if (source === undefined) return;
      next += 1;
      progress[place] = 'is searched';
      show();
      progress[place] = await recordOf(source);
      show();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runSome));
  return {
    records: progress.flatMap((end) => (typeof end === 'object' && 'hash' in end ? [end] : [])),
    failed: progress.flatMap((end) => (typeof end === 'object' && 'problem' in end ? [end] : [])),
  };
}

function checkSources(sources: readonly LibrarySource[], concurrency: number): void {
  const names = new Set(sources.map(({ name }) => name));
  if (sources.length === 0 || sources.length > librarySourceLimit) {
    throw refused(`a library is built of 1 to ${librarySourceLimit} searches, not of ${sources.length}`);
  }
  if (names.size < sources.length) throw refused('two searches have the same name: give each its own');
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw refused(`'concurrency' must be a whole number above 0, it is ${concurrency}`);
}

function refused(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`buildLibrary: ${why}.`, 'BadInput');
}

/** Searches a source and makes it a record; a search that fails is an answer, a cancellation of the flow is none. */
async function recordOf({ name, task, definition }: LibrarySource): Promise<BuiltRecord | FailedSource> {
  const search = `${workflowInfo().workflowId}/${name}`;
  try {
    await runChildSearch({
      id: search,
      input: { definition, level: 0, context: {}, parentPaused: false },
      summary: `search ${name}`,
      paused: () => false,
      onStarted: () => undefined,
    });
    const { addLibraryRecord } = proxyActivities<LibraryActivities>(journalOptions);
    return { search, task, ...(await addLibraryRecord(search, task)) };
  } catch (error) {
    const isOwn = error instanceof ChildWorkflowFailure || error instanceof ActivityFailure;
    if (!isOwn || CancellationScope.current().consideredCancelled) throw error;
    return { search, task, problem: (error.cause ?? error).message };
  }
}

/** The page of the flow in the Temporal UI. */
function detailsOf(sources: readonly LibrarySource[], progress: readonly SourceProgress[]): string {
  const rows = sources.map(({ name, task }, place) => `| ${name} | ${task} | ${cellOf(progress[place])} |`);
  return ['| search | task | record |', '| --- | --- | --- |', ...rows].join('\n');
}

function cellOf(progress: SourceProgress = 'waits'): string {
  if (typeof progress === 'string') return progress;
  // A line break would end the row, and a bar the cell.
  if ('problem' in progress) return `none: ${progress.problem.replace(/[\n|]/g, ' ')}`;
  return `${progress.hash.slice(0, 12)}${progress.hasWeights ? '' : ', without weights'}`;
}
