import { describe, expect, test } from 'vitest';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { Pick } from '../../search-spaces/index.js';
import {
  any,
  applyRules,
  checkCalls,
  defineRule,
  derived,
  diff,
  fits,
  float,
  insert,
  int,
  listOf,
  manyOf,
  materialize,
  oneOf,
  optional,
  parseSpace,
  registry,
  remove,
  rewrite,
  ruleBook,
  run,
  sample,
  set,
  size,
  space,
  string,
  sweep,
  trace,
} from '../../search-spaces/index.js';

const model = {
  layers: [
    { $call: 'conv', filters: 8 },
    { $call: 'conv', filters: 16 },
  ],
  rate: 0.1,
};

function codeOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
  return 'none';
}

describe('rewriting', () => {
  test('a program becomes a space by one rule, and untouched parts are shared', () => {
    const with3 = oneOf([{ $expr: ['/', ['old'], 2] }, { $expr: ['old'] }, { $expr: ['*', ['old'], 2] }]);
    const searched = rewrite(model, [{ match: { member: ['conv', 'filters'] }, with: with3 }]);
    expect(size(searched)).toBe(9n);
    const edited = set(model, { 'layers[0].filters': 9, 'layers[2]': 'end' }) as unknown as typeof model;
    expect(edited.layers[1]).toBe(model.layers[1]);
    expect(diff(model, edited)).toEqual([
      { path: 'layers[0].filters', before: 8, after: 9 },
      { path: 'layers[2]', after: 'end' },
    ]);
  });

  test('mistakes have a code', () => {
    const rule = { match: { key: 'nothing' }, with: 1 };
    expect(codeOf(() => rewrite(model, [rule]))).toBe('rule_matched_nothing');
    expect(codeOf(() => rewrite(model, [{ ...rule, allowNoMatch: true }]))).toBe('none');
    expect(codeOf(() => rewrite(model, [{ match: { pathRegex: '(' }, with: 1 }]))).toBe('bad_rule');
    expect(
      codeOf(() => rewrite(model, [{ match: { key: 'rate' }, with: oneOf([{ $expr: ['sin'] }]) }])),
    ).toBe('bad_expr');
    expect(codeOf(() => set(model, { 'layers[5]': 1 }))).toBe('bad_path');
    expect(codeOf(() => set(model, { layers: 1, 'layers[0]': 2 }))).toBe('overlapping_paths');
    expect(codeOf(() => remove(model, ['nothing']))).toBe('bad_path');
    expect(codeOf(() => insert(model, { rate: 1 }))).toBe('bad_path');
    expect(codeOf(() => set({ a: oneOf([1]) }, { 'a.candidates': [] }))).toBe('no_candidates');
  });

  test('code in data is refused', () => {
    for (const text of [
      '{"__proto__":{"x":1}}',
      '{"$fn":"x"}',
      '{"a":{"$expr":["old"]}}',
      '{"$kind":"code"}',
    ]) {
      expect(['reserved_key', 'unknown_kind']).toContain(codeOf(() => parseSpace(JSON.parse(text))));
    }
    expect(codeOf(() => parseSpace({ a: () => 1 }))).toBe('not_plain_json');
  });

  test('named rules check their parameters, and each other', () => {
    const wider = defineRule(
      'wider',
      { factor: int(2, 8) },
      () => [{ match: { key: 'filters' }, with: { $expr: ['*', ['old'], ['param', 'factor']] } }],
      (program) => (JSON.stringify(program).includes('"filters":1}') ? 'a filter of 1 is not wide.' : null),
    );
    const single = defineRule('single', {}, () => [{ match: { key: 'filters' }, with: 1 }]);
    const book = ruleBook([wider, single]);
    expect(applyRules(model, ['wider?factor=2'], book)).toMatchObject({
      layers: [{ filters: 16 }, { filters: 32 }],
    });
    expect(codeOf(() => applyRules(model, ['narrower'], book))).toBe('unknown_rule');
    expect(codeOf(() => applyRules(model, ['wider?factor=9'], book))).toBe('bad_parameter');
    expect(codeOf(() => applyRules(model, ['wider'], book))).toBe('missing_parameter');
    expect(codeOf(() => applyRules(model, [{ rule: 'single', params: { x: 1 } }], book))).toBe(
      'unknown_parameter',
    );
    expect(() => applyRules(model, ['wider?factor=2', 'single'], book)).toThrow(/"wider".*since "single"/);
    expect(codeOf(() => ruleBook([wider, wider]))).toBe('duplicate_rule');
  });
});

