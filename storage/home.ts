import { existsSync } from 'node:fs';
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
