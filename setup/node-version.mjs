import { SetupProblem } from './setup-problem.mjs';
import { compareVersions } from './versions.mjs';

/** The oldest version of Node that Duramen runs on. */
export const oldestNodeVersion = '20.19.0';

/** Refuses a Node that is too old. */
export function checkNodeVersion(version = process.versions.node) {
  if (compareVersions(version, oldestNodeVersion) < 0) {
    throw new SetupProblem(
      `Node ${version} is too old: install Node ${oldestNodeVersion} or later (20, 22 and 24 are tested).`,
    );
  }
}
