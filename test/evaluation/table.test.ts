import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EvaluateResult } from '../../evaluation/evaluation.js';
import type { Metrics, Outcome } from '../../algorithms/index.js';
import { TableObjective } from '../../evaluation/tables/table-objective.js';
import type { TableAnswer, TableQuestion } from '../../evaluation/tables/table-objective.js';
import { TableObjectives } from '../../evaluation/tables/table-objectives.js';
import { TableRows } from '../../evaluation/tables/table-rows.js';
import { TableTrees } from '../../evaluation/tables/table-trees.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import {
  decode,
  fcNet,
  fcNetArchitecture,
  fcNetChoices,
  fcNetRegularization,
  fcNetTraining,
  first,
  hpoBench,
  hpoBenchChoices,
  jahsSpace,
  nasBench201Cell,
  nasBench201Operations,
  nasBenchMacro,
  nasBenchMacroBlocks,
  next,
  oneOf,
  sample,
  size,
  space,
  type Genome,
  type Space,
} from '../../search-spaces/index.js';
import {
  fcNetTable,
  hpoBenchTable,
  jahsSurrogate,
  nasBench201Table,
  nasBenchMacroTable,
  table,
  type Evaluator,
  type TableEvaluator,
} from '../../searches/index.js';
import { sharedDirectory } from '../support/shared.js';
import { numberOf, readSharedTable, textOf } from '../support/shared-table.js';
import { activityEnvironment, finished, trial, Workplace } from '../support/workplace.js';

const question: TableQuestion = { parameters: {}, context: {}, seed: '0' };

/** An objective over a table given as text. */
function objectiveOf(
  text: string,
  { description }: TableEvaluator,
  path = 'small.csv',
): (parameters: Json, more?: Partial<TableQuestion>) => TableAnswer {
  const data =
    description.source.kind === 'rows' ? TableRows.parse(path, text) : TableTrees.parse(path, text);
  const objective = new TableObjective(description, data);
  const needed = Object.keys(description.metrics);
  return (parameters, more = {}) => objective.answer({ ...question, parameters, ...more }, needed);
}

