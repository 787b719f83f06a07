/** The oldest version of Node that Duramen runs on. */
export const oldestNodeVersion: string;

/** Refuses a Node that is too old with an error of one sentence. */
export function checkNodeVersion(version?: string): void;
