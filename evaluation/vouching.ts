/** What a worker answers to a definition for which its home does not vouch. */
export function notVouchedFor(search: string): string {
  return (
    `The home of this worker does not vouch for the definition of search "${search}": start the search by ` +
    '"duramen run" or the client with the DURAMEN_HOME of the worker (docs/security.md says why).'
  );
}