describe('rows', () => {
  const text = 'rate,deep,name,acc,s0,s1,note\n0.10,True,a,1,2,4,\n1e-3,False,b,5,6,,x\n,True,c,nan,0,1,\n';
  const key = { rate: ['path', 'parameters.rate'], deep: ['path', 'parameters.deep'] } as const;
  const metrics = { acc: 'acc', mean: { mean: ['s0', 's1'] } } as const;

  test('numbers match by value, truth values in any case, null an empty cell', () => {
    const look = objectiveOf(text, table('small.csv', { key, metrics: { acc: 'acc' } }));
    expect(look({ rate: 0.1, deep: true })).toEqual({ metrics: { acc: 1 } });
    expect(look({ rate: 0.001, deep: false })).toEqual({ metrics: { acc: 5 } });
    expect(look({ rate: null, deep: true })).toEqual({ metrics: { acc: NaN } });
    expect(look({ rate: 0.1, deep: false })).toEqual({
      infeasible: 'the table has no row with rate = 0.1, deep = false.',
    });
  });

  test('the same rows as JSON and with other line ends', () => {
    const rows = [
      { rate: 0.1, deep: true, acc: 1 },
      { rate: 0.2, deep: false },
    ];
    const look = objectiveOf(JSON.stringify(rows), table('small.json', { key, metrics: { acc: 'acc' } }));
    expect(look({ rate: 0.1, deep: true })).toEqual({ metrics: { acc: 1 } });
    expect(look({ rate: 0.2, deep: false })).toEqual({
      infeasible: '"acc" was not measured for this point.',
    });
    const windows = objectiveOf(text.replaceAll('\n', '\r\n'), table('small.csv', { key, metrics }));
    expect(windows({ rate: 0.1, deep: true })).toEqual({ metrics: { acc: 1, mean: 3 } });
  });

  test('quoted cells', () => {
    const quoted = 'name,"a, ""b"""\n"x\ny",7\n"",8';
    const look = objectiveOf(
      quoted,
      table('small.csv', { key: { name: ['path', 'parameters'] }, metrics: { m: 'a, "b"' } }),
    );
    expect(look('x\ny')).toEqual({ metrics: { m: 7 } });
    expect(look('')).toEqual({ metrics: { m: 8 } });
  });

  test('mean and seeded pass over what was not measured', () => {
    const look = objectiveOf(
      text,
      table('small.csv', {
        key: { name: ['path', 'parameters'] },
        metrics: { mean: { mean: ['s0', 's1'] }, one: { seeded: ['s0', 's1'] } },
      }),
    );
    expect(look('a', { seed: '0a' })).toEqual({ metrics: { mean: 3, one: 2 } });
    expect(look('a', { seed: 'fb' })).toEqual({ metrics: { mean: 3, one: 4 } });
    for (const seed of ['0', '1', 'ff'])
      expect(look('b', { seed })).toEqual({ metrics: { mean: 6, one: 6 } });
  });

  test('keys of positions, of joined texts and of the context', () => {
    const digits = 'id,m\n2-01,1\n0-10,2\n';
    const look = objectiveOf(
      digits,
      table('small.csv', {
        key: {
          id: {
            join: [
              { positions: ['path', 'context.outer.kind'], among: ['a', 'b', null] },
              { positions: ['path', 'parameters'], among: ['x', 'y'] },
            ],
            separator: '-',
          },
        },
        metrics: { m: 'm' },
      }),
    );
    expect(look(['x', 'y'], { context: { outer: { kind: null } } })).toEqual({ metrics: { m: 1 } });
    expect(look(['y', 'x'], { context: { outer: { kind: 'a' } } })).toEqual({ metrics: { m: 2 } });
    expect(() => look(['z'], { context: { outer: { kind: 'a' } } })).toThrow(
      'has no position for "z" among "x", "y".',
    );
    expect(() => look(['x'])).toThrow(/expression of "id" cannot be computed/);
  });

  test('costs and metrics by expression', () => {
    const look = objectiveOf(
      text,
      table('small.csv', {
        key: { name: ['path', 'parameters.name'] },
        metrics: { acc: ['-', ['path', 'row.acc'], 1], noted: ['if', ['has', 'row.note'], 1, 0] },
        cost: ['*', 2, ['path', 'row.s1']],
      }),
    );
    expect(look({ name: 'a' })).toEqual({ metrics: { acc: 0, noted: 0 }, cost: 8 });
    expect(look({ name: 'b' })).toEqual({ infeasible: 'the cost of this point was not measured.' });
  });

  test('steps are reported until the trial should stop', () => {
    const learning = objectiveLearning();
    const reported: number[] = [];
    const answer = (until: number | undefined, stopAt: number): TableAnswer => {
      reported.length = 0;
      return learning.answer(
        { ...question, parameters: 'a', ...(until === undefined ? {} : { until }) },
        ['m'],
        { add: (step) => reported.push(step), shouldStop: () => (reported.at(-1) ?? 0) >= stopAt },
      );
    };
    expect(answer(undefined, 99)).toEqual({ metrics: { m: 9 }, cost: 9 });
    expect(reported).toEqual([1, 3, 9]);
    expect(answer(4, 99)).toEqual({ metrics: { m: 4 }, cost: 4 });
    expect(reported).toEqual([1, 3, 4]);
    expect(answer(undefined, 3)).toEqual({ metrics: { m: 3 }, cost: 3 });
  });

  function objectiveLearning(): TableObjective {
    const { description } = table('small.csv', {
      key: { name: ['path', 'parameters'] },
      metrics: { m: ['*', ['path', 'row.one'], ['path', 'step']] },
      cost: ['path', 'step'],
      steps: [1, 3, 9],
    });
    return new TableObjective(description, TableRows.parse('small.csv', 'name,one\na,1\n'));
  }

  test.each([
    ['no rows', 'name,acc\n', 'has no rows'],
    ['nothing', ' \n', 'is empty'],
    ['a short row', 'name,acc\na\n', 'has 1 cells in row 1 and 2 columns'],
    ['two columns of one name', 'name,name\na,1\n', 'two columns called "name"'],
    ['another column', 'name,loss\na,1\n', 'no column "acc" (it has name, loss)'],
    ['JSON cut off', '[{"name": "a", "acc"', 'is no JSON'],
    ['cells that are lists', '[{"name": "a", "acc": [1]}]', 'no plain value in column "acc" of row 1'],
    ['text for a number', 'name,acc\na,high\n', '"high" in column "acc", which is no number'],
    ['a key that is there twice', 'name,acc\na,1\na,2\n', 'the same key (name) in its rows 1 and 2'],
    ['an open quote', 'name,acc\n"a,1\n', 'A quote is never closed'],
  ])('%s is refused', (_what, broken, message) => {
    const evaluator = table('x.csv', { key: { name: ['path', 'parameters'] }, metrics: { acc: 'acc' } });
    const look = (): TableAnswer => objectiveOf(broken, evaluator)('a');
    expect(look).toThrow(message);
    expect(look).toThrow(expect.objectContaining({ failureClass: 'BadInput' }) as Error);
  });
});

