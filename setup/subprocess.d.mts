type Environment = Readonly<Record<string, string | undefined>>;

/** The first executable file called `name` in the folders of `PATH`, or `undefined`. */
export function findOnPath(name: string, environment?: Environment): string | undefined;
