import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

function documentedNames(): readonly string[] {
  const docs = path.join(root, 'docs');
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));
  const text = pages.map((name) => readFileSync(path.join(docs, name), 'utf8')).join('\n');
  const commands = [...text.matchAll(/npm run (?:bench -- ([a-z0-9-]+)|(kill-matrix))/g)];
  return [...new Set(commands.map(([, name, script]) => name ?? script ?? ''))];
}

test('npm run bench knows every bench of the documents, and no others', () => {
  const script = path.join(root, 'bench', 'run.mjs');
  const { stderr } = spawnSync(process.execPath, [script, 'none-of-them'], { encoding: 'utf8' });
  const names = /one of these names: (.+)\.$/m.exec(stderr)?.[1]?.split(', ') ?? [];
  expect([...names].sort()).toEqual([...documentedNames()].sort());
});
