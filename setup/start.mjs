import path from 'node:path';
import { packageRoot } from './folders.mjs';
import { runInForeground } from './foreground.mjs';
import { prepare } from './prepare.mjs';
import { runAsScript } from './setup-problem.mjs';

// The search that `npm start` runs, and its name.
const search = 'examples/co-design/co-design.search.ts';
const name = 'co-design';

await runAsScript(async () => {
  const given = process.argv.slice(2);
  await prepare({ gpu: given.includes('--gpu') });
  console.log(`duramen: running ${search}`);
  const duramen = (...words) => runInForeground(['dist/cli/main.js', ...words], { folder: packageRoot });
  const ended = await duramen('run', search, ...given.filter((word) => word !== '--gpu'));
  if (ended !== 0) return ended;
  const folder = path.join('.duramen', 'results');
  const reported = await duramen('report', name, '--output', path.join(folder, `${name}.html`));
  if (reported !== 0) return reported;
  return duramen('export', name, '--output', path.join(folder, name));
});
