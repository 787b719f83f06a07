/** What `examine` found of one part that Duramen needs (`missing`) or can use (`optional-missing`). */
export interface Finding {
  readonly part: string;
  readonly status: 'ok' | 'missing' | 'optional-missing';
  /** Version and path. */
  readonly found?: string;
  /** Where it comes from, when there are several possible places. */
  readonly from?: string;
  /** What to do, as a part of a sentence. */
  readonly remedy?: string;
}

/** Looks at everything that Duramen needs or can use on this machine; it changes and fetches nothing. */
export function examine(options?: {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The folder from which the home folder is looked for, upwards. */
  readonly folder?: string;
}): Promise<Finding[]>;