describe('trees', () => {
  // Tree 1: wide < 2 ? 10 : 20; tree 2: kind=a ? 1 : (deep=True ? 2 : 3).
  const file = {
    features: ['kind=a', 'kind=b', 'deep=True', 'wide'],
    outputs: {
      m: {
        base_score: 0.5,
        offsets: [0, 3, 8],
        feature: [3, -1, -1, 0, 2, -1, -1, -1],
        threshold_or_leaf: [2, 10, 20, 1, 1, 1, 3, 2],
        left: [1, 0, 0, 1, 3, 0, 0, 0],
        right: [2, 0, 0, 2, 4, 0, 0, 0],
      },
    },
  };
  const evaluator = jahsSurrogate('small.json');
  const description = {
    source: {
      kind: 'trees',
      inputs: {
        kind: ['path', 'parameters.kind'],
        deep: ['path', 'parameters.deep'],
        wide: ['path', 'parameters.wide'],
      },
    },
    metrics: { m: 'm', capped: ['min', 12, ['path', 'row.m']] },
  } as const;
  const small = { ...evaluator, description };

  test('each tree adds a leaf', () => {
    const look = objectiveOf(JSON.stringify(file), small);
    expect(look({ kind: 'a', deep: false, wide: 1 })).toEqual({ metrics: { m: 11.5, capped: 11.5 } });
    expect(look({ kind: 'b', deep: false, wide: 2 })).toEqual({ metrics: { m: 23.5, capped: 12 } });
    expect(look({ kind: 'b', deep: true, wide: 1 })).toEqual({ metrics: { m: 12.5, capped: 12 } });
    expect(() => look({ kind: 'c', deep: true, wide: 1 })).toThrow('knows a, b for "kind", not "c"');
    expect(() => look({ kind: 'a', deep: true, wide: 'x' })).toThrow('needs a number for "wide", not "x"');
  });

  test('what does not fit together is refused', () => {
    const cyclic = structuredClone(file);
    cyclic.outputs.m.left[3] = 0;
    expect(() => objectiveOf(JSON.stringify(cyclic), small)).toThrow('do not fit together');
    const short = structuredClone(file);
    short.outputs.m.right.pop();
    expect(() => objectiveOf(JSON.stringify(short), small)).toThrow('do not fit together');
    const more = { ...file, features: [...file.features, 'tall'] };
    expect(() => objectiveOf(JSON.stringify(more), small)).toThrow('needs the input "tall"');
    expect(() => objectiveOf('{}', small)).toThrow('has no "features" and "outputs"');
    expect(() => objectiveOf('a,b\n1,2\n', small)).toThrow('is no JSON');
  });
});

