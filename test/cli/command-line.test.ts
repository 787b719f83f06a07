import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commandLine, runCommandLine } from '../../cli/command-line.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duramen-cli-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a process of its own. */
function duramen(args: readonly string[]): Promise<Ended> {
  const { TEMPORAL_ADDRESS: _address, ...inherited } = process.env;
  const env = { ...inherited, DURAMEN_HOME: join(folder, 'home') };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        stdout,
        stderr,
      });
    });
  });
}

/** Runs a command in this process, which spares its start. */
async function inProcess(args: readonly string[]): Promise<Omit<Ended, 'stdout'>> {
  vi.stubEnv('DURAMEN_HOME', join(folder, 'home'));
  vi.stubEnv('TEMPORAL_ADDRESS', undefined);
  const pieces: string[] = [];
  const write = (piece: unknown): boolean => pieces.push(String(piece)) > 0;
  const spies = [
    vi.spyOn(process.stderr, 'write').mockImplementation(write),
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true),
    vi.spyOn(console, 'log').mockImplementation(() => undefined),
  ];
  process.exitCode = 0;
  try {
    await runCommandLine(args);
    return { code: Number(process.exitCode), stderr: pieces.join('') };
  } finally {
    process.exitCode = 0;
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}

describe('help', () => {
  test('names every command and the exit codes', async () => {
    const { code, stdout } = await duramen(['--help']);
    expect(code).toBe(0);
    const names =
      'run list show best trials pause resume cancel extend enqueue cancel-trial set-concurrency worker server doctor';
    for (const name of names.split(' ')) expect(stdout).toContain(`\n  ${name} `);
    expect(stdout).toContain('Exit status');
  });

  test('has an example for every command', () => {
    const text: string[] = [];
    for (const command of commandLine().commands) {
      text.length = 0;
      command.configureOutput({ writeOut: (piece) => void text.push(piece) }).outputHelp();
      expect(text.join(''), command.name()).toMatch(new RegExp(`Examples?:\\n  duramen ${command.name()}`));
    }
  });
});

describe('errors are one sentence with an exit status', () => {
  test.each<[string, readonly string[], number, string]>([
    ['an unknown command', ['fly'], 2, "unknown command 'fly'"],
    ['a misspelt command', ['lst'], 2, 'Did you mean list?'],
    ['a missing argument', ['show'], 2, "missing required argument 'id'"],
    ['an unknown option', ['list', '--fast'], 2, "unknown option '--fast'"],
    ['a bad count', ['extend', 'a', '--trials', '0'], 2, 'It must be a whole number of at least 1.'],
    ['a bad target', ['extend', 'a', '--target', 'accuracy'], 2, 'It must be metric=value'],
    ['nothing to extend', ['extend', 'a'], 2, 'Say what to extend'],
    ['parameters that are no JSON', ['enqueue', 'a', '{'], 2, 'The parameters are not JSON'],
    ['a file that is not there', ['run', 'none.search.ts'], 2, 'There is no file none.search.ts.'],
    ['no server', ['list'], 3, 'No server: none runs for'],
    [
      'an unreachable server',
      ['list', '--address', '127.0.0.1:1'],
      3,
      'nothing answers as a Temporal server at 127.0.0.1:1',
    ],
    ['no server for a worker', ['worker'], 3, 'No server: none runs for'],
    ['a stopped server', ['server', 'status'], 3, ''],
  ])('%s', async (_what, args, code, message) => {
    const ended = await inProcess(args);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(code);
  });

  test('a search file that does not compile leaves nothing behind', async () => {
    await writeFile(join(folder, 'broken.search.ts'), 'export default {\n  a: ;\n};\n');
    const { code, stderr } = await duramen(['run', 'broken.search.ts']);
    expect(stderr).toBe('duramen: broken.search.ts:2:6 does not compile: Unexpected ";"\n');
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'home', 'server.json'))).toBe(false);
  });

  test('a budget of 0', async () => {
    const text = `import { defineSearch } from 'duramen';
      import { random } from 'duramen/algorithms';
      import { float, space } from 'duramen/search-spaces';
      export default defineSearch({ name: 'zero', space: space({ x: float(0, 1) }), metrics: { loss: 'minimize' },
        algorithm: random(), budget: { trials: 0 }, evaluate: () => ({ loss: 1 }) });`;
    await writeFile(join(folder, 'zero.search.ts'), text);
    const { code, stderr } = await duramen(['run', 'zero.search.ts']);
    expect(stderr).toBe(
      'duramen: zero.search.ts: budget.trials: must be a whole number of at least 1, not 0.\n',
    );
    expect(code).toBe(2);
  });

  test('a port in use', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const { code, stderr } = await inProcess(['server', 'start', '--port', String(port)]);
    await new Promise((resolve) => blocker.close(resolve));
    expect(stderr).toContain(`Port ${port} is in use: give another one with --port`);
    expect(code).toBe(2);
  });

  test('with --stack-trace the place is shown', async () => {
    const { code, stderr } = await duramen(['list', '--stack-trace']);
    expect(stderr).toMatch(/\n\s+at /);
    expect(code).toBe(3);
  });

  test('none of them has made files beside the home', async () => {
    expect((await readdir(folder)).sort()).toEqual(['broken.search.ts', 'home', 'zero.search.ts']);
  });
});
