// Runs two-ways.search.ts with and without shared weights, and compares what a child of equal accuracy cost each:
//   node examples/one-file-two-ways/compare.mjs
// The searches took 204 s of processor time in one run, the full trainings come on top. Killed in the middle, the same command goes on.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../../setup/folders.mjs';
import { runInForeground } from '../../setup/foreground.mjs';
import { prepare } from '../../setup/prepare.mjs';
import { runAsScript } from '../../setup/setup-problem.mjs';
import { comparisonOf } from './comparison.mjs';

const cli = path.join(packageRoot, 'dist', 'cli', 'main.js');
const file = fileURLToPath(new URL('./two-ways.search.ts', import.meta.url));
const ways = [
  { way: 'each from scratch', name: 'two-ways-alone', sharing: 'no' },
  { way: 'shared weights', name: 'two-ways-shared', sharing: 'yes' },
];

await runAsScript(async () => {
  await prepare();
  for (const { way, sharing } of ways) {
    console.log(`\n${way}:`);
    process.env.WEIGHT_SHARING = sharing;
    const ended = await runInForeground([cli, 'run', file], { folder: packageRoot });
    if (ended !== 0) return ended;
  }
  const searches = [];
  for (const { way, name } of ways) searches.push({ way, ...(await journalOf(name)) });
  console.log(`\n${comparisonOf(searches)}`);
  return 0;
});

/** What the journal of a search says: its result with the retraining, and all trials. */
async function journalOf(name) {
  const shown = JSON.parse(await duramen('show', name, '--json'));
  const lines = (await duramen('trials', name, '--json')).trim().split('\n');
  return { retraining: shown.retrained, trials: lines.map((line) => JSON.parse(line)) };
}

async function duramen(...words) {
  const options = { cwd: packageRoot, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)(process.execPath, [cli, ...words], options)).stdout;
}
