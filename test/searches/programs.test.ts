import { describe, expect, test } from 'vitest';
import { command, decodeState, type AlgorithmReference, type UpdateResult } from '../../algorithms/index.js';
import { RandomStream, rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import { bool, constrained, float, int, oneOf, sample, space } from '../../search-spaces/index.js';
import {
  rebuild,
  verifyJournal,
  type ComputeUpdate,
  type JournalRecord,
  type LevelDefinition,
} from '../../searches/index.js';
import { programQuestion, readProgramAnswer, type ProgramQuestion } from '../../searches/programs/index.js';
import {
  choices,
  computeUpdate,
  mixedOutcome,
  planOf,
  SimulatedSearch,
  trajectoryOf,
  type Disturbance,
} from '../support/simulated-search.js';

type Order = LevelDefinition['order'];

/** A program that answers otherwise whenever it is asked. */
function unpredictable(): { readonly compute: ComputeUpdate; readonly questions: ProgramQuestion[] } {
  const questions: ProgramQuestion[] = [];
  const compute: ComputeUpdate = (plan, request) => {
    const question = programQuestion(plan, request.input);
    questions.push(question);
    const random = new RandomStream(rngFromSeed(`call ${questions.length}`));
    const count = 1 + random.below(question.wanted);
    const answer: Json = {
      proposals: Array.from({ length: count }, () => ({
        genome: sample(question.view, random),
        note: count,
      })),
    };
    const result: UpdateResult = {
      bulk: sha256Hex(String(questions.length)),
      output: readProgramAnswer('the program', question, answer),
    };
    return Promise.resolve(result);
  };
  return { compute, questions };
}

function plan(order: Order, algorithm: AlgorithmReference, level: Partial<LevelDefinition> = {}) {
  return planOf({ algorithm, level: { order, budget: { trials: 60 }, window: 6, ...level } });
}

const orders: readonly Order[] = ['in-order', 'as-completed'];
const disturbances: readonly Disturbance[] = ['kill', 'park', 'pause', 'rebuild', 'snapshot', 'concurrency'];

describe.each(orders)('%s: a search whose program answers otherwise each time', (order) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'kills and rebuilds change nothing that was decided (%i)',
    async (seed) => {
      const one = plan(order, command('any', { batch: 4, waitsFor: seed % 4 }));
      const { compute } = unpredictable();
      const search = new SimulatedSearch({
        ...{
          plan: one,
          source: choices(seed),
          compute,
          evaluate: mixedOutcome,
          disturbances,
          concurrency: 4,
        },
      });
      expect((await search.run()).kind).toBe('end');
      search.close();
      const { proposals, hash } = trajectoryOf(search);
      expect(proposals.map(({ index }) => index)).toEqual(Array.from({ length: 60 }, (_, index) => index));
      // Without asking: the rebuild's own updates refuse to compute.
      const rebuilt = await rebuild(one, search.journal, computeUpdate);
      expect(rebuilt.state.trajectoryHash).toBe(hash);
      const closed: JournalRecord = {
        kind: 'closed',
        phase: 'finished',
        reason: 'trials',
        trajectoryHash: hash,
      };
      const verified = await verifyJournal(
        'simulated',
        [opened(one), ...search.journal, closed],
        computeUpdate,
      );
      expect(verified.loop.state.trajectoryHash).toBe(hash);
    },
  );

  test('from every record on, the search goes on to its end with what was decided', async () => {
    const one = plan(order, command('any', { batch: 3, waitsFor: 2 }));
    const whole = new SimulatedSearch({ plan: one, source: choices(9), compute: unpredictable().compute });
    await whole.run();
    for (let records = 0; records <= whole.journal.length; records += 7) {
      const journal = whole.journal.slice(0, records);
      const again = new SimulatedSearch({
        ...{ plan: one, source: choices(10), compute: unpredictable().compute, journal },
      });
      expect((await again.run()).kind).toBe('end');
      expect(again.loop.state.recorded).toBe(60);
      expect(again.journal.slice(0, records)).toEqual(journal);
    }
  });

  test('an extended search asks on', async () => {
    const one = plan(order, command('any', { batch: 3 }));
    const first = new SimulatedSearch({ plan: one, source: choices(11), compute: unpredictable().compute });
    await first.run();
    first.close();
    const loop = await rebuild(one, first.journal, computeUpdate);
    loop.intervene({ kind: 'extend', budget: { trials: 90 } });
    const second = new SimulatedSearch({
      ...{ plan: one, source: choices(12), compute: unpredictable().compute, journal: first.journal },
    });
    second.take(loop, []);
    expect((await second.run()).kind).toBe('end');
    expect(second.loop.state.recorded).toBe(90);
  });
});

function opened(one: ReturnType<typeof plan>): JournalRecord {
  const { search, definition, levelIndex, context } = one;
  return { kind: 'opened', search, definition, level: levelIndex, context, version: '0' };
}

test('waitsFor: so many outcomes of its proposals come with each question, and user points beside them', async () => {
  const { compute, questions } = unpredictable();
  const one = plan('in-order', command('any', { batch: 4, waitsFor: 3 }), { window: 16 });
  const search = new SimulatedSearch({
    ...{ plan: one, source: choices(1), compute, concurrency: 8 },
    interventions: [[10, { kind: 'enqueue', genome: [0.5, 7, 2] }]],
  });
  await search.run();
  const own = questions.map(({ outcomes }) => outcomes.filter(({ proposed }) => proposed).length);
  expect(own[0]).toBe(0);
  for (const [place, question] of questions.entries()) {
    if (place === 0) continue;
    expect(question.answers).toBe(place);
    // Fewer only where no proposal had an outcome to come.
    expect((own[place] ?? 0) >= 3 || question.pending === 0).toBe(true);
  }
  const given = questions.flatMap(({ outcomes }) => outcomes).filter(({ proposed }) => !proposed);
  expect(given.map(({ parameters, note }) => ({ parameters, note }))).toEqual([
    { parameters: { rate: 0.5, width: 7, activation: 'gelu' }, note: null },
  ]);
  const notes = questions.flatMap(({ outcomes }) => outcomes).filter(({ proposed }) => proposed);
  expect(notes.every(({ note }) => typeof note === 'number' && note >= 1 && note <= 4)).toBe(true);
});

