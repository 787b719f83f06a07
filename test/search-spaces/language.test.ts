import { describe, expect, test } from 'vitest';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { CrossoverOperator, Genome, Space } from '../../search-spaces/index.js';
import {
  at,
  compare,
  constant,
  constrained,
  countFeasible,
  crossover,
  decode,
  derived,
  encode,
  fix,
  float,
  fromDict,
  grid,
  indexOf,
  int,
  isConcrete,
  join,
  listOf,
  manyOf,
  mutate,
  neighbours,
  object,
  oneOf,
  optional,
  parseSpace,
  part,
  permutation,
  points,
  sample,
  sampleCounted,
  size,
  space,
  sweep,
  toDict,
  toTree,
  validate,
  valueOrThrow,
  view,
} from '../../search-spaces/index.js';
import { allOutcomes } from './choice-oracle.js';

const root = rngFromSeed('language');

function codeOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
  return 'none';
}

describe('lists', () => {
  const layers = space({ layers: listOf({ w: oneOf([32, 64]) }, { min: 1, max: 3, name: 'layers' }) });

  test('sizes, ids, forms and codes', () => {
    expect(size(layers)).toBe(14n);
    expect(points(layers).map(({ id }) => id)).toEqual([
      'layers[#]',
      'layers[0].w',
      'layers[1].w',
      'layers[2].w',
    ]);
    expect(points(layers)[2]?.when).toEqual({ id: 'layers[#]', above: 1 });
    expect(points(layers)[0]?.path).toBe('layers');
    expect(decode(layers, [2, 0, 1])).toEqual({ layers: [{ w: 32 }, { w: 64 }] });
    expect(encode(layers, { layers: [{ w: 32 }, { w: 64 }] })).toEqual({ ok: true, value: [2, 0, 1] });
    expect(toTree(layers, [2, 0, 1])).toEqual({ choice: 2, then: [0, 1] });
    expect(toDict(layers, [2, 0, 1])).toEqual({ 'layers[#]': 2, 'layers[0].w': 0, 'layers[1].w': 1 });
    expect([...sweep(layers)].slice(0, 3)).toEqual([
      [1, 0],
      [1, 1],
      [2, 0, 0],
    ]);
    for (const [genome, code] of [
      [[0], 'length_out_of_range'],
      [[4, 0, 0, 0, 0], 'length_out_of_range'],
      [[1.5, 0], 'index_not_integer'],
      [[2, 0], 'too_short'],
      [[1, 0, 0], 'too_long'],
    ] as const) {
      const result = validate(layers, genome);
      expect(result.ok ? 'none' : result.error.code).toBe(code);
    }
    expect(codeOf(() => listOf(1, { min: 2, max: 1 }))).toBe('min_above_max');
    expect(codeOf(() => listOf(1, { min: 0, max: 5000 }))).toBe('too_large');
  });

  test('a small step inserts, deletes or changes an element', () => {
    const reached = allOutcomes((source) => mutate(layers, [2, 0, 1], source, { where: { kind: 'length' } }));
    const lengths = new Set(reached.map(({ value }) => value[0]));
    expect(lengths).toEqual(new Set([1, 2, 3]));
    for (const { value } of reached) expect(validate(layers, value).ok).toBe(true);
    expect(allOutcomes((source) => mutate(layers, [2, 0, 1], source, 'swap'))).toMatchObject([
      { value: [2, 1, 0] },
    ]);
  });
});

