import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../foundation/json/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import type {
  Genome,
  Logits,
  Registry,
  Setting,
  Space,
  SuperNet,
  SuperNetOptions,
  Where,
} from '../../search-spaces/index.js';
import {
  any,
  bool,
  childOf,
  constant,
  constrained,
  decode,
  derive,
  derived,
  float,
  grid,
  int,
  join,
  listOf,
  manyOf,
  maskOf,
  materialize,
  oneOf,
  optional,
  part,
  permutation,
  registry,
  sample,
  settingOf,
  settled,
  space,
  string,
  superNet,
  superNetFunctions,
  sweep,
  toDict,
  validate,
  view,
  walk,
} from '../../search-spaces/index.js';
import { arbitraryProgramSpace, arbitrarySpace } from './arbitrary-space.js';

type Layer = (x: number) => number;
type Parameters = ReadonlyMap<string, number>;

const keyed = ['dense'];
const everything = () => true;

function dense(key: string, ...more: readonly (readonly [string, Space])[]): Space {
  return { $call: 'dense', role: key, ...Object.fromEntries(more) };
}

function isLayer(value: unknown): value is Layer {
  return typeof value === 'function';
}

/** Layers in a row, as they stand under the present setting; what is absent does nothing. */
function through(x: number, layers: unknown): number {
  const now = settled(layers);
  if (now === null) return x;
  if (Array.isArray(now)) return now.reduce<number>((value, layer) => through(value, layer), x);
  if (!isLayer(now)) throw new TypeError('A layer is a function.');
  return now(x);
}

/** Functions on numbers; `dense` owns one parameter, and tells under which key it was run. */
function functions(parameters: Parameters, ran: string[], setting: () => Setting = () => ({})): Registry {
  return registry({
    chain: {
      params: { of: any, more: { $kind: 'optional', of: any } },
      make:
        ({ of }) =>
        (x: number) =>
          through(x, of),
    },
    dense: {
      params: { key: string, role: string, scale: { $kind: 'optional', of: any }, negate: any, inner: any },
      make:
        ({ key, scale, negate, inner }) =>
        (x: number) => {
          ran.push(String(key));
          const own = parameters.get(String(key));
          if (own === undefined) throw new Error(`There is no parameter ${String(key)}.`);
          const value = own * Number(settled(scale) ?? 1) + x * 0.5;
          return through(settled(negate) === true ? -value : value, inner ?? null);
        },
    },
    ...superNetFunctions(
      setting,
      (values, weights) => (x: number) =>
        values.reduce<number>((sum, value, i) => sum + (weights[i] ?? 0) * through(x, value), 0),
    ),
  });
}

function keysOf(program: Space): readonly string[] {
  const keys: string[] = [];
  for (const { key, value } of walk(program)) {
    if (key === 'key' && typeof value === 'string') keys.push(value);
  }
  return keys;
}

/** A parameter for each key, all different. */
function parametersFor(net: SuperNet): Parameters {
  return new Map([...new Set(keysOf(net.program))].map((key, i) => [key, 1 + i * 0.37]));
}

function withoutKeys(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutKeys);
  const entries = Object.entries(value).filter(([name]) => !('$call' in value && name === 'key'));
  return Object.fromEntries(entries.map(([name, member]) => [name, withoutKeys(member)]));
}

function problemOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

const full = { scale: 1, negate: false, inner: null };
const plain = (role: string, more: { readonly [name: string]: Space } = {}): Space =>
  dense(role, ...Object.entries({ ...full, ...more }));

