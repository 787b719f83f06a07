type Environment = Readonly<Record<string, string | undefined>>;

/** The root of the checkout or of the installed package, without a slash at the end. */
export const packageRoot: string;

/** True in a checkout of the repository, false in the installed package. */
export const isCheckout: boolean;

/** What a user types to get a part that the set-up fetches; in a checkout `script` of `setup/` does it. */
export function setupCommand(part: 'temporal' | 'mnist' | 'tensorflow', script?: string): string;

/** The folder for things that can be fetched again: `XDG_CACHE_HOME` or `~/.cache`, with `duramen` below. */
export function cacheFolder(environment?: Environment): string;

/** The folder of searches and the server: `DURAMEN_HOME`, else the nearest `.duramen` upwards, else a new one here. */
export function homeFolder(environment?: Environment, start?: string): string;

/** Bytes that this user may still write on the disk that holds `folder`, or would hold it once it is made. */
export function freeBytes(folder: string): number;
