/**
 * Takes the lock that `file` is, waiting for the process that holds it, and answers the function that gives it back. It
 * is void once its process is gone, and never for another reason. Calls `say` when it waits for long. Throws an error of
 * code `ELOCKED` after `patience` milliseconds.
 */
export function takeLock(
  file: string,
  options?: { readonly say?: (line: string) => void; readonly patience?: number },
): Promise<() => Promise<void>>;