const spaces: { readonly [name: string]: Space } = {
  'nested choices': space({
    $call: 'chain',
    of: [
      oneOf([
        plain('a'),
        plain('b', { inner: oneOf([plain('c'), plain('d', { negate: bool() })]) }),
        { $call: 'chain', of: [plain('e'), oneOf([plain('f'), plain('g')])] },
      ]),
      plain('always', { negate: bool() }),
    ],
  }),
  optional: space({
    $call: 'chain',
    of: [optional(plain('a', { inner: optional(plain('b')) })), plain('c')],
  }),
  numbers: space({
    $call: 'chain',
    of: [plain('a', { scale: int(1, 7, { step: 2 }) }), plain('b', { scale: float(0.5, 2) })],
  }),
  'picks that differ': space({
    $call: 'chain',
    of: manyOf(2, [plain('a'), plain('b', { negate: bool() }), plain('c')]),
  }),
  'sorted picks': space({
    $call: 'chain',
    of: manyOf(2, [plain('a'), plain('b', { scale: int(1, 2) }), plain('c')], {
      distinct: false,
      sorted: true,
    }),
  }),
  'one pick': space({ $call: 'chain', of: manyOf(1, [plain('a'), plain('b')]) }),
  list: space({
    $call: 'chain',
    of: listOf(oneOf([plain('a'), plain('b', { inner: optional(plain('c')) })]), { min: 0, max: 2 }),
  }),
  'list of lists': space({
    $call: 'chain',
    of: listOf(listOf(plain('a', { negate: bool() }), { min: 1, max: 2 }), { min: 1, max: 2 }),
  }),
  permutation: space({
    $call: 'chain',
    of: permutation([plain('a', { negate: bool() }), plain('b'), plain('c')]),
  }),
  'derived values': space({
    $call: 'chain',
    of: [
      oneOf([
        plain('a', { scale: derived(['*', 2, ['path', 'more.width']]) }),
        plain('b', {
          scale: int(1, 2),
          inner: plain('c', { scale: derived(['+', 1, ['path', 'more.half']]) }),
        }),
      ]),
      listOf(
        plain('d', { negate: bool(), scale: derived(['if', ['path', 'negate'], ['path', 'more.width'], 1]) }),
        {
          min: 0,
          max: 2,
        },
      ),
    ],
    more: {
      width: int(1, 2),
      half: derived(['/', ['path', 'width'], 2]),
      both: derived(['list', ['path', 'width'], ['path', 'half']]),
    },
  }),
  constrained: space(
    constrained(
      { $call: 'chain', of: [plain('a', { scale: int(1, 3) }), plain('b', { scale: int(1, 3) })] },
      [{ expr: ['<', ['path', 'of[0].scale'], ['path', 'of[1].scale']], reason: 'the second is larger' }],
    ),
  ),
};

function genomesOf(name: string): readonly Genome[] {
  const of = spaces[name] ?? null;
  return name === 'numbers' ? [...sweep(grid(of, { points: 3 }))] : [...sweep(of)];
}

describe.each(Object.keys(spaces))('the supernet of %s', (name) => {
  const of = spaces[name] ?? null;
  const genomes = genomesOf(name);

  test.each<SuperNetOptions>([{ share: 'perPick' }, { share: 'acrossPicks' }, { picks: 'all' }])(
    'computes what each child computes, %o',
    (options) => {
      const net = superNet(of, everything, { keyed, ...options });
      const parameters = parametersFor(net);
      let setting: Setting = {};
      const ran: string[] = [];
      const whole = materialize(
        net.program as Json,
        functions(parameters, ran, () => setting),
      );
      expect(genomes.length).toBeGreaterThan(1);
      for (const genome of genomes) {
        const child = childOf(net, genome) as Json;
        expect(withoutKeys(child)).toEqual(decode(of, genome));
        const copied = new Map(keysOf(child).map((key) => [key, parameters.get(key) ?? NaN]));
        const ranInChild: string[] = [];
        const expected = through(3, materialize(child, functions(copied, ranInChild)));
        ran.length = 0;
        setting = settingOf(net, genome);
        expect(through(3, whole)).toBe(expected);
        // Only the chosen branches were run.
        expect(ran).toEqual(ranInChild);
      }
    },
  );

  test('mixed by one-hot weights is the choice, and one-hot logits derive its genome', () => {
    const net = superNet(of, everything, { keyed, mode: 'mix' });
    const choices = superNet(of, everything, { keyed });
    const parameters = parametersFor(net);
    let setting: Setting = {};
    const mixed = materialize(
      net.program as Json,
      functions(parameters, [], () => setting),
    );
    const chosen = materialize(
      choices.program as Json,
      functions(parameters, [], () => setting),
    );
    for (const genome of genomes) {
      const mask = maskOf(net, genome);
      setting = settingOf(net, genome);
      const expected = through(3, chosen);
      setting = { ...setting, ...oneHot(net, mask, ({ isLayer }) => isLayer) };
      expect(through(3, mixed)).toBeCloseTo(expected, 12);
      expect(
        derive(
          net,
          oneHot(net, mask, () => true),
        ),
      ).toEqual(genome);
    }
  });
});

