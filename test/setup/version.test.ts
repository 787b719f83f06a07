import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { version } from '../../foundation/version.js';

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
}

test('the version that journals carry is that of the package', () => {
  expect(JSON.parse(read('package.json'))).toMatchObject({ version });
});

test('what is packed beside it has the same version', () => {
  expect(JSON.parse(read('create-duramen/package.json'))).toMatchObject({ version });
  expect(JSON.parse(read('create-duramen/template/package.json'))).toMatchObject({
    dependencies: { duramen: `~${version}` },
  });
  expect(read('python/pyproject.toml')).toContain(`version = "${version}"`);
});
