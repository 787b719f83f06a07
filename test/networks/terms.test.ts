import { describe, expect, test } from 'vitest';
import { NetworkBuilder } from '../../networks/builders/index.js';
import {
  childNetwork,
  Choice,
  choicesOf,
  parseSupernetwork,
  pathOf,
  restrict,
  supernetworkParameters,
} from '../../networks/supernetwork/index.js';
import type { Supernetwork } from '../../networks/supernetwork/index.js';
import { decode, oneOf, space } from '../../search-spaces/index.js';
import { sharedSpace } from '../support/supernet-laboratory.js';

type Index = number | Choice<number>;

const of = space({ first: oneOf([0, 1, 2]), second: oneOf([2, 1, 0]), third: oneOf([0, 1]) });

/** A value that children have which read it, a sum that reads it, and one of what no decision names. */
function network(program: unknown): ReturnType<NetworkBuilder['buildWithChoices']> {
  const { first, second, third } = program as {
    readonly first: Index;
    readonly second: Index;
    readonly third: Index;
  };
  const builder = new NetworkBuilder();
  const input = builder.input('input', [4]);
  const dense = (name: string, from: string): string => builder.node(name, 'dense', from, { units: 4 });
  const stem = dense('stem', input);
  const deep = builder.terms('deep', [
    { when: { anyOf: [first, second], is: 1 }, write: () => dense('deep/dense', stem) },
  ]);
  const sum = builder.terms('sum', [
    { write: () => stem },
    { when: { anyOf: [first], is: 1 }, write: () => deep },
    { when: { anyOf: [second], is: 1 }, write: () => dense('sum/dense', deep) },
    { when: { anyOf: [third, first], is: 0 }, write: () => dense('sum/zero', stem) },
  ]);
  const open = builder.terms(
    'open',
    [2, 1, 0, 3].map((is) => ({
      when: { noneOf: [first, second, third], is },
      write: () => dense(`open/${is}`, is === 0 ? stem : sum),
    })),
  );
  return builder.buildWithChoices([builder.node('logits', 'dense', open, { units: 3 })]);
}

const { supernetwork, choices, pathFor } = sharedSpace(of, network);
const genomes = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1].map((c) => [a, b, c])));