test('a mixture is the sum of its branches by weight, and nears the choice as one weight nears 1', () => {
  const net = superNet({ op: oneOf([plain('a'), plain('b'), plain('c')]) }, everything, {
    keyed,
    mode: 'mix',
  });
  const parameters = parametersFor(net);
  const ran: string[] = [];
  const at = (weights: number | readonly number[]): number => {
    const made = materialize(
      net.program as Json,
      functions(parameters, ran, () => ({ op: weights })),
    );
    ran.length = 0;
    return through(2, (made as { readonly op: unknown }).op);
  };
  const [a, b, c] = [at(0), at(1), at(2)];
  expect(at([0.5, 0.25, 0.25])).toBeCloseTo(0.5 * a + 0.25 * b + 0.25 * c, 12);
  for (const rest of [0.1, 0.01, 0.001]) {
    expect(Math.abs(at([rest / 2, 1 - rest, rest / 2]) - b)).toBeLessThan(rest * Math.max(a, b, c));
  }
  expect(at([0, 1, 0])).toBe(b);
  expect(ran).toEqual(['op.candidates[1]']);
  expect(problemOf(() => at([1, 0]))).toContain('shape_mismatch at op: 3 finite weights are needed.');
});

/** A mask with a one in a row of zeros for each choice; switches between values that do not add keep their index. */
function oneHot(
  net: SuperNet,
  mask: { readonly [id: string]: number },
  isIncluded: (choice: { readonly isLayer: boolean }) => boolean,
): Logits {
  const result: { [id: string]: number | readonly number[] } = { ...mask };
  for (const { value } of walk(net.program)) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) continue;
    const { $call: call, id, branches } = value as { readonly [key: string]: Json };
    if (call !== 'mix' || typeof id !== 'string' || !Array.isArray(branches)) continue;
    const index = mask[id];
    if (index === undefined || !isIncluded({ isLayer: branches[0] !== false })) continue;
    result[id] = branches.map((_, i) => (i === index ? 1 : 0));
  }
  return result;
}

describe('keys of parameters', () => {
  const of = space({
    layers: [oneOf([plain('a'), plain('b', { inner: plain('c') }), plain('d')])],
    ops: manyOf(2, [plain('e'), plain('f')], { distinct: false }),
    list: listOf(optional(plain('g')), { min: 0, max: 2 }),
  });

  test('are places in the space', () => {
    expect(keysOf(superNet(of, everything, { keyed }).program)).toEqual([
      'layers[0].candidates[0]',
      'layers[0].candidates[1].inner',
      'layers[0].candidates[1]',
      'layers[0].candidates[2]',
      'ops[0].candidates[0]',
      'ops[0].candidates[1]',
      'ops[1].candidates[0]',
      'ops[1].candidates[1]',
      'list[0].of',
      'list[1].of',
    ]);
  });

  test('are those of the candidate alone where picks share', () => {
    const { program } = superNet(of, everything, { keyed, share: 'acrossPicks' });
    const keys = keysOf(program).filter((key) => key.startsWith('ops'));
    expect(keys).toEqual([
      'ops.candidates[0]',
      'ops.candidates[1]',
      'ops.candidates[0]',
      'ops.candidates[1]',
    ]);
    const child = childOf(superNet(of, everything, { keyed, share: 'acrossPicks' }), [0, 1, 1, 0]);
    expect(keysOf(child)).toEqual(['layers[0].candidates[0]', 'ops.candidates[1]', 'ops.candidates[1]']);
  });
});