describe('derived values', () => {
  test('nearest container first, in order of dependency, part of what encode compares', () => {
    const net = space({
      width: oneOf([8, 16]),
      double: derived(['*', 2, ['path', 'half']]),
      half: derived(['/', ['path', 'width'], 2]),
      inner: [{ width: 3, own: derived(['path', 'width']) }],
    });
    expect(decode(net, [1])).toEqual({ width: 16, double: 16, half: 8, inner: [{ width: 3, own: 3 }] });
    expect(encode(net, decode(net, [1]))).toEqual({ ok: true, value: [1] });
    expect(encode(net, { width: 16, double: 17, half: 8, inner: [{ width: 3, own: 3 }] }).ok).toBe(false);
  });

  test('what could fail for some point is refused when the space is built', () => {
    const build = (expr: unknown, more: object = {}) =>
      codeOf(() => parseSpace({ a: { $kind: 'derived', expr }, n: int(0, 4), ...more }));
    expect(build(['path', 'b'], { b: { $kind: 'derived', expr: ['path', 'a'] } })).toBe('reference_cycle');
    expect(build(['len', ['path', '']])).toBe('reference_cycle');
    expect(build(['path', 'nowhere'])).toBe('unresolved_reference');
    expect(build(['path', 'o.x'], { o: optional({ x: 1 }) })).toBe('unresolved_reference');
    expect(build(['if', ['has', 'o.x'], ['path', 'o.x'], 0], { o: optional({ x: 1 }) })).toBe('none');
    expect(build(['/', 1, ['path', 'n']])).toBe('bad_expr');
    expect(build(['/', 1, ['+', 1, ['path', 'n']]])).toBe('none');
    expect(build(['+', 1, ['path', 's']], { s: oneOf(['x', 1]) })).toBe('bad_expr');
    expect(build(['step'])).toBe('bad_expr');
    expect(build(['fn', 'unheard'])).toBe('bad_expr');
    expect(build(['fn', 'clamp', ['path', 'n'], 1, 2])).toBe('none');
  });
});

describe('constraints', () => {
  const pair = constrained({ a: oneOf([0, 1, 2]), b: oneOf([0, 1, 2]) }, [
    { expr: ['<', ['path', 'a'], ['path', 'b']], reason: 'a is below b' },
  ]);
  const whole = space({ before: oneOf([0, 1]), pair });

  test('every function keeps to them', () => {
    expect(size(whole)).toBe(18n);
    expect(countFeasible(whole, 100)).toBe(6);
    expect(countFeasible(whole, 10)).toBeNull();
    expect(view(whole).constrained).toBe(true);
    const result = validate(whole, [0, 2, 1]);
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'constraint_violated', detail: 'a is below b' },
    });
    expect(codeOf(() => decode(whole, [0, 2, 1]))).toBe('constraint_violated');
    expect(decode(whole, [0, 2, 1], { violated: 'allow' })).toEqual({ before: 0, pair: { a: 2, b: 1 } });
    expect(encode(whole, { before: 0, pair: { a: 2, b: 1 } }).ok).toBe(false);
    const all = sweep(whole);
    const found: Genome[] = [];
    for (let step = all.next(); ; step = all.next()) {
      if (step.done === true) {
        expect(step.value).toEqual({ rejected: 12 });
        break;
      }
      found.push(step.value);
    }
    expect(found).toHaveLength(6);
    for (const neighbour of neighbours(whole, [0, 0, 1])) expect(validate(whole, neighbour).ok).toBe(true);
    for (let i = 0; i < 50; i++) {
      const child = mutate(whole, [0, 0, 1], { ...root, n: 8 * i }, 'resample');
      expect(validate(whole, child).ok).toBe(true);
    }
  });

  test('a part is drawn again until it holds, which leaves the law of the others alone', () => {
    const outcomes = allOutcomes((source) => sample(pair, source, { maxRejects: 3 }), 6);
    const shares = outcomes.map(({ numerator, denominator }) => `${numerator}/${denominator}`);
    expect(outcomes).toHaveLength(3);
    expect(new Set(shares).size).toBe(1);
    const counted = sampleCounted(whole, root);
    expect(counted.genome).toEqual(sample(whole, root));
    const never = constrained({ a: int(1, 2) }, [{ expr: ['>', ['path', 'a'], 2], reason: 'no' }]);
    expect(codeOf(() => sample(never, root))).toBe('no_feasible_point');
  });

  test('an inactive place satisfies, a division by zero violates, a place that never is is a mistake', () => {
    const of = { n: int(0, 1), o: optional({ x: 1 }) };
    const inactive = constrained(of, [{ expr: ['==', ['path', 'o.x'], 2], reason: 'never' }]);
    expect(countFeasible(inactive, 10)).toBe(2);
    const divided = constrained(of, [{ expr: ['>', ['/', 1, ['path', 'n']], 0], reason: 'positive' }]);
    expect(countFeasible(divided, 10)).toBe(2);
    expect(codeOf(() => space(constrained(of, [{ expr: ['path', 'nowhere'], reason: 'typo' }])))).toBe(
      'unresolved_reference',
    );
  });

  test('a constraint on what is derived from outside is checked on the whole', () => {
    const open = space({
      limit: int(1, 3),
      part: constrained({ n: int(1, 3), most: derived(['path', 'limit']) }, [
        { expr: ['<=', ['path', 'n'], ['path', 'most']], reason: 'n is at most the limit' },
      ]),
    });
    expect(countFeasible(open, 10)).toBe(6);
    for (let i = 0; i < 30; i++) {
      const genome = sample(open, { ...root, n: 16 * i });
      expect(validate(open, genome).ok).toBe(true);
    }
  });
});

