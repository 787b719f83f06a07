import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import {
  activityEnvironment,
  contentOf,
  eventually,
  finished,
  trial,
  Workplace,
} from '../support/workplace.js';

const source = fileURLToPath(new URL('../../python', import.meta.url));

const packages = join(source, 'src');

let place: Workplace;
beforeAll(() => {
  place = new Workplace({ slots: 1 });
});
afterAll(async () => {
  await place.close();
});

let scripts = 0;
function script(code: string): string {
  const file = join(place.home, `helper-${scripts++}.py`);
  writeFileSync(file, `import duramen, json, os, pathlib, time\n${code}\n`);
  return file;
}

function address(code: string): Promise<string> {
  return place.commandAddress(`PYTHONPATH=${packages} python3 ${script(code)}`);
}

test('parameters and seed in, reports and the result out', async () => {
  const code = `p = duramen.parameters(x=9, epochs=2)
for epoch in range(1, p['epochs'] + 1):
    duramen.report(epoch, {'accuracy': p['x'] / epoch}, size=duramen.seed())
duramen.finish(accuracy=p['x'], cost=3)`;
  const result = await place.evaluate(trial(await address(code), { search: 'reports' }));
  expect(finished(result).outcome).toEqual({ kind: 'scored', metrics: { accuracy: 0.5 }, cost: 3 });
  expect((await place.record(result)).reports).toEqual([
    { step: 1, metrics: { accuracy: 0.5, size: 0xaa } },
    { step: 2, metrics: { accuracy: 0.25, size: 0xaa } },
  ]);
});

test('a gate makes should_stop true', async () => {
  const gate = { metric: 'accuracy', goal: 'maximize', rungs: [{ step: 2, threshold: 0.3 }] } as const;
  const code = `for epoch in range(1, 1000):
    duramen.report(epoch, accuracy=0.1)
    if duramen.should_stop(): break
    time.sleep(0.02)
duramen.finish(accuracy=0.1, size=epoch)`;
  const outcome = await place.outcome(trial(await address(code), { search: 'gate', gate }));
  expect(outcome).toMatchObject({ kind: 'stopped', step: 2 });
});

test.each([
  [`duramen.infeasible('too wide')`, { kind: 'infeasible', reason: 'too wide' }],
  [`duramen.failed('Diverged', 'it left')`, { kind: 'failed', class: 'Diverged', message: 'it left' }],
])('%s', async (code, outcome) => {
  expect(await place.outcome(trial(await address(code), { search: code }))).toMatchObject(outcome);
});

test('parked, it saves a file and a folder, and goes on from the latest', async () => {
  const marker = join(place.home, 'parked-helper');
  const code = `latest = duramen.latest()
first = 1 if latest is None else latest.step + 1
if latest is not None:
    assert json.loads((latest.path / 'state.json').read_text()) == {'epoch': latest.step}
for epoch in range(first, 4 if latest else 10**6):
    work = pathlib.Path('${marker}-work')
    work.mkdir(exist_ok=True)
    (work / 'state.json').write_text(json.dumps({'epoch': epoch}))
    duramen.save(epoch, b'%d' % epoch) if epoch == 1 else duramen.save(epoch, work)
    if epoch == 2: pathlib.Path('${marker}').write_text(str(epoch))
    if duramen.should_stop(): break
duramen.finish(accuracy=0.5, size=first)`;
  const input = trial(await address(code), { search: 'helper-parked' });
  const environment = activityEnvironment();
  const parked = place.evaluate(input, environment);
  await eventually(() => contentOf(marker));
  environment.cancel();
  expect(await parked).toMatchObject({ kind: 'parked' });
  const outcome = await place.outcome({ ...input });
  expect(outcome).toMatchObject({ kind: 'scored', metrics: { accuracy: 0.5 } });
  expect(outcome).toMatchObject({ metrics: { size: expect.any(Number) } });
  expect('metrics' in outcome ? (outcome.metrics?.['size'] ?? 0) : 0).toBeGreaterThan(2);
});

test('outside of a search it runs alone', () => {
  const code = `p = duramen.parameters(x=2)
assert duramen.latest() is None and duramen.seed() == 0 and not duramen.should_stop()
duramen.save(1, b'x')
duramen.report(1, accuracy=p['x'])
duramen.finish(accuracy=p['x'])`;
  const printed = execFileSync('python3', [script(code)], {
    env: { PATH: process.env['PATH'], PYTHONPATH: packages },
    encoding: 'utf8',
  });
  expect(
    printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([{ report: { step: 1, metrics: { accuracy: 2 } } }, { metrics: { accuracy: 2 } }]);
});

test('pip installs it', ({ skip }) => {
  const folder = temporaryFolder();
  // Built in a copy, because pip leaves files beside the source.
  const copy = join(folder, 'source');
  cpSync(source, copy, { recursive: true, filter: (file) => !file.endsWith('__pycache__') });
  const target = join(folder, 'packages');
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-input'];
  const { status, stderr } = spawnSync('python3', [
    ...['-m', 'pip', 'install', ...quiet, '--target', target, copy],
  ]);
  const said = stderr.toString();
  if (status !== 0 && /setuptools/.test(said) && /No matching distribution|connection/i.test(said)) {
    skip('The package registry does not answer, and pip fetches setuptools from it.');
  }
  expect(status, said).toBe(0);
  const printed = execFileSync('python3', ['-c', 'import duramen; print(duramen.parameters(x=2))'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PYTHONPATH: target },
    encoding: 'utf8',
  });
  expect(printed.trim()).toBe("{'x': 2}");
});
