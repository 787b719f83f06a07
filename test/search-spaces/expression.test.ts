import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../foundation/json/index.js';
import { evaluateExpression, parseExpression, pathsOf, SpaceError } from '../../search-spaces/index.js';

const scope: Json = {
  accuracy: 0.9,
  latency: 12,
  layers: [{ units: 8 }, { units: 16 }],
  kind: 'sgd',
  'a.b': 1,
  on: true,
};

function value(json: unknown): Json {
  return evaluateExpression(parseExpression(json), scope);
}

function refusal(run: () => unknown): { code: string; id: string | null } {
  try {
    run();
  } catch (error) {
    if (error instanceof SpaceError) return { code: error.code, id: error.id };
    throw error;
  }
  throw new Error('Nothing was refused.');
}

describe('evaluateExpression', () => {
  const cases: readonly (readonly [unknown, Json])[] = [
    [3, 3],
    ['text', 'text'],
    [['path', 'layers[1].units'], 16],
    [['path', '["a.b"]'], 1],
    [['path', ''], scope],
    [['-', ['path', 'accuracy'], ['*', 0.01, ['path', 'latency']]], 0.9 - 0.01 * 12],
    [['-', 4], -4],
    [['+', 1, 2, 3], 6],
    [['/', 7, 2], 3.5],
    [['%', -7, 3], -1],
    [['min', 3, 1, 2], 1],
    [['max', 3, 1, 2], 3],
    [['abs', -2], 2],
    [
      ['list', ['floor', -1.5], ['ceil', -1.5], ['round', 2.5]],
      [-2, -1, 3],
    ],
    [['==', ['path', 'layers[0]'], ['path', 'layers[0]']], true],
    [['==', 1, true], false],
    [['!=', 'a', 'b'], true],
    [['<', 1, 2], true],
    [['<=', 2, 2], true],
    [['>', 'b', 'a'], true],
    [['>=', 1, 2], false],
    [['and'], true],
    [['and', true, ['not', false], ['path', 'on']], true],
    [['or', false, ['<', 2, 1]], false],
    [['implies', false, ['path', 'missing']], true],
    [['in', ['path', 'kind'], ['list', 'sgd', 'adam']], true],
    [['len', ['path', 'layers']], 2],
    [['len', 'abc'], 3],
    [['sum', ['list', 1, 2, 3.5]], 6.5],
    [['count', ['list', 1, 2, 1], 1], 2],
    [['has', 'layers[2]'], false],
    [['has', 'layers[1].units'], true],
    [['if', ['has', 'missing'], ['path', 'missing'], 0], 0],
    [['*', -1, 0], 0],
  ];
  for (const [json, wanted] of cases) {
    test(JSON.stringify(json), () => {
      expect(value(json)).toEqual(wanted);
    });
  }

  test('refuses at a named place', () => {
    expect(refusal(() => value(['+', 1, ['path', 'missing']]))).toEqual({
      code: 'unresolved_reference',
      id: '[2]',
    });
    expect(refusal(() => value(['+', 1, ['path', 'kind']]))).toEqual({ code: 'bad_expr', id: '[2]' });
    expect(refusal(() => value(['not', ['/', 1, 0]]))).toEqual({ code: 'bad_expr', id: '[1]' });
    expect(refusal(() => value(['<', 1, 'a']))).toEqual({ code: 'bad_expr', id: '' });
    expect(refusal(() => value(['path', 'constructor']))).toEqual({ code: 'unresolved_reference', id: '' });
  });
});

describe('parseExpression', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [NaN, ''],
    [{ a: 1 }, ''],
    [[], ''],
    [['power', 1, 2], ''],
    [['+', 1, ['toString', 1]], '[2]'],
    [['if', true, 1], ''],
    [['+', 1, ['path', 'a..b']], '[2][1]'],
    [['path', ['path', 'a']], '[1]'],
    [undefined, ''],
  ];
  for (const [json, place] of cases) {
    test(`refuses ${JSON.stringify(json)}`, () => {
      expect(refusal(() => parseExpression(json))).toEqual({ code: 'bad_expr', id: place });
    });
  }

  test('any value is an expression or a SpaceError', () => {
    fc.assert(
      fc.property(fc.anything(), (json) => {
        try {
          expect(pathsOf(parseExpression(json))).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toBeInstanceOf(SpaceError);
        }
      }),
    );
  });

  test('the paths that are read', () => {
    const both = parseExpression(['+', ['path', 'b'], ['*', ['path', 'a'], ['path', 'b']]]);
    expect(pathsOf(both)).toEqual(['b', 'a']);
  });
});