describe('grids and ranks', () => {
  const mixed = space({ x: oneOf([{ r: float(1, 100, { scale: 'log' }) }, 'a']), n: int(1, 5) });

  test('a grid makes floats finite and lists ints', () => {
    const three = grid(mixed, { points: 3 });
    expect(size(three)).toBe(20n);
    const all = [...sweep(three)];
    expect(all).toHaveLength(20);
    expect([...new Set(all.filter(([x]) => x === 0).map(([, r]) => Math.round(r ?? 0)))]).toEqual([
      1, 10, 100,
    ]);
    for (const genome of all) expect(validate(mixed, genome).ok).toBe(true);
    const both = grid(mixed, { points: { 'x[=0/2].r': 1, n: 2 } });
    expect([...sweep(both)].map((genome) => genome.at(-1))).toEqual([1, 5, 1, 5]);
    expect(codeOf(() => sweep(mixed))).toBe('float_not_enumerable');
    expect(codeOf(() => grid(mixed, { points: { y: 3 } }))).toBe('unknown_key');
    expect(codeOf(() => grid(mixed, { points: { n: 3 } }))).toBe('float_not_enumerable');
  });

  test('huge spaces are numbered exactly', () => {
    const huge = space({
      order: permutation(Array.from({ length: 60 }, (_, i) => i) as unknown as [0, ...number[]]),
    });
    const middle = valueOrThrow({ ok: true, value: BigInt(String(size(huge))) / 3n });
    expect(indexOf(huge, at(huge, middle))).toBe(middle);
    expect(codeOf(() => at(huge, -1))).toBe('out_of_range');
  });

  test('the law of points is uniform over points', () => {
    const uneven = space({ x: oneOf([manyOf(2, [1, 2, 3], { sorted: true, distinct: false }), 'a']) });
    const shares = allOutcomes((source) => sample(uneven, source, { law: 'points' }));
    expect(shares).toHaveLength(7);
    for (const { numerator, denominator } of shares) expect([numerator, denominator]).toEqual([1n, 7n]);
  });
});