describe('inside the worker', () => {
  let place: Workplace;
  let folder: string;
  beforeAll(() => {
    place = new Workplace();
    folder = mkdtempSync(join(tmpdir(), 'duramen-tables-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await place.close();
  });

  const level = { space: space({ x: oneOf([1, 2, 3]) }) };
  const lookUp = { key: { x: ['path', 'parameters.x'] }, metrics: { accuracy: 'a' }, cost: 'c' } as const;

  function stored(name: string, bytes: Uint8Array): Extract<Evaluator, { kind: 'table' }> {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return { ...table(path, lookUp), sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  async function outcome(evaluator: Evaluator, x: number): Promise<Outcome> {
    const address = await place.address(evaluator, level);
    const input = trial(address, { genome: [x] });
    const result: EvaluateResult = await activityEnvironment().run(
      place.made.activities.evaluateLight,
      input,
    );
    return finished(result).outcome;
  }

  test('a row is scored with its cost, a missing one is infeasible', async () => {
    const evaluator = stored('good.csv.gz', gzipSync('x,a,c\n1,0.5,10\n2,,20\n'));
    expect(await outcome(evaluator, 0)).toEqual({ kind: 'scored', metrics: { accuracy: 0.5 }, cost: 10 });
    expect(await outcome(evaluator, 1)).toMatchObject({ kind: 'infeasible' });
    expect(await outcome(evaluator, 2)).toEqual({
      kind: 'infeasible',
      reason: 'the table has no row with x = 3.',
    });
  });

  test('a file that is changed, cut off, missing or no gzip file is one sentence of class BadInput', async () => {
    const bytes = gzipSync('x,a,c\n1,0.25,10\n');
    const changed = stored('changed.csv.gz', bytes);
    writeFileSync(changed.path, bytes.subarray(0, bytes.length - 4));
    const failures = [
      await outcome(changed, 0),
      await outcome({ ...changed, path: join(folder, 'none.csv') }, 0),
      await outcome(stored('cut.csv.gz', bytes.subarray(0, bytes.length - 12)), 0),
    ];
    const messages = failures.map((failed) => {
      expect(failed).toMatchObject({ kind: 'failed', class: 'BadInput' });
      return failed.kind === 'failed' ? failed.message : '';
    });
    expect(messages[0]).toMatch(/changed\.csv\.gz was changed or cut off since the search was defined/);
    expect(messages[1]).toMatch(/none\.csv cannot be read \(ENOENT\): put the file back/);
    expect(messages[2]).toMatch(/cut\.csv\.gz is no complete gzip file/);
    // Once the file is back, the next attempt finds it.
    writeFileSync(changed.path, bytes);
    expect(await outcome(changed, 0)).toMatchObject({ kind: 'scored' });
  });

  test('a measure reads a table too', async () => {
    const evaluator = stored('measure.csv', Buffer.from('x,w,c\n1,a,7\n'));
    const measure: Evaluator = {
      ...evaluator,
      description: {
        source: {
          kind: 'rows',
          key: { x: ['path', 'parameters.x'], w: ['path', 'inner.parameters.net.w'] },
        },
        metrics: { size: 'c' },
      },
    };
    const address = await place.address(measure, { ...level, measure });
    const measured = (w: string): Promise<unknown> =>
      activityEnvironment().run(place.made.activities.measure, {
        search: 'flat',
        address,
        index: 0,
        genome: [0],
        inner: { search: 'flat/0/net', metrics: { accuracy: 1 }, parameters: { net: { w } } },
      });
    expect(await measured('a')).toEqual({ size: 7 });
    await expect(measured('b')).rejects.toMatchObject({ type: 'InvalidArchitecture' });
  });
});

describe.skipIf(sharedDirectory() === undefined)('shared: tables', () => {
  const tables = new TableObjectives();

  async function load(file: string, evaluator: TableEvaluator): Promise<TableObjective> {
    const path = join(sharedDirectory() ?? '', 'benchmarks', file);
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    return tables.load({ ...evaluator, path, sha256 });
  }

  /** The metrics of every point of a space; none may be missing. */
  function everyAnswer(
    objective: TableObjective,
    all: Space,
    needed: string,
  ): readonly { readonly parameters: Json; readonly metrics: Metrics }[] {
    const found: { parameters: Json; metrics: Metrics }[] = [];
    for (let genome: Genome | null = first(all); genome !== null; genome = next(all, genome)) {
      const parameters = decode(all, genome);
      const answer = objective.answer({ ...question, parameters }, [needed]);
      if ('infeasible' in answer) throw new Error(`${JSON.stringify(parameters)}: ${answer.infeasible}`);
      found.push({ parameters, metrics: answer.metrics });
    }
    expect(size(all)).toBe(BigInt(found.length));
    return found;
  }

  function best<T extends { readonly metrics: Metrics }>(found: readonly T[], name: string): T {
    return found.reduce((a, b) => ((b.metrics[name] ?? NaN) > (a.metrics[name] ?? NaN) ? b : a));
  }

  test.each([
    ['c10', 94.37],
    ['c100', 73.51],
    ['in16', 47.31],
  ] as const)('NAS-Bench-201, %s: all 15,625 cells, the known optimum', async (dataset, optimum) => {
    const objective = await load('nas/nb201.csv.gz', nasBench201Table('nb201', { dataset, epochs: 200 }));
    const found = everyAnswer(objective, nasBench201Cell, 'validation');
    expect(best(found, 'finalTest').metrics['finalTest']).toBeCloseTo(optimum, 2);
    const rows = readSharedTable('nas/nb201.csv.gz');
    expect(found).toHaveLength(rows.length);
    for (const row of rows.slice(0, 100)) {
      const parameters = [...textOf(row, 'ops')].map((digit) => nasBench201Operations[Number(digit)] ?? '');
      const answer = objective.answer({ ...question, parameters }, ['validation']);
      expect(answer).toMatchObject({
        metrics: {
          validation: numberOf(row, `${dataset}_val200`),
          test: numberOf(row, `${dataset}_test200`),
          mparams: numberOf(row, `${dataset}_mparams`),
        },
      });
    }
  });

  test('NAS-Bench-201: the simulated seconds are those of the measured trainings on average', async () => {
    const objective = await load('nas/nb201.csv.gz', nasBench201Table('nb201'));
    const rows = readSharedTable('nas/nb201_train_time_1000.csv.gz');
    let simulated = 0;
    let measured = 0;
    for (const row of rows) {
      const parameters = [...textOf(row, 'ops')].map((digit) => nasBench201Operations[Number(digit)] ?? '');
      const answer = objective.answer({ ...question, parameters }, []);
      simulated += 'cost' in answer ? (answer.cost ?? NaN) : NaN;
      measured += numberOf(row, 'c10_train_s_12');
    }
    expect(simulated / measured).toBeCloseTo(1, 3);
  });

  test('NAS-Bench-201: a table with some of the rows is infeasible for the others', async () => {
    const some = table('times', {
      key: nasBench201Key,
      metrics: { seconds: 'c10_train_s_12' },
    });
    const objective = await load('nas/nb201_train_time_1000.csv.gz', some);
    let missing = 0;
    for (let genome: Genome | null = first(nasBench201Cell); genome !== null;) {
      const parameters = decode(nasBench201Cell, genome);
      if ('infeasible' in objective.answer({ ...question, parameters }, ['seconds'])) missing += 1;
      genome = next(nasBench201Cell, genome);
    }
    expect(missing).toBe(14_625);
  });

  test('NAS-Bench-201: a seed chooses among the trainings there are', async () => {
    const columns = ['c10_s0', 'c10_s1', 'c10_s2'];
    const seeded = table('seeds', {
      key: nasBench201Key,
      metrics: { one: { seeded: columns }, mean: { mean: columns } },
    });
    const objective = await load('nas/nb201_val200_seeds.csv.gz', seeded);
    const mean = everyAnswer(objective, nasBench201Cell, 'one');
    expect(mean.every(({ metrics }) => Number.isFinite(metrics['mean']))).toBe(true);
    const row = readSharedTable('nas/nb201_val200_seeds.csv.gz')[0];
    if (row === undefined) throw new Error('The table has no rows.');
    const parameters = [...textOf(row, 'ops')].map((digit) => nasBench201Operations[Number(digit)] ?? '');
    for (const [place, column] of columns.entries()) {
      const answer = objective.answer({ ...question, parameters, seed: String(place) }, ['one']);
      expect(answer).toMatchObject({ metrics: { one: numberOf(row, column) } });
    }
  });

  test('NAS-Bench-Macro: all 6,561 networks, the known optimum', async () => {
    const objective = await load('nas/nas_bench_macro.csv.gz', nasBenchMacroTable('macro'));
    const top = best(everyAnswer(objective, nasBenchMacro, 'accuracy'), 'accuracy');
    expect(top.metrics['accuracy']).toBeCloseTo(93.12666, 4);
    const digits = (top.parameters as string[]).map((block) =>
      nasBenchMacroBlocks.indexOf(block as 'identity'),
    );
    expect(digits.join('')).toBe('22212202');
  });

  test.each(['fcnet_protein_structure', 'fcnet_naval_propulsion'])(
    '%s: all 62,208 configurations, the optimum of the rows',
    async (name) => {
      const objective = await load(`hpo/${name}.csv.gz`, fcNetTable(name));
      const found = everyAnswer(objective, fcNet, 'loss').map(({ metrics }) => metrics['loss'] ?? NaN);
      const columns = ['s0', 's1', 's2', 's3'];
      let least = Infinity;
      for (const row of readSharedTable(`hpo/${name}.csv.gz`)) {
        const mean = columns.reduce((sum, column) => sum + numberOf(row, column), 0) / columns.length;
        if (mean < least) least = mean;
      }
      expect(found.reduce((a, b) => (b < a ? b : a))).toBe(least);
    },
  );

  test('FCNet: the architecture may come from an outer level', async () => {
    const objective = await load(
      'hpo/fcnet_protein_structure.csv.gz',
      fcNetTable('fcnet', {
        paths: Object.fromEntries(
          Object.keys(fcNetArchitecture).map((name) => [name, `context.architecture.${name}`]),
        ),
      }),
    );
    const joint = await load('hpo/fcnet_protein_structure.csv.gz', fcNetTable('fcnet'));
    const architecture = decode(fcNetArchitecture, first(fcNetArchitecture));
    const rest = { ...decode(fcNetRegularization, [2, 1]), ...decode(fcNetTraining, [3, 4, 1]) };
    expect(objective.answer({ ...question, parameters: rest, context: { architecture } }, ['loss'])).toEqual(
      joint.answer({ ...question, parameters: { ...architecture, ...rest } }, ['loss']),
    );
  });

  test('HPOBench: all 30,000 configurations', async () => {
    const objective = await load('hpo/nn_car.csv.gz', hpoBenchTable('nn_car'));
    expect(everyAnswer(objective, hpoBench, 'score')).toHaveLength(30_000);
  });

  test('the choices are those of the tables', () => {
    const text = readFileSync(
      join(sharedDirectory() ?? '', 'benchmarks', 'hpo', 'joint_spaces.json'),
      'utf8',
    );
    const spaces = JSON.parse(text) as Record<string, { readonly space: Record<string, readonly unknown[]> }>;
    expect(Object.entries(spaces['hpolib_fcnet']?.space ?? {})).toEqual(Object.entries(fcNetChoices));
    expect(Object.entries(spaces['hpobench_nn']?.space ?? {})).toEqual(Object.entries(hpoBenchChoices));
  });

  test('JAHS-Bench-201: a learning curve between 0 and 100', async () => {
    const epochs = [1, 10, 50, 200];
    const objective = await load('hpo/jahs_cifar10_surrogate.json.gz', jahsSurrogate('jahs', epochs));
    const stream = new RandomStream(rngFromSeed('jahs'));
    const means = epochs.map(() => 0);
    for (let i = 0; i < 50; i += 1) {
      const parameters = decode(jahsSpace, sample(jahsSpace, stream));
      let at = 0;
      const answer = objective.answer({ ...question, parameters }, ['accuracy'], {
        add: (_step, { accuracy = NaN }) => {
          expect(accuracy).toBeGreaterThanOrEqual(0);
          expect(accuracy).toBeLessThanOrEqual(100);
          means[at] = (means[at] ?? 0) + accuracy / 50;
          at += 1;
        },
        shouldStop: () => false,
      });
      expect(answer).toMatchObject({ cost: 200 });
    }
    expect(means).toEqual([...means].sort((a, b) => a - b));
    expect(means[3]).toBeGreaterThan(60);
  });
});

const nasBench201Key = {
  ops: { positions: ['path', 'parameters'], among: nasBench201Operations },
} as const;