describe('a supernet of a part', () => {
  test('leaves the other decisions in the program, under names of their own', () => {
    const inner = { width: int(1, 3, { name: 'width' }), flag: bool({ tags: ['net'] }) };
    const of = space({ ops: manyOf(2, [inner, 0], { tags: ['net'] }), rate: oneOf([constant({ a: 1 }), 2]) });
    const net = superNet(of, { tag: 'net' });
    const own = part(of, { tag: 'net' });
    for (const genome of sweep(own)) expect(childOf(net, genome)).toEqual(decode(own, genome));
    expect(maskOf(net, [0, 1, 1])).toEqual({ 'ops[0]': 0, 'ops[0][=0/2].flag': 1, 'ops[1]': 1 });
  });
});

test('random spaces: what a mask cuts out or settles is the decoded program, and it derives its genome', () => {
  fc.assert(
    fc.property(arbitrarySpace(), fc.integer({ min: 0, max: 1000 }), (of, seed) => {
      const genome = sample(of, rngFromSeed(seed));
      if (genome.length > 0) {
        const net = superNet(of, everything);
        const mask = maskOf(net, genome);
        const program = decode(of, genome);
        expect(mask).toEqual(toDict(of, genome));
        expect(childOf(net, genome)).toEqual(program);
        const made = materialize(net.program as Json, registry({ ...superNetFunctions(() => mask) }));
        expect(settled(made)).toEqual(program);
        expect(derive(net, mask)).toEqual(genome);
      }
      const some = part(of, { tag: 'x' });
      const own = sample(some, rngFromSeed(seed));
      if (own.length > 0) expect(childOf(superNet(of, { tag: 'x' }), own)).toEqual(decode(some, own));
    }),
    { numRuns: 150 },
  );
});

test('random spaces with derived values and constraints: every point of the selected decisions has its child', () => {
  const selections: readonly Where[] = [{ path: '**' }, { not: { path: 'free.**' } }, { path: 'bounds.**' }];
  let compared = 0;
  fc.assert(
    fc.property(
      arbitraryProgramSpace(),
      fc.constantFrom(...selections),
      fc.integer({ min: 0, max: 1000 }),
      (of, where, seed) => {
        let net: SuperNet;
        try {
          net = superNet(of, where);
        } catch (error) {
          expect((error as Error).message).toContain('reads a decision that is not selected');
          expect(where).not.toEqual({ path: '**' });
          return;
        }
        const own = part(of, where);
        const feasible = Array.from({ length: 20 }, (_, i) => sample(own, rngFromSeed(seed + i)));
        const genome = feasible.find((one) => validate(own, one).ok);
        if (genome === undefined) return;
        const child = childOf(net, genome);
        expect(child).toEqual(decode(own, genome));
        compared += 1;
        const functionsNow = registry({ ...superNetFunctions(() => settingOf(net, genome)) });
        if (view(part(of, { not: where })).nodes.length === 0) {
          expect(settled(materialize(net.program as Json, functionsNow))).toEqual(decode(of, genome));
          return;
        }
        const rest = sample(child, rngFromSeed(seed));
        if (!validate(child, rest).ok) return;
        expect(decode(child, rest)).toEqual(decode(of, join(of, where, genome, rest)));
      },
    ),
    { numRuns: 200, seed: 4 },
  );
  expect(compared).toBeGreaterThan(100);
});

