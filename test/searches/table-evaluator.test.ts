import { describe, expect, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { nasBench201Cell, oneOf, space } from '../../search-spaces/index.js';
import {
  checkDefinition,
  defineSearch,
  differences,
  fcNetTable,
  identityOf,
  jahsSurrogate,
  nasBench201Table,
  nasBenchMacroTable,
  planSearch,
  table,
  toDefinition,
  trialSeed,
  type HashFile,
  type Search,
  type SearchDefinition,
  type TableEvaluator,
} from '../../searches/index.js';

const sha256 = 'ab'.repeat(32);
const hashFile: HashFile = (path) => ({ path: `/data/${path}`, sha256 });

function searchOf(evaluate: TableEvaluator, metrics: object = { validation: 'maximize' }): Search {
  const options = { name: 'cells', space: nasBench201Cell, algorithm: random(), budget: { trials: 5 } };
  return { kind: 'duramen-search', options: { ...options, metrics, evaluate }, functions: { measures: {} } };
}

describe('a table in a definition', () => {
  test('is the file that was hashed, pure, and survives its check', () => {
    const definition = toDefinition(searchOf(nasBench201Table('nb201.csv.gz')), undefined, hashFile);
    expect(definition.evaluator).toMatchObject({
      kind: 'table',
      path: '/data/nb201.csv.gz',
      sha256,
      pure: true,
    });
    expect(checkDefinition(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
  });

  test.each([
    ['NAS-Bench-Macro', nasBenchMacroTable('t.csv'), 'accuracy'],
    ['FCNet', fcNetTable('t.csv', { seeds: 'seeded', paths: { n_units_1: 'context.a.n' } }), 'loss'],
    ['JAHS-Bench-201', jahsSurrogate('t.json', [10, 200]), 'accuracy'],
  ])('%s', (_name, evaluator, metric) => {
    const definition = toDefinition(searchOf(evaluator, { [metric]: 'maximize' }), undefined, hashFile);
    expect(checkDefinition(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
  });

  test('is the same wherever it lies, and another one with other bytes', () => {
    const at = (path: string, hash = sha256): SearchDefinition =>
      toDefinition(searchOf(nasBench201Table(path)), undefined, () => ({ path, sha256: hash }));
    expect(identityOf(at('/a.csv'))).toEqual(identityOf(at('/b.csv')));
    expect(differences(at('/a.csv'), at('/a.csv', 'cd'.repeat(32)))).toEqual([
      expect.stringMatching(/^evaluator\.sha256: /),
    ]);
    const seed = (definition: SearchDefinition): string =>
      trialSeed(planSearch('cells', definition, 0, {}), { index: 0, genome: [0, 0, 0, 0, 0, 0] });
    expect(seed(at('/a.csv'))).toBe(seed(at('/b.csv')));
    expect(seed(at('/a.csv'))).not.toBe(seed(at('/a.csv', 'cd'.repeat(32))));
  });

  test('a definition of a search file with levels', () => {
    const definition = toDefinition(
      defineSearch({
        name: 'typed',
        space: space({ x: oneOf([1, 2]) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 2 },
        evaluate: table('t.csv', { key: { x: ['path', 'parameters.x'] }, metrics: { loss: 'l' } }),
      }),
      undefined,
      hashFile,
    );
    expect(definition.evaluator.kind).toBe('table');
  });

  const key = { x: ['path', 'parameters[0]'] } as const;
  const description = table('t.csv', { key, metrics: { validation: 'v' } });
  const changed = (more: object): TableEvaluator => ({
    ...description,
    description: { ...description.description, ...more },
  });

  test.each([
    [
      'no such file',
      description,
      () => ({ problem: '/data/t.csv cannot be read: EACCES.' }),
      /evaluate.path: .*EACCES/,
    ],
    [
      'another hash',
      { ...description, sha256: 'cd'.repeat(32) },
      hashFile,
      /evaluate.sha256: .*has the SHA-256 abab/,
    ],
    ['no hash in workflow code', description, undefined, /evaluate.sha256: files cannot be read here/],
    [
      'a metric that is not there',
      changed({ metrics: { other: 'v' } }),
      hashFile,
      /no metric "validation" \(it has other\)/,
    ],
    ['no metrics', changed({ metrics: {} }), hashFile, /metrics: name at least one metric/],
    ['no key', changed({ source: { kind: 'rows', key: {} } }), hashFile, /key: name at least one key column/],
    [
      'a path of nowhere',
      changed({ cost: ['path', 'rows.x'] }),
      hashFile,
      /cost: the path "rows.x" has to begin with/,
    ],
    [
      'a row in a key',
      changed({ source: { kind: 'rows', key: { x: ['path', 'row.x'] } } }),
      hashFile,
      /has to begin with/,
    ],
    ['steps that fall', changed({ steps: [3, 2] }), hashFile, /steps\[1\]: must be a whole number/],
    ['null as cost', changed({ cost: null }), hashFile, /cost: must be a column, a number, an expression/],
    ['an unknown field', changed({ colour: 1 }), hashFile, /has no field "colour"/],
  ] as const)('%s is refused', (_what, evaluate, hash, message) => {
    expect(() => toDefinition(searchOf(evaluate), undefined, hash)).toThrow(message);
  });
});
