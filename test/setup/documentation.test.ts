import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sidebar } from '../../docs/.vitepress/pages.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = path.join(root, 'examples');

test('the page of examples names what is there, and all of it', () => {
  const page = readFileSync(path.join(root, 'docs', 'examples.md'), 'utf8');
  const named = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name ?? '');
  expect(named.filter((name) => !existsSync(path.join(examples, name)))).toEqual([]);
  const tops = new Set(named.map((name) => name.split('/')[0]));
  const there = readdirSync(examples).filter((name) => name !== 'commands');
  expect(there.filter((name) => !tops.has(name))).toEqual([]);
});

test('the site leads to every page once', () => {
  const pages = readdirSync(path.join(root, 'docs')).filter(
    (name) => name.endsWith('.md') && name !== 'index.md',
  );
  const links = sidebar().flatMap(({ items }) => items.map(({ link }) => link));
  expect([...links].sort()).toEqual(pages.map((name) => `/${name.slice(0, -3)}`).sort());
});