describe('terms that not all children have', () => {
  test('are those of the function of decided values', () => {
    for (const genome of genomes)
      expect(childNetwork(supernetwork, pathFor(genome))).toEqual(network(decode(of, genome)));
    const names = (path: readonly number[]) => childNetwork(supernetwork, path).nodes.map(({ name }) => name);
    expect(names([0, 2, 0])).toEqual([
      'stem',
      'sum/zero',
      'sum',
      'open/2',
      'open/1',
      'open/3',
      'open',
      'logits',
    ]);
    expect(names([1, 1, 1])).toEqual([
      ...['stem', 'deep/dense', 'sum/dense', 'sum', 'open/2', 'open/0', 'open/3', 'open', 'logits'],
    ]);
    expect(names([2, 0, 1])).toEqual(['stem', 'open/0', 'open/3', 'open', 'logits']);
  });

  test('tell the decisions that they read, and the children that have their parameters', () => {
    expect(choices.map(({ name, outcomes, under }) => [name, outcomes, under])).toEqual([
      ['first', 3, [[]]],
      ['second', 3, [[]]],
      ['third', 2, [[]]],
    ]);
    const under = new Map(
      supernetworkParameters(supernetwork).map(({ parameter, under: own }) => [parameter.name, own]),
    );
    expect(under.get('stem/kernel')).toEqual([]);
    const one = (choice: string, outcome: number) => ({ kind: 'outcome', choice, outcomes: [outcome] });
    expect(under.get('deep/dense/kernel')).toEqual([
      { kind: 'anyOf', of: [one('first', 1), one('second', 1)] },
    ]);
    expect(under.get('sum/dense/kernel')).toEqual([one('second', 1)]);
    expect(under.get('open/2/kernel')).toEqual([{ kind: 'noneOf', of: [one('first', 2), one('second', 0)] }]);
    expect(under.get('open/3/kernel')).toEqual([]);
  });

  test('are read again from JSON', () => {
    const json: unknown = JSON.parse(JSON.stringify(supernetwork));
    expect(parseSupernetwork(json)).toEqual(supernetwork);
  });

  test.each<[string, Readonly<Record<string, readonly number[]>>]>([
    ['one decision decided', { first: [1] }],
    ['an outcome less', { first: [0, 2] }],
    ['nothing left to read', { first: [0, 2], second: [0, 2] }],
    ['all decided', { first: [2], second: [1], third: [0] }],
  ])('a restriction keeps their children: %s', (_name, mask) => {
    const less = restrict(supernetwork, mask);
    const left = choicesOf(less);
    let compared = 0;
    for (const genome of genomes) {
      const path = pathFor(genome);
      const outcomes = Object.fromEntries(choices.map(({ name }, i) => [name, path[i] ?? 0]));
      if (Object.entries(mask).some(([name, allowed]) => !allowed.includes(outcomes[name] ?? 0))) continue;
      expect(childNetwork(less, pathOf(left, outcomes))).toEqual(childNetwork(supernetwork, path));
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
    const had = supernetworkParameters(less).map(({ parameter }) => parameter.name);
    const reads = (mask['first'] ?? [1]).includes(1) || (mask['second'] ?? [1]).includes(1);
    expect(had.includes('deep/dense/kernel')).toBe(reads);
    // A condition that always holds is none.
    if (mask['first']?.length === 1 && mask['first'][0] === 1) {
      const deep = supernetworkParameters(less).find(
        ({ parameter }) => parameter.name === 'deep/dense/kernel',
      );
      expect(deep?.under).toEqual([]);
    }
  });

  test('where some decisions are decided, keep conditions on the others', () => {
    const choice = Choice.of('c', [0, 1]);
    const builder = new NetworkBuilder();
    const input = builder.input('input', [4]);
    const dense = (name: string) => (): string => builder.node(name, 'dense', input, { units: 2 });
    const sum = builder.terms('sum', [
      { write: dense('all') },
      { when: { anyOf: [1, choice], is: 1 }, write: dense('anyMet') },
      { when: { noneOf: [1, choice], is: 1 }, write: dense('noneMet') },
      { when: { anyOf: [0, choice], is: 1 }, write: dense('any') },
      { when: { noneOf: [0, choice], is: 1 }, write: dense('none') },
      { when: { anyOf: [0, choice], is: 2 }, write: dense('anyNever') },
      { when: { noneOf: [0, choice], is: 2 }, write: dense('noneAlways') },
    ]);
    const whole = builder.buildWithChoices([sum]);
    const [node] = whole.nodes;
    if (node?.op !== 'termSum') throw new Error('The sum has a choice.');
    const outcomes = { kind: 'outcome', choice: 'c', outcomes: [1] };
    expect(node.choices).toEqual([{ choice: 'c', outcomes: 2, allowed: [0, 1] }]);
    expect(node.terms.map(({ output, when }) => [output, when])).toEqual([
      ['all', null],
      ['anyMet', null],
      ['any', outcomes],
      ['none', { kind: 'noneOf', of: [outcomes] }],
      ['noneAlways', null],
    ]);
  });
});

describe('sums of terms that are refused', () => {
  const one = (choice: string, ...outcomes: readonly number[]) => ({ kind: 'outcome', choice, outcomes });
  const identity = (name: string, input: string) => ({ name, op: 'identity', inputs: [input] });
  const read = (choice: string) => ({ choice, outcomes: 2, allowed: [0, 1] });
  const term = (when: unknown, output: string, ...nodes: readonly unknown[]) => ({ when, output, nodes });
  const sum = (name: string, ...terms: readonly unknown[]) => ({
    name,
    op: 'termSum',
    choices: [read('c'), read('d')],
    terms,
  });
  const parsed = (...nodes: readonly unknown[]): Supernetwork =>
    parseSupernetwork({
      format: 'duramen-supernetwork/1',
      inputs: { input: { shape: [4] } },
      nodes,
      outputs: ['end'],
    });
  const partial = sum(
    'part',
    term({ kind: 'anyOf', of: [one('c', 1), one('d', 1)] }, 'a', identity('a', 'input')),
  );
  const always = term(null, 'input');
  const absent = 'some children have no term of the sum "part"; read it under a condition';

  test.each<[string, readonly unknown[], string]>([
    ['read by a node', [partial, identity('end', 'part')], `node "end": ${absent}`],
    ['as an output', [{ ...partial, name: 'end' }], 'some children have no term of the sum "end"'],
    [
      'under another condition',
      [partial, sum('end', always, term(one('c', 0), 'part'))],
      `node "end": ${absent}`,
    ],
    [
      'under a wider condition',
      [partial, sum('end', always, term(one('c', 0, 1), 'b', identity('b', 'part')))],
      `node "b": ${absent}`,
    ],
    [
      'under the opposite',
      [partial, sum('end', always, term({ kind: 'noneOf', of: [one('c', 1)] }, 'part'))],
      `node "end": ${absent}`,
    ],
    [
      'a condition on what is not read',
      [sum('end', always, term(one('e', 1), 'input'))],
      'the field "choice" must be one of "c", "d", not "e".',
    ],
    [
      'an outcome that is not there',
      [sum('end', always, term(one('c', 2), 'input'))],
      'the field "outcomes" must be a list of different outcomes from 0 to 1, not [2].',
    ],
    [
      'one choice twice in a condition',
      [sum('end', always, term({ kind: 'anyOf', of: [one('c', 1), one('c', 0)] }, 'input'))],
      'the field "of" must be a list of conditions on different choices',
    ],
    ['without terms', [sum('end')], 'the field "terms" must be a list of at least one term'],
    [
      'a choice that another node reads in another way',
      [
        {
          name: 'b',
          op: 'choice',
          choice: 'c',
          branchOf: [0, 1, 1],
          branches: [always, always].map(({ output, nodes }) => ({ output, nodes })),
        },
        sum('end', term(null, 'b')),
      ],
      'node "end": it reads the choice "c" as one of 2, another node as one of 3',
    ],
    [
      'in its own branch',
      [sum('end', always, term(one('c', 1), 'b', sum('b', always, term(one('c', 1), 'input'))))],
      'node "b": the choice "c" stands in one of its own branches.',
    ],
    [
      'terms of several shapes',
      [
        sum(
          'end',
          always,
          term(one('c', 1), 'a', { name: 'a', op: 'dense', inputs: ['input'], attributes: { units: 2 } }),
        ),
      ],
      'node "end": the branches of the choice have different shapes',
    ],
  ])('%s', (_name, nodes, message) => {
    expect(() => parsed(...nodes)).toThrow(message);
  });

  test('but a sum may be read where a narrower condition holds', () => {
    const narrow = sum(
      'end',
      always,
      term(one('d', 1), 'part'),
      term(one('c', 1), 'b', identity('b', 'part')),
    );
    const whole = parsed(partial, narrow);
    const names = (path: readonly number[]) => childNetwork(whole, path).nodes.map(({ name }) => name);
    expect(() => names([0, 0])).toThrow('the output "input" is not a node of the graph');
    expect(names([1, 0])).toEqual(['a', 'b', 'end']);
    expect(names([1, 1])).toEqual(['a', 'b', 'end']);
  });

  test('and in the builder nothing may read a sum that a plain network has not', () => {
    const builder = new NetworkBuilder();
    const input = builder.input('input', [4]);
    const none = builder.terms('none', [{ when: { anyOf: [0], is: 1 }, write: () => input }]);
    const end = builder.node('end', 'identity', none, {});
    expect(() => builder.buildWithChoices([end])).toThrow('"none"');
  });
});
