import { runInForeground } from './foreground.mjs';
import { packageRoot } from './folders.mjs';
import { prepare } from './prepare.mjs';
import { runAsScript } from './setup-problem.mjs';

// What `npm start` runs once the checkout is ready.
const script = 'examples/co-design/main.mjs';

await runAsScript(async () => {
  const given = process.argv.slice(2);
  await prepare({ gpu: given.includes('--gpu') });
  console.log(`duramen: running ${script}`);
  return runInForeground([script, ...given.filter((word) => word !== '--gpu')], { folder: packageRoot });
});
