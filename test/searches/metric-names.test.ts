import { describe, expect, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { int, space } from '../../search-spaces/index.js';
import { checkDefinition, command, defineSearch, toDefinition } from '../../searches/index.js';

function definitionWith(
  metrics: Readonly<Record<string, 'maximize' | 'observe'>>,
): ReturnType<typeof toDefinition> {
  return toDefinition(
    defineSearch({
      name: 'names',
      space: space({ a: int(1, 2) }),
      metrics,
      algorithm: random(),
      budget: { trials: 1 },
      evaluate: command('true'),
    }),
  );
}

const inherited = Object.getOwnPropertyNames(Object.prototype);

describe('a metric', () => {
  test.each(inherited)('cannot be called %s, as every object has it', (name) => {
    const sentence = `"${name}" cannot be the name of a metric, because every object of JavaScript has it: choose another name.`;
    const metrics = Object.fromEntries([[name, 'maximize' as const]]);
    expect(() => definitionWith(metrics)).toThrow(sentence);
    const told = JSON.stringify(definitionWith({ score: 'maximize' })).replaceAll(
      '"score"',
      JSON.stringify(name),
    );
    expect(told).toContain(`{"name":"${name}","goal":"maximize"}`);
    expect(() => checkDefinition(JSON.parse(told))).toThrow(sentence);
  });

  test('may have a name beside these that no object has', () => {
    expect(inherited).toContain('__proto__');
    const metrics = { score: 'maximize', constructors: 'observe' } as const;
    expect(definitionWith(metrics).levels[0]?.metrics.map(({ name }) => name)).toEqual(Object.keys(metrics));
  });

  test('measured on test images is observed only', () => {
    expect(() => definitionWith({ testAccuracy: 'maximize' })).toThrow(
      "metrics.testAccuracy: must be 'observe', because images that a search chooses by are no test: search for accuracy, which is measured on validation images.",
    );
    const { levels } = definitionWith({ accuracy: 'maximize', testAccuracy: 'observe' });
    expect(levels[0]?.metrics).toHaveLength(2);
  });
});