describe('picks that are one sum over all candidates', () => {
  const pair = (input: number) => ({ input, operation: oneOf([plain('a'), plain('b'), plain('c')]) });
  const of = space({
    node: manyOf(2, [pair(0), pair(1), pair(2)], { sorted: true }),
    other: manyOf(1, [plain('d'), { inner: manyOf(2, [bool(), plain('e'), 5]) }]),
    repeated: manyOf(2, [plain('f'), plain('g')], { distinct: false }),
  });
  const net = superNet(of, everything, { keyed, picks: 'all' });

  test('have one place in the program, with ids of all picks inside', () => {
    const calls = [...walk(net.program)].flatMap(({ value }) => {
      const { $call: call, id } = (value ?? {}) as { readonly [key: string]: Json };
      return call === 'dense' || id === undefined ? [] : [[call, id]];
    });
    expect(calls).toEqual([
      ['picked', 'node'],
      ['switch', 'node[*][=0/3].operation'],
      ['switch', 'node[*][=1/3].operation'],
      ['switch', 'node[*][=2/3].operation'],
      ['picked', 'other'],
      ['picked', 'other[=1/2].inner'],
      ['switch', 'other[=1/2].inner[*][=0/3]'],
      ['switch', 'repeated[0]'],
      ['switch', 'repeated[1]'],
    ]);
    expect(keysOf(net.program).slice(0, 4)).toEqual([
      'node.candidates[0].operation.candidates[0]',
      'node.candidates[0].operation.candidates[1]',
      'node.candidates[0].operation.candidates[2]',
      'node.candidates[1].operation.candidates[0]',
    ]);
  });

  test('give every child, under settings by the ids of the program', () => {
    const genome = [0, 2, 2, 1, 1, 2, 0, 1, 1, 0];
    expect(validate(of, genome).ok).toBe(true);
    expect(settingOf(net, genome)).toMatchObject({
      'node[0]': 0,
      'node[*][=0/3].operation': 2,
      'node[*][=2/3].operation': 1,
      'other[=1/2].inner[*][=0/3]': 1,
    });
    expect(withoutKeys(childOf(net, genome) as Json)).toEqual(decode(of, genome));
  });

  test('are mixed by one list of weights', () => {
    const at = (setting: Setting): unknown =>
      settled(
        materialize(
          superNet({ m: manyOf(2, [1, 10, 100]) }, everything, { picks: 'all', mode: 'mix' }).program as Json,
          registry({
            ...superNetFunctions(
              () => setting,
              (values, weights) =>
                values.reduce<number>((sum, value, i) => sum + (weights[i] ?? 0) * Number(value), 0),
            ),
          }),
        ),
      );
    expect(at({ m: [1, 0.5, 0.25] })).toEqual({ m: [31] });
    expect(at({ 'm[0]': 2, 'm[1]': 0 })).toEqual({ m: [100, 1] });
    expect(problemOf(() => at({ m: [1, 2] }))).toContain('shape_mismatch at m: 3 finite weights');
  });

  test('derive the candidates with the largest logits, then sort', () => {
    const row = (sorted: boolean) =>
      superNet(space({ m: manyOf(2, ['a', 'b', 'c', 'd'], { sorted }) }), everything, { picks: 'all' });
    expect(derive(row(true), { m: [2, 3, 1, 0] })).toEqual([0, 1]);
    expect(derive(row(false), { m: [2, 3, 1, 0] })).toEqual([1, 0]);
    expect(derive(row(true), { m: [0, 1, 1, 1] })).toEqual([1, 2]);
    expect(problemOf(() => derive(row(true), { m: [1, 2] }))).toBe(
      'shape_mismatch at m: 4 logits are needed, not an array of 2.',
    );
    expect(problemOf(() => derive(row(true), { m: [1, 2, NaN, 0] }))).toContain('not_finite at m');
  });

  test('derive what is inside of candidates by the ids of all picks', () => {
    const logits = {
      node: [1, 0, 2],
      'node[*][=0/3].operation': [0, 0, 1],
      'node[*][=2/3].operation': [0, 1, 0],
      other: [0, 1],
      'other[=1/2].inner': [9, 1, 2],
      'other[=1/2].inner[*][=0/3]': [0, 1],
      'repeated[0]': [0, 1],
      'repeated[1]': [1, 0],
    };
    expect(derive(net, logits)).toEqual([0, 2, 2, 1, 1, 0, 1, 2, 1, 0]);
    expect(problemOf(() => derive(net, { ...logits, 'node[*][=3/3].operation': [1] }))).toContain(
      'unknown_key',
    );
    expect(problemOf(() => derive(net, { ...logits, repeated: [0, 1] }))).toContain(
      'unknown_key at repeated',
    );
  });

  test('of random spaces derive the k largest of each multi-choice', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 7 }),
        fc.nat(),
        fc.boolean(),
        (logits, place, sorted) => {
          const k = 1 + (place % logits.length);
          const [first = 0, ...others] = logits;
          const candidates = [String(first), ...others.map(String)] as const;
          const made = superNet(space({ m: manyOf(k, candidates, { sorted }) }), everything, {
            picks: 'all',
          });
          const chosen = derive(made, { m: logits }).map((i) => logits[i] ?? NaN);
          const best = [...logits].sort((a, b) => b - a).slice(0, k);
          expect([...chosen].sort((a, b) => b - a)).toEqual(best);
          const inOrder = sorted ? logits.filter((logit) => best.includes(logit)) : best;
          expect(chosen).toEqual(inOrder);
        },
      ),
    );
  });
});