describe('parts of spaces', () => {
  const joint = space({
    arch: oneOf(
      [
        { ops: manyOf(2, ['c', 'p', oneOf([1, 2], { name: 'deep', tags: ['train'] })], { distinct: false }) },
        'none',
      ],
      {
        tags: ['arch'],
      },
    ),
    list: listOf(oneOf(['x', 'y'], { tags: ['train'] }), { min: 0, max: 2, tags: ['arch'] }),
    quoted: constant({ $kind: 'oneOf' }),
    rate: float(0, 1, { tags: ['train'] }),
    twice: derived(['*', 2, ['path', 'rate']]),
    limited: constrained({ a: int(1, 3, { tags: ['arch'] }), b: int(1, 3, { tags: ['train'] }) }, [
      { expr: ['<=', ['path', 'a'], ['path', 'b']], reason: 'a is at most b' },
    ]),
  });

  test('the rest is a space again, and both genomes join to one of the whole', () => {
    for (const where of [
      { tag: 'train' },
      { not: { tag: 'train' } },
      { tag: 'arch' },
      { path: 'limited.*' },
    ] as const) {
      const some = part(joint, where);
      for (let i = 0; i < 30; i++) {
        const partGenome = sample(some, { ...root, n: 100 * i });
        const rest: Space = parseSpace(decode(some, partGenome));
        const restGenome = sample(rest, { ...root, n: 100 * i + 50 });
        const genome = join(joint, where, partGenome, restGenome);
        expect(decode(joint, genome)).toEqual(decode(rest, restGenome));
        expect(encode(some, decode(some, partGenome))).toMatchObject({ ok: true });
      }
    }
    expect(isConcrete(decode(part(joint, { tag: 'none' }), []))).toBe(false);
    expect(isConcrete({ a: 1, b: { $kind: 'const', value: { $kind: 'oneOf' } } })).toBe(true);
  });

  test('fix makes decisions by id or name', () => {
    const fixed = fix(joint, { rate: 0.5, 'list[#]': 2, 'limited.a': 3 });
    expect(points(fixed).map(({ id }) => id)).toContain('list[1]');
    expect(decode(fixed, [1, 0, 1, 3])).toMatchObject({
      arch: 'none',
      list: ['x', 'y'],
      rate: 0.5,
      twice: 1,
    });
    const ops = fix(joint, { arch: 0, 'arch[=0/2].ops[0]': 2, 'arch[=0/2].ops[1]': 2, 'deep[0]': 1 });
    expect(points(ops).map(({ node }) => node.name)).toContain('deep[1]');
    expect(codeOf(() => fix(joint, { nothing: 1 }))).toBe('unknown_key');
    expect(codeOf(() => fix(joint, { arch: 2 }))).toBe('index_out_of_range');
    expect(codeOf(() => fix(joint, { arch: 0, 'arch[=0/2].ops[0]': 2 }))).toBe('missing_decision');
    expect(codeOf(() => fix(joint, { arch: 1, 'arch[=0/2].ops[0]': 2 }))).toBe('inactive_decision');
  });
});

describe('constraints on places that no longer exist', () => {
  const layer = (tag: string): Space => optional({ units: int(1, 4) }, { tags: [tag] });
  const unasked = space(
    constrained({ a: layer('arch'), b: layer('train') }, [
      { expr: ['<=', ['path', 'a.units'], ['path', 'b.units']], reason: 'a is at most b' },
    ]),
  );
  const asked = space(
    constrained({ a: layer('arch'), b: layer('train') }, [
      { expr: ['or', ['not', ['has', 'b.units']], ['>', ['path', 'a.units'], 1]], reason: 'b needs a' },
    ]),
  );

  test('are satisfied, unless they ask for places: then reading one fails, as in the whole space', () => {
    expect(fix(unasked, { a: 0 })).toEqual({ a: null, b: layer('train') });
    expect(points(fix(unasked, { a: 1 })).length).toBe(3);
    const fixed = fix(asked, { a: 0 });
    expect([...sweep(fixed)]).toEqual([[0]]);
    expect(parseSpace(JSON.parse(JSON.stringify(fixed)))).toEqual(fixed);
    for (const whole of [unasked, asked]) {
      const kept = [...sweep(whole)].filter(([a]) => a === 0);
      expect([...sweep(fix(whole, { a: 0 }))]).toEqual(kept.map((genome) => genome.slice(1)));
    }
  });

  test('nor do they stand in the way of a part', () => {
    for (const whole of [unasked, asked]) {
      for (const where of [{ tag: 'arch' }, { tag: 'train' }] as const) {
        const some = part(whole, where);
        const all = [...sweep(some)].flatMap((genome) => {
          const rest = parseSpace(decode(some, genome));
          expect(encode(some, decode(some, genome))).toEqual({ ok: true, value: genome });
          return [...sweep(rest)].map((others) => join(whole, where, genome, others));
        });
        expect(all.sort(compare)).toEqual([...sweep(whole)]);
      }
    }
  });
});

