import { proxyActivities } from '@temporalio/workflow';
import type { Json } from '../../foundation/json/index.js';
import { search, type DefinedSearch } from 'duramen/workflows';

const { define } = proxyActivities<{
  define(file: string, initial: readonly Json[]): Promise<DefinedSearch>;
}>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });

/** Runs a search file once for each context, side by side. */
export async function definedFlow(
  file: string,
  contexts: Readonly<Record<string, Readonly<Record<string, Json>>>>,
  initial: readonly Json[],
): Promise<unknown> {
  const reference = await define(file, initial);
  return Promise.all(
    Object.entries(contexts).map(([name, context]) =>
      search(reference, { name, context, summary: `the search ${name}` }),
    ),
  );
}