describe('beside decisions that are not selected', () => {
  const x = { tags: ['x'] };
  const reasons = (space: Space): readonly string[] =>
    [...walk(space)].flatMap(({ key, value }) =>
      key === 'reason' && typeof value === 'string' ? [value] : [],
    );
  const of = space(
    constrained(
      {
        a: int(1, 3, x),
        b: int(1, 3, x),
        sum: derived(['+', ['path', 'a'], ['path', 'b']]),
        pair: derived(['list', ['path', 'sum'], ['path', 'fixed']]),
        fixed: 7,
        c: int(1, 3),
        d: oneOf([1, { deep: int(1, 3), more: derived(['+', ['path', 'a'], 1]) }]),
      },
      [
        { expr: ['<', ['path', 'a'], ['path', 'b']], reason: 'selected' },
        { expr: ['<', ['path', 'c'], ['path', 'd.deep']], reason: 'not selected' },
      ],
    ),
  );

  test('constraints on them stay in the program, those on selected ones with the genomes', () => {
    const net = superNet(of, { tag: 'x' });
    const own = part(of, { tag: 'x' });
    expect(reasons(net.program)).toEqual(['not selected']);
    const points = [1, 2, 3].flatMap((a) => [1, 2, 3].map((b) => [a, b]));
    let feasible = 0;
    for (const genome of points) {
      if (!validate(own, genome).ok) {
        expect(problemOf(() => childOf(net, genome))).toContain('constraint_violated: selected');
        continue;
      }
      feasible += 1;
      const child = childOf(net, genome);
      expect(child).toEqual(decode(own, genome));
      expect(reasons(child)).toEqual(['not selected']);
      for (const rest of sweep(child)) {
        const whole = join(of, { tag: 'x' }, genome, rest);
        expect(validate(of, whole).ok).toBe(validate(child, rest).ok);
        if (!validate(of, whole).ok) continue;
        const expected = decode(of, whole);
        expect(decode(child, rest)).toEqual(expected);
        const decided: Json = decode(net.program, rest);
        const made = materialize(decided, registry({ ...superNetFunctions(() => settingOf(net, genome)) }));
        expect(settled(made)).toEqual(expected);
      }
    }
    expect(feasible).toBe(3);
  });
});

describe('deriving a point', () => {
  test('takes the largest logit, the lower outcome of equals', () => {
    const net = superNet(
      space({ a: oneOf([1, 2, 3]), n: listOf(bool(), { min: 1, max: 2 }), w: int(1, 9) }),
      everything,
    );
    const logits = { a: [0, 2, 2], 'n[#]': [1, 1], 'n[0]': [-2, -1], w: 4 };
    expect(derive(net, logits)).toEqual([1, 1, 1, 4]);
  });

  test('picks in order among what the multi-choice still allows', () => {
    const row = (k: number, options: { distinct?: boolean; sorted?: boolean }) =>
      superNet(space({ m: manyOf(k, [1, 2, 3], options) }), everything);
    const logits = { 'm[0]': [0, 1, 9], 'm[1]': [5, 1, 9] };
    expect(derive(row(2, {}), logits)).toEqual([2, 0]);
    expect(derive(row(2, { distinct: false }), logits)).toEqual([2, 2]);
    expect(derive(row(2, { sorted: true }), logits)).toEqual([1, 2]);
    expect(derive(row(2, { distinct: false, sorted: true }), { ...logits, 'm[1]': [9, 1, 0] })).toEqual([
      2, 2,
    ]);
  });

  test.each([
    [{}, 'missing_decision at a: the decision is active and has no logits.'],
    [{ a: [1] }, 'shape_mismatch at a: 2 logits or the outcome are needed, not an array of 1.'],
    [{ a: [1, NaN] }, 'not_finite at a: the logit NaN is not a finite number.'],
    [{ a: 5 }, 'index_out_of_range at a: the index 5 is not below 2.'],
    [{ a: 0, b: 1 }, 'unknown_key at b: no decision of the supernet has this id.'],
    [
      { a: [0, 1], 'a[=1/2]': [1, 2] },
      'shape_mismatch at a[=1/2]: the int needs its number, not an array of 2.',
    ],
  ])('refuses %j', (logits, message) => {
    const net = superNet(space({ a: oneOf([1, int(1, 2)]) }), everything);
    expect(problemOf(() => derive(net, logits))).toBe(message);
  });

  test('refuses what breaks a constraint', () => {
    const net = superNet(spaces['constrained'] ?? null, everything);
    expect(problemOf(() => derive(net, { 'of[0].scale': 2, 'of[1].scale': 1 }))).toContain(
      'the second is larger',
    );
    expect(problemOf(() => maskOf(net, [2, 1]))).toContain('the second is larger');
  });
});

