/**
 * The folder of the npm package below which TensorFlow's binding is found: the installed one, else the copy in the user's
 * cache; undefined when there is neither.
 */
export function tfjsFolder(environment?: Readonly<Record<string, string | undefined>>): string | undefined;