describe('picks of running code', () => {
  const code = (pick: Pick) => ({
    depth: pick.oneOf('kind', [
      'flat',
      () => pick.listOf('layers', { min: 0, max: 2 }, () => pick.int('w', 1, 2)),
    ]),
    shared: [pick.bool('flag'), pick.bool('flag')],
    extra: pick.optional('extra', () => pick.float('rate', 0, 1)),
  });

  test('nested picks, lists and shared names', () => {
    const { space: traced, first } = trace(code);
    expect(first).toEqual({ depth: 'flat', shared: [false, false], extra: null });
    expect(run(code, traced, [1, 2, 1, 2, 1, 1, 0.5])).toEqual({
      depth: [1, 2],
      shared: [true, true],
      extra: 0.5,
    });
    expect(codeOf(() => run((pick) => pick.bool('flag'), traced, [0, 0, 0]))).toBe('unused_decision');
    expect(codeOf(() => run((pick) => pick.bool('other'), traced, [0, 0, 0]))).toBe('unknown_decision');
    expect(codeOf(() => trace((pick) => [pick.bool('a'), pick.int('a', 0, 1)]))).toBe('redefined');
    expect(codeOf(() => trace((pick) => pick.oneOf('a', [() => Promise.resolve(1)])))).toBe('pick_failed');
    let kept: Pick | undefined;
    trace((pick) => (kept = pick).bool('a'));
    expect(codeOf(() => kept?.bool('a'))).toBe('pick_ended');
  });

  test('what a nested trace does not want goes to the pick outside', () => {
    const inner = (pick: Pick) => [
      pick.oneOf('arch', ['a', 'b'], { tags: ['arch'] }),
      pick.int('units', 1, 3),
    ];
    const outer = trace((pick) => trace(inner, { where: { tag: 'arch' }, under: pick }).space);
    expect(Object.keys(outer.space as object)).toEqual(['units']);
    expect(Object.keys(outer.first as object)).toEqual(['arch']);
  });
});

describe('calls and schemas', () => {
  const functions = registry({
    conv: {
      params: { filters: int(1, 64), name: { $kind: 'optional', of: string } },
      make: ({ filters }) => `conv ${String(filters)}`,
    },
    chain: { params: { of: any }, make: ({ of }) => of },
  });

  test('calls are made inside out and checked before', () => {
    expect(materialize({ $call: 'chain', of: [{ $call: 'conv', filters: 8 }] }, functions)).toEqual([
      'conv 8',
    ]);
    const other = functions.with({ conv: { params: { filters: any }, make: () => 'other' } });
    expect(materialize({ $call: 'conv', filters: 8 }, other)).toBe('other');
    expect(codeOf(() => materialize({ $call: 'dense' }, functions))).toBe('unknown_call');
    expect(codeOf(() => materialize({ $call: 'conv', filters: 65 }, functions))).toBe('does_not_fit');
    expect(checkCalls(space({ a: { $call: 'conv', filters: oneOf([8, 16]) } }), functions)).toBeNull();
    expect(checkCalls(space({ a: { $call: 'conv', filters: oneOf([8, 65]) } }), functions)).toMatchObject({
      code: 'does_not_fit',
      id: 'a.filters',
    });
    const shared = space({ n: int(1, 8), a: { $call: 'chain', of: derived(['path', 'n']) } });
    expect(checkCalls(shared, functions)).toBeNull();
  });

  test('inclusion of spaces in schemas', () => {
    const yes: readonly (readonly [Parameters<typeof fits>[0], Parameters<typeof fits>[1]])[] = [
      [int(2, 8, { step: 2 }), int(0, 10, { step: 2 })],
      [int(1, 3), float(0, 4)],
      [oneOf(['a', 'b']), string],
      [optional(1), optional(int(1, 2))],
      [manyOf(2, [1, 2]), listOf(int(1, 2), { min: 1, max: 3 })],
      [int(1, 2), oneOf([1, 2, 3])],
      [{ a: oneOf([1, 2]) }, { a: any }],
    ];
    const no: typeof yes = [
      [int(1, 8, { step: 2 }), int(0, 10, { step: 2 })],
      [oneOf(['a', 1]), string],
      [listOf(1, { min: 0, max: 4 }), listOf(int(1, 2), { min: 1, max: 4 })],
      [{ a: 1, b: 2 }, { a: any }],
      [float(0, 1), int(0, 1)],
    ];
    for (const [inner, schema] of yes) expect(fits(inner, schema)).toBeNull();
    for (const [inner, schema] of no) expect(fits(inner, schema)?.code).toBe('does_not_fit');
    expect([...sweep(int(1, 2))]).toHaveLength(2);
    expect(sample(int(1, 1), rngFromSeed(0))).toEqual([1]);
  });
});