describe('a supernet is refused', () => {
  const call = (name: string): Space => ({ $call: name });

  test.each<[string, Space, { tag: string } | (() => boolean), readonly string[], string]>([
    ['nothing selected', { a: bool() }, { tag: 'x' }, [], 'bad_selection: no decision is selected.'],
    [
      'derived values of other decisions',
      { a: bool({ tags: ['x'] }), b: bool(), c: derived(['path', 'd']), d: derived(['path', 'b']) },
      { tag: 'x' },
      [],
      'does_not_fit at d: the derived value reads a decision that is not selected',
    ],
    [
      'derived values of what is inside of other decisions',
      { a: oneOf([bool({ tags: ['x'] }), 1]), b: derived(['path', 'a']) },
      { tag: 'x' },
      [],
      'does_not_fit at b: the derived value reads a decision',
    ],
    [
      'its own calls',
      { a: bool(), b: call('mix') },
      everything,
      [],
      'does_not_fit at b: "mix" is a call of supernets',
    ],
    [
      'its own calls in quotes',
      { a: bool(), b: constant([{ $call: 'switch' }]) },
      everything,
      [],
      'does_not_fit at b: "switch"',
    ],
    [
      'functions not called',
      { a: bool() },
      everything,
      ['dense'],
      'unknown_call: the space never calls "dense".',
    ],
    [
      'keys given',
      { a: bool(), b: { $call: 'f', key: 1 } },
      everything,
      ['f'],
      'does_not_fit at b: the call of "f" has',
    ],
    [
      'constraints between both kinds of decisions',
      constrained({ a: bool({ tags: ['x'] }), b: bool() }, [
        { expr: ['or', ['path', 'a'], ['path', 'b']], reason: 'one of them' },
      ]),
      { tag: 'x' },
      [],
      'the constraint "one of them" reads decisions that are selected and others; select all or none',
    ],
    [
      'constraints that hold below other decisions only',
      { c: oneOf([0, constrained({ a: bool({ tags: ['x'] }) }, [{ expr: ['path', 'a'], reason: 'a' }])]) },
      { tag: 'x' },
      [],
      'does_not_fit at c.candidates[1]: the constraint "a" holds below a decision that is not selected only',
    ],
    [
      'too many copies',
      listOf([bool(), ...Array.from({ length: 30 }, () => 0)], { min: 0, max: 4096 }),
      everything,
      [],
      'too_large at ',
    ],
  ])('for %s', (_name, of, where, names, message) => {
    expect(problemOf(() => superNet(of, where, { keyed: names }))).toContain(message);
  });

  test('when it runs under a setting that does not fit', () => {
    const net = superNet({ a: oneOf([1, 2]), l: listOf(1, { min: 0, max: 1 }) }, everything);
    const at = (setting: Setting): string =>
      problemOf(() =>
        settled(materialize(net.program as Json, registry({ ...superNetFunctions(() => setting) }))),
      );
    expect(at({ a: 0, 'l[#]': 1 })).toBe('none');
    expect(at({ a: 0 })).toContain('missing_decision at l[#]');
    expect(at({ a: 2, 'l[#]': 1 })).toContain('index_out_of_range at a');
    expect(at({ a: [1, 0], 'l[#]': 1 })).toContain('shape_mismatch at a');
    expect(at({ a: 0, 'l[#]': 2 })).toContain('length_out_of_range at l[#]');
  });
});
