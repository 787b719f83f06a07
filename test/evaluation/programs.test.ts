import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, type AlgorithmReference, type UpdateResult } from '../../algorithms/index.js';
import { AlgorithmPrograms } from '../../evaluation/programs/index.js';
import { unpackFolder } from '../../evaluation/programs/state-folder.js';
import { float, int, space } from '../../search-spaces/index.js';
import type { SearchPlan } from '../../searches/index.js';
import { planOf } from '../support/simulated-search.js';
import { repository, Workplace } from '../support/workplace.js';

const plane = space({ x: float(0, 1), n: int(0, 9) });

let place: Workplace;
let programs: AlgorithmPrograms;
beforeEach(() => {
  place = new Workplace({ slots: 1 });
  const { home, artifacts, pool } = place;
  programs = new AlgorithmPrograms({ home, artifacts, pool, projectRoot: repository });
});
afterEach(() => place.close());

function plan(algorithm: AlgorithmReference): SearchPlan {
  return planOf({ algorithm, space: plane });
}

/** The first question of a search, asked `bulk` later: with the state of an earlier answer. */
function ask(
  one: SearchPlan,
  bulk: string | null = null,
  signal = new AbortController().signal,
): Promise<UpdateResult> {
  const { action } = one.algorithm.propose(one.algorithm.init(), 0);
  if (action.kind !== 'update') throw new Error(`It begins with ${action.kind}.`);
  return programs.update(one, { ...action.request, bulk }, signal);
}

/** A command that runs a script of Node with `question`, `state` (its folder) and `answer(value)`. */
function script(text: string, options: Parameters<typeof command>[1] = {}): AlgorithmReference {
  const file = join(place.home, 'program.mjs');
  writeFileSync(
    file,
    `import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
     const question = JSON.parse(readFileSync(0, 'utf8'));
     const state = process.env.DURAMEN_STATE_DIRECTORY;
     const answer = (value) => console.log(JSON.stringify(value));
     ${text}`,
  );
  return command(`${process.execPath} ${file}`, options);
}

async function custom(functions: string, options: object = {}): Promise<AlgorithmReference> {
  const text = `export default { functions: { measures: {}, algorithms: { simulated: ${functions} } } };`;
  const bundle = await place.artifacts.put(Buffer.from(text));
  return { name: 'custom', version: 1, config: { bundle, packages: '', ...options } };
}

describe('a command', () => {
  test('keeps its files from answer to answer, in folders too, and leaves nothing else behind', async () => {
    const one = plan(
      script(`
        const file = state + '/deep/count';
        const count = existsSync(file) ? Number(readFileSync(file, 'utf8')) + 1 : 1;
        mkdirSync(state + '/deep', { recursive: true });
        writeFileSync(file, String(count));
        console.log('a line for the log');
        answer({ proposals: [{ parameters: { x: 0.5, n: count }, note: 'n' + count }] });`),
    );
    const first = await ask(one);
    expect(first.output).toEqual({ proposals: [{ genome: [0.5, 1], note: 'n1' }], done: false });
    const second = await ask(one, first.bulk);
    expect(second.output).toEqual({ proposals: [{ genome: [0.5, 2], note: 'n2' }], done: false });
    // The stored state decides, not what an earlier call left: a repeated update is the same update.
    expect(await ask(one, first.bulk)).toEqual(second);
    const folder = mkdtempSync(join(place.home, 'unpacked-'));
    await unpackFolder(folder, await place.artifacts.get(second.bulk ?? ''));
    expect(readdirSync(folder)).toEqual(['deep']);
    for (const search of readdirSync(join(place.home, 'cache', 'programs')))
      expect(readdirSync(join(place.home, 'cache', 'programs', search))).toEqual([]);
  });

  test('without files it has no state', async () => {
    expect((await ask(plan(script(`answer({ done: true });`)))).bulk).toBeNull();
  });

  const good = '{ proposals: [{ genome: [0.5, 3] }] }';
  test.each([
    ['nonsense', `console.log('{ "proposals": [');`, 'answered with a line that is no JSON'],
    ['nothing', '', 'ended without an answer: it must print one line with a JSON object'],
    ['twice', `answer(${good}); answer(${good});`, 'answered 2 times: it must print one JSON object'],
    ['with an error', `console.error('no licence'); process.exit(3);`, 'ended with code 3: no licence'],
    ['no point', `answer({ proposals: [{ genome: [0.5] }] });`, 'a proposal 0 that is no point of the space'],
    [
      'with a link as its state',
      `symlinkSync('/', state + '/all'); answer(${good});`,
      "'all' in DURAMEN_STATE_DIRECTORY is neither a file nor a folder",
    ],
  ])('that answers %s is refused with one sentence', async (_what, text, sentence) => {
    await expect(ask(plan(script(text)))).rejects.toMatchObject({
      name: 'AlgorithmError',
      message: expect.stringContaining(sentence) as string,
    });
  });

  test('too late: the program is ended, and so is what it started', async () => {
    const one = plan(script(`setInterval(() => undefined, 1000);`, { timeout: 1_500 }));
    await expect(ask(one)).rejects.toThrow('did not answer within 1.5 s');
  });

  test('that is killed is asked again, and in the end the search stops with a sentence', async () => {
    const counter = join(place.home, 'calls');
    const dies = `
      const counter = ${JSON.stringify(counter)};
      const calls = existsSync(counter) ? Number(readFileSync(counter, 'utf8')) + 1 : 1;
      writeFileSync(counter, String(calls));`;
    const twice = plan(
      script(`${dies} if (calls < 3) process.kill(process.pid, 'SIGKILL'); answer(${good});`),
    );
    expect((await ask(twice)).output).toMatchObject({ proposals: [{ genome: [0.5, 3] }] });
    const always = plan(script(`${dies} process.kill(process.pid, 'SIGKILL');`));
    await expect(ask(always)).rejects.toThrow('5 times in a row');
  });

  test('is ended when its search is cancelled', async () => {
    const abort = new AbortController();
    const started = join(place.home, 'started');
    const waiting = ask(
      plan(script(`writeFileSync(${JSON.stringify(started)}, ''); setInterval(() => undefined, 1000);`)),
      null,
      abort.signal,
    );
    waiting.catch(() => undefined);
    while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
  });

  test('cannot be found', async () => {
    await expect(ask(plan(command('no-such-program-here')))).rejects.toThrow(
      /the program 'no-such-program-here' ended with code 127: .*not found/,
    );
  });
});

