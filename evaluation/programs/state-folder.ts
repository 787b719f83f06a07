import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AlgorithmError, decodeState, encodeState, type StateValue } from '../../algorithms/index.js';
import { isPlainObject } from '../../foundation/json/index.js';

/** Most bytes of the files in which a program keeps its state. */
export const stateFolderLimit = 64 * 1024 * 1024;

/** The files below a folder as bytes; null when there are none. Throws `AlgorithmError` for what cannot be kept. */
export async function packFolder(folder: string): Promise<Uint8Array | null> {
  const files: Record<string, Uint8Array> = {};
  let size = 0;
  for (const path of await filesBelow(folder, '')) {
    const bytes = new Uint8Array(await readFile(join(folder, path)));
    size += bytes.length;
    if (size > stateFolderLimit) {
      throw new AlgorithmError(
        `the files in DURAMEN_STATE_DIRECTORY take more than ${stateFolderLimit} bytes: keep less between two answers`,
      );
    }
    files[path] = bytes;
  }
  return Object.keys(files).length === 0 ? null : encodeState({ files });
}

/** Writes the files of `packFolder` into an empty folder. */
export async function unpackFolder(folder: string, bytes: Uint8Array): Promise<void> {
  for (const [path, content] of filesOf(decodeState(bytes))) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Paths below a folder in the order of their names. */
async function filesBelow(folder: string, below: string): Promise<readonly string[]> {
  const found: string[] = [];
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, path)));
    else if (entry.isFile()) found.push(path);
    else throw new AlgorithmError(`'${path}' in DURAMEN_STATE_DIRECTORY is neither a file nor a folder`);
  }
  return found;
}

function filesOf(value: StateValue): readonly (readonly [string, Uint8Array])[] {
  const files = isPlainObject(value) ? value['files'] : undefined;
  if (!isPlainObject(files)) throw new AlgorithmError('the kept state of the program is no folder of files');
  return Object.entries(files).map(([path, content]) => {
    const parts = path.split('/');
    if (
      !(content instanceof Uint8Array) ||
      parts.some((part) => part === '' || part === '.' || part === '..')
    )
      throw new AlgorithmError(`the kept state of the program has no file '${path}'`);
    return [path, content] as const;
  });
}