test('a journal that lacks an answer is not continued by asking again', async () => {
  const one = plan('in-order', command('any', { batch: 3 }));
  const whole = new SimulatedSearch({ plan: one, source: choices(2), compute: unpredictable().compute });
  await whole.run();
  const without = whole.journal.filter(({ kind }) => kind !== 'answered');
  await expect(rebuild(one, without, computeUpdate)).rejects.toThrow(
    'the answers of the program of command are in the journal, which lacks one',
  );
});

test('the same question gives the same seed and space, and points violating a constraint come back', () => {
  const one = planOf({
    algorithm: command('any'),
    space: constrained(space({ a: int(0, 9), b: int(0, 9) }), [
      { expr: ['<=', ['path', 'a'], ['path', 'b']], reason: 'a is above b' },
    ]),
  });
  const asked = one.algorithm.propose(one.algorithm.init(), 0).action;
  if (asked.kind !== 'update') throw new Error(`It begins with ${asked.kind}.`);
  const question = programQuestion(one, asked.request.input);
  expect(question).toMatchObject({ answers: 0, wanted: 1, outcomes: [], missed: 0, pending: 0 });
  expect(question.seed).toMatch(/^[0-9a-f]{16}$/);
  expect(question.view.nodes.map(({ id, kind }) => [id, kind])).toEqual([
    ['a', 'int'],
    ['b', 'int'],
  ]);
  expect(JSON.parse(JSON.stringify(question))).toEqual(question);
  expect(readProgramAnswer('it', question, { proposals: [{ genome: [5, 2] }] }).proposals).toEqual([
    { genome: [5, 2], note: null },
  ]);
  expect(() => readProgramAnswer('it', question, { proposals: [{ parameters: { a: 5, b: 2 } }] })).toThrow(
    'it answers with a proposal 0 that is no point of the space',
  );
});

describe('what a program must not answer', () => {
  const one = planOf({
    algorithm: command('any', { batch: 2 }),
    space: space({ x: float(0, 1), k: oneOf(['a', 'b']), deep: bool() }),
  });
  const action = one.algorithm.propose(one.algorithm.init(), 0).action;
  const question = programQuestion(one, action.kind === 'update' ? action.request.input : null);
  const good = { genome: [0.5, 1, 0] };

  test.each<readonly [string, Json, string]>([
    ['a text', 'hello', "must answer with an object, not with 'hello'"],
    ['a list', [good], 'must answer with an object, not with a list of 1'],
    ['nothing in it', {}, 'must answer with a list of proposals, and has none'],
    ['another field', { proposals: [good], state: 1 }, "answers with a field 'state'"],
    ['too many', { proposals: [good, good, good] }, 'answers with 3 proposals, and at most 2 were wanted'],
    ['none', { proposals: [] }, 'proposes nothing although it knows the outcomes of all its proposals'],
    ['no object', { proposals: [[0.5, 1, 0]] }, 'a proposal 0 that is a list of 3, not an object'],
    ['no point', { proposals: [good, {}] }, 'a proposal 1 that has neither parameters nor a genome'],
    ['two points', { proposals: [{ ...good, parameters: {} }] }, 'has both parameters and a genome'],
    [
      'a number out of range',
      { proposals: [{ genome: [2, 1, 0] }] },
      'is no point of the space: float_above_max',
    ],
    ['NaN by name', { proposals: [{ genome: ['NaN', 1, 0] }] }, 'is no point of the space'],
    [
      'other parameters',
      { proposals: [{ parameters: { x: 0.5, k: 'c', deep: true } }] },
      'is no point of the space',
    ],
    ['a long note', { proposals: [{ ...good, note: 'n'.repeat(33) }] }, 'a text of at most 32 characters'],
    ['a note that is an object', { proposals: [{ ...good, note: {} }] }, 'whose note is an object'],
    ['done as text', { proposals: [good], done: 'yes' }, "done: true or false, not 'yes'"],
  ])('%s', (_what, answer, sentence) => {
    expect(() => readProgramAnswer('the program', question, answer)).toThrow(`the program `);
    expect(() => readProgramAnswer('the program', question, answer)).toThrow(sentence);
  });

  test('done ends the search', async () => {
    let calls = 0;
    const compute: ComputeUpdate = (asked, request) => {
      calls += 1;
      const q = programQuestion(asked, request.input);
      const answer: Json =
        calls < 3 ? { proposals: [{ genome: sample(q.view, choices(calls)) }] } : { done: true };
      return Promise.resolve({ bulk: null, output: readProgramAnswer('it', q, answer) });
    };
    const search = new SimulatedSearch({
      plan: plan('in-order', command('any')),
      source: choices(1),
      compute,
    });
    const end = await search.run();
    expect(end).toMatchObject({ kind: 'end', reason: { kind: 'exhausted' } });
    expect(search.loop.state.recorded).toBe(2);
    expect(decodeState(search.loop.encode())).toBeDefined();
  });
});
