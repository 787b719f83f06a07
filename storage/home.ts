import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * The folder that holds the embedded server's database, journals, artifacts and checkpoints: `DURAMEN_HOME`, else
 * the nearest `.duramen` from the working directory upwards, else `.duramen` in the working directory.
 */
export function duramenHome(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  workingDirectory: string = process.cwd(),
): string {
  const configured = environment['DURAMEN_HOME'];
  if (configured !== undefined && configured !== '') return resolve(workingDirectory, configured);
  for (let folder = workingDirectory; ; folder = dirname(folder)) {
    const candidate = join(folder, '.duramen');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return join(workingDirectory, '.duramen');
  }
}

/** What Duramen keeps in a home. */
const ownNames: ReadonlySet<string> = new Set([
  'artifacts',
  'cache',
  'journals',
  'leases',
  'library',
  'results',
  'search-results',
  'server',
  'server.json',
  'trials',
  'vouched',
  'worker.log',
]);

/**
 * Makes a home for its owner alone, and takes from others what former builds let them read in one. A folder that holds
 * more than a home keeps its own mode: what Duramen keeps in it is closed instead.
 */
export async function prepareHome(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const names = await readdir(home);
  const own = names.filter((name) => ownNames.has(name));
  if (own.length === names.length) await closeToOthers(home);
  for (const name of own) await closeToOthers(join(home, name));
}

/** Leaves a file or folder to its owner alone, where this process may change that. */
async function closeToOthers(path: string): Promise<void> {
  const { mode, uid } = await stat(path);
  const user = process.getuid?.();
  const mayChange = user === undefined || user === 0 || user === uid;
  // A folder with the sticky bit is everybody's, such as /tmp.
  if (mayChange && (mode & 0o077) !== 0 && (mode & 0o1000) === 0) await chmod(path, mode & 0o700);
}