describe('functions of a search file', () => {
  test('get their state back, random numbers of the seed and points to propose', async () => {
    const one = plan(
      await custom(`{
        start: () => ({ calls: 0 }),
        ask: ({ calls }, wanted, problem) => ({
          proposals: [{ genome: calls === 0 ? problem.sample() : problem.mutate([0.5, 4]), note: calls }],
          state: { calls: calls + 1 },
        }),
      }`),
    );
    const first = await ask(one);
    const { calls } = JSON.parse(new TextDecoder().decode(await place.artifacts.get(first.bulk ?? ''))) as {
      calls: number;
    };
    expect(calls).toBe(1);
    // The same question of the same state gives the same answer: functions are as repeatable as they want to be.
    expect(await ask(one)).toEqual(first);
    expect(first.output).toMatchObject({ proposals: [{ note: 0 }], done: false });
  });

  test.each([
    [
      'that throws',
      `{ ask: () => { throw new Error('out of ideas'); } }`,
      'ask of the custom algorithm threw: out of ideas',
    ],
    [
      'that waits',
      `{ ask: async () => ({ proposals: [] }) }`,
      'ask of the custom algorithm must not be async',
    ],
    ['that returns nothing', `{ ask: () => undefined }`, 'must return an object with a list of proposals'],
    [
      'with a state that is no JSON',
      `{ ask: () => ({ proposals: [], state: { a: NaN } }) }`,
      "must return plain JSON: 'a' is NaN",
    ],
    [
      'with a Map as its state',
      `{ ask: () => ({ proposals: [], state: new Map() }) }`,
      "'state' is no plain object",
    ],
    ['that ends the process', `{ ask: () => process.exit(4) }`, 'the custom algorithm ended with code 4'],
    ['without ask', `{}`, 'The search file has no custom algorithm for level "simulated"'],
    [
      'with a wrong point',
      `{ ask: () => ({ proposals: [{ genome: [7, 0] }] }) }`,
      'is no point of the space',
    ],
  ])('%s is refused with one sentence', async (_what, functions, sentence) => {
    await expect(ask(plan(await custom(functions)))).rejects.toMatchObject({
      name: 'AlgorithmError',
      message: expect.stringContaining(sentence) as string,
    });
  });

  test('that never return are ended, and the next question is answered', async () => {
    const endless = plan(await custom(`{ ask: () => { for (;;); } }`, { timeout: 1_500 }));
    await expect(ask(endless)).rejects.toThrow('the custom algorithm did not answer within 1.5 s');
    const next = plan(await custom(`{ ask: () => ({ proposals: [{ genome: [0, 0] }] }) }`));
    expect((await ask(next)).output).toEqual({ proposals: [{ genome: [0, 0], note: null }], done: false });
  });
});
