// Makes a virtual environment with PyTorch, once, and runs pytorch-supernet.search.ts in it:
//   node examples/pytorch-supernet/start.mjs
// Where PyTorch cannot be had, it says so and runs nothing. The search goes on where it was when it is run again.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../setup/folders.mjs';
import { runInForeground } from '../../setup/foreground.mjs';
import { prepare } from '../../setup/prepare.mjs';
import { runAsScript } from '../../setup/setup-problem.mjs';
import { pythonFolder } from './python-folder.mjs';

const file = fileURLToPath(new URL('./pytorch-supernet.search.ts', import.meta.url));

await runAsScript(async () => {
  let python;
  try {
    python = await pythonFolder();
  } catch (error) {
    console.log(`skipped, because PyTorch cannot be had here: ${error.message}`);
    return 0;
  }
  await prepare();
  // A worker passes its PATH on to commands, so that their python3 is the one with PyTorch.
  process.env.PATH = `${python}${path.delimiter}${process.env.PATH}`;
  const cli = path.join(packageRoot, 'dist', 'cli', 'main.js');
  return runInForeground([cli, 'run', file, ...process.argv.slice(2)], { folder: packageRoot });
});