describe('dictionaries of literals', () => {
  const words = space({ op: oneOf(['conv', 'pool', null]), n: manyOf(2, [10, 20, { deep: oneOf([1, 2]) }]) });

  test('scalars stand for themselves, others for their index', () => {
    const literal = toDict(words, [1, 1, 2, 0], { form: 'collapsed', values: 'literal' });
    expect(literal).toEqual({ op: 'pool', n: [20, 2], 'n[1][=2/3].deep': 1 });
    expect(fromDict(words, literal, { values: 'literal' })).toEqual({ ok: true, value: [1, 1, 2, 0] });
    expect(toDict(words, [2, 1, 0], { values: 'label' })['n[0]']).toBe('1/3 (20)');
    expect(fromDict(words, { op: 'sum', n: [20, 10] }, { values: 'literal' }).ok).toBe(false);
    const twice = space({ a: oneOf(['x', 'x']) });
    expect(fromDict(twice, { a: 'x' }, { values: 'literal' })).toMatchObject({
      error: { code: 'ambiguous_literal' },
    });
  });
});

describe('neighbours and crossovers', () => {
  test('neighbours come once each, in order', () => {
    const small = space({
      a: oneOf(['x', oneOf([1, 2])]),
      n: int(1, 5, { step: 2 }),
      o: permutation([1, 2, 3]),
    });
    expect([...neighbours(small, [0, 3, 0, 1, 2])]).toEqual([
      [1, 0, 3, 0, 1, 2],
      [0, 1, 0, 1, 2],
      [0, 5, 0, 1, 2],
      [0, 3, 1, 0, 2],
      [0, 3, 0, 2, 1],
    ]);
    const rate = space({ r: float(0, 1) });
    expect([...neighbours(rate, [0.95], { delta: 0.1 })].map(([r]) => Math.round((r ?? 0) * 100))).toEqual([
      85, 100,
    ]);
    const all = [...neighbours(small, [0, 3, 0, 1, 2], { sub: 'all' })];
    expect(all).toHaveLength(6);
  });

  test('sets of children are exact, and weights of zero take no part', () => {
    const flat = space({ a: oneOf([0, 1, 2]), b: oneOf([0, 1, 2]) });
    const children = (operator: CrossoverOperator): readonly string[] =>
      allOutcomes((source) =>
        crossover(
          flat,
          [
            [0, 0],
            [1, 1],
          ],
          source,
          operator,
        ),
      )
        .map(({ value }) => JSON.stringify(value))
        .sort();
    expect(children({ operator: 'uniform' })).toHaveLength(4);
    expect(children({ operator: 'uniform', where: { id: 'a' } })).toEqual([
      '[[0,0],[0,1]]',
      '[[0,0],[1,1]]',
      '[[1,0],[0,1]]',
      '[[1,0],[1,1]]',
    ]);
    expect(children({ operator: 'kPoint', k: 5 })).toEqual(['[[0,1],[1,0]]']);
    const scaled = object({ n: int(1, 8), r: float(1, 100, { scale: 'log' }) });
    const [mean] = crossover(
      scaled,
      [
        [1, 1],
        [2, 100],
      ],
      root,
      { operator: 'average' },
    );
    expect([mean?.[0], Math.round(mean?.[1] ?? 0)]).toEqual([2, 10]);
    const heavy = { operator: 'weightedAverage', weights: [1, 0], space: 'value' } as const;
    expect(
      crossover(
        scaled,
        [
          [1, 1],
          [2, 100],
        ],
        root,
        heavy,
      ),
    ).toEqual([[1, 1]]);
    expect(codeOf(() => crossover(flat, [[0, 0]], root, { operator: 'pmx' }))).toBe('bad_parents');
    expect(compare([0, 1], [0, 2])).toBe(-1);
  });
});
