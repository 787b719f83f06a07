import { packageRoot } from './folders.mjs';
import { runInForeground } from './foreground.mjs';
import { prepare } from './prepare.mjs';
import { runAsScript } from './setup-problem.mjs';

await runAsScript(async () => {
  await prepare();
  console.log('duramen: running the tests');
  return runInForeground(['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], {
    folder: packageRoot,
  });
});
