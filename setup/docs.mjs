import path from 'node:path';

import { packageRoot } from './folders.mjs';
import { installPackages } from './packages.mjs';
import { runAsScript, SetupProblem } from './setup-problem.mjs';
import { lastLine, runProgram } from './subprocess.mjs';

// Builds the documentation site: the pages of `docs/`, and a reference of the public modules from their doc comments.
// A link to a page that is not there ends it.

const docs = path.join(packageRoot, 'docs');
const site = path.join(docs, '.vitepress', 'dist');

await runAsScript(async () => {
  const say = (line) => console.log(`duramen: ${line}`);
  await installPackages({ root: packageRoot, say });
  await installPackages({ root: docs, say: () => say('installing the packages of the documentation site') });
  say('reading the doc comments');
  await runTool('typedoc', ['--options', path.join('docs', 'typedoc.json')], packageRoot);
  say('building the site');
  await runTool('vitepress', ['build', docs], docs);
  say(`the site is ${path.relative(process.cwd(), site)}`);
});

async function runTool(name, words, folder) {
  const tool = path.join(docs, 'node_modules', '.bin', name);
  const { code, output } = await runProgram(tool, words, { folder });
  if (code === 0) return;
  console.error(output.trimEnd());
  throw new SetupProblem(`${name} failed: ${lastLine(output)}`);
}
