import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { regularizedEvolution } from '../../algorithms/index.js';
import { nasBenchMacro, nasBenchMacroBlocks } from '../../search-spaces/index.js';
import {
  nasBenchMacroTable,
  toDefinition,
  type Search,
  type SearchDefinition,
} from '../../searches/index.js';
import { competitors, Study } from '../../bench/nas-bench-201/study.js';
import { sharedDirectory } from '../support/shared.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory } from '../support/search-laboratory.js';

describe('a search over a table', () => {
  let laboratory: SearchLaboratory;
  let file: string;

  // Half of the networks, each with an accuracy that its blocks determine.
  const accuracyOf = (digits: string): number =>
    [...digits].reduce((sum, digit, layer) => sum + Number(digit) * (layer + 1), 0);
  const isMissing = (digits: string): boolean => accuracyOf(digits) % 2 === 1;
  const lines = Array.from({ length: 3 ** 8 }, (_, place) => place.toString(3).padStart(8, '0'))
    .filter((digits) => !isMissing(digits))
    .map((digits) => `${digits},${`${accuracyOf(digits)},`.repeat(3)}5,2000000`);
  const text = ['arch,acc_s0,acc_s1,acc_s2,params,flops', ...lines, ''].join('\n');

  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('table');
    file = join(laboratory.home, 'table.csv');
    writeFileSync(file, text);
    // Tables need no evaluating processes: nobody serves their queue.
    await laboratory.startWorker(1, ['search']);
  });
  afterAll(async () => laboratory.close());

  function define(name: string, budget: object, sha256?: string): SearchDefinition {
    const hash = sha256 ?? createHash('sha256').update(text).digest('hex');
    const search: Search = {
      kind: 'duramen-search',
      options: {
        name,
        space: nasBenchMacro,
        metrics: { accuracy: 'maximize', params: 'observe' },
        algorithm: regularizedEvolution({ populationSize: 10 }),
        budget,
        evaluate: nasBenchMacroTable(file),
      },
      functions: { measures: {} },
    };
    return toDefinition(search, undefined, (path) => ({ path, sha256: hash }));
  }

  const expected = (definition: SearchDefinition) =>
    simulate(definition, (parameters) => {
      const blocks = parameters as readonly (typeof nasBenchMacroBlocks)[number][];
      const digits = blocks.map((block) => nasBenchMacroBlocks.indexOf(block)).join('');
      if (isMissing(digits)) return { kind: 'infeasible', reason: 'missing' };
      return { kind: 'scored', metrics: { accuracy: accuracyOf(digits), params: 5 }, cost: 2 };
    });

  test('takes the decisions of the plain loop; missing rows are infeasible; the cost ends it', async () => {
    const definition = define('costly', { cost: 120, concurrency: 4 });
    const result = await laboratory.result(await laboratory.start(definition));
    const plain = expected(definition);
    expect(result).toMatchObject({
      trajectoryHash: plain.trajectoryHash,
      cost: 120,
      reason: { kind: 'cost' },
    });
    expect(result.trials - result.scored).toBeGreaterThan(0);
    await laboratory.replay('costly');
  });

  test.skipIf(sharedDirectory() === undefined)(
    'shared: NAS-Bench-201 as in the study, the same trajectory as without a server',
    async () => {
      const benchmarks = join(sharedDirectory() ?? '', 'benchmarks');
      const table = join(benchmarks, 'nas', 'nb201.csv.gz');
      const study = await Study.open({ table, evaluations: 100, epochs: 12 });
      const evolution = competitors.find(({ window }) => window === 16);
      if (evolution === undefined) throw new Error('The study has no parallel evolution.');
      const definition = study.definition(evolution, 0);
      const { trajectoryHash, best } = await laboratory.result(await laboratory.start(definition));
      const plain = study.search(definition);
      expect({ trajectoryHash, best }).toEqual({ trajectoryHash: plain.trajectoryHash, best: plain.best });
    },
  );

  test('a file that was changed stops the search with one sentence', async () => {
    const definition = define('changed', { trials: 5 }, 'ab'.repeat(32));
    const handle = await laboratory.start(definition);
    await expect(laboratory.result(handle)).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/table\.csv was changed or cut off/) as string },
    });
  });
});
