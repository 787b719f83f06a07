import fc from 'fast-check';
import { NetworkBuilder } from '../../networks/builders/index.js';
import type { TermChildren, TermWriter } from '../../networks/builders/index.js';
import type { Choice } from '../../networks/supernetwork/index.js';
import { oneOf, space } from '../../search-spaces/index.js';

const operationNames = ['conv', 'normal', 'pool', 'dropout', 'skip'] as const;
type OperationName = (typeof operationNames)[number];

/** A term of a random sum: what it does with which earlier value, and which decisions say whether it is there. */
interface RandomTerm {
  readonly operation: OperationName;
  readonly from: number;
  readonly kind: 'anyOf' | 'noneOf';
  readonly decisions: readonly number[];
  readonly is: number;
}

/** A sum: a term that all children have, others, and maybe a value that only some of these terms read. */
interface RandomSum {
  readonly always: OperationName;
  readonly terms: readonly RandomTerm[];
  readonly partial: RandomTerm | null;
}

const decisionCount = 4;

/** Four decisions that conditions read, and one that takes all sums or none. */
export const termSpace = space({
  decisions: [oneOf([0, 1, 2]), oneOf([2, 0, 1]), oneOf([0, 1]), oneOf([1, 2])],
  deep: oneOf([true, false]),
});

interface Program {
  readonly decisions: readonly (number | Choice<number>)[];
  readonly deep: boolean | Choice<boolean>;
}

/** Network functions of `termSpace` with random sums of terms, one after the other. */
export function randomTermNetwork(): fc.Arbitrary<(program: unknown) => unknown> {
  const term = (kinds: readonly RandomTerm['kind'][]): fc.Arbitrary<RandomTerm> =>
    fc.record({
      operation: fc.constantFrom(...operationNames),
      from: fc.nat(7),
      kind: fc.constantFrom(...kinds),
      decisions: fc.subarray(
        Array.from({ length: decisionCount }, (_none, i) => i),
        { minLength: 1 },
      ),
      is: fc.nat(2),
    });
  const sum: fc.Arbitrary<RandomSum> = fc.record({
    always: fc.constantFrom(...operationNames),
    terms: fc.array(term(['anyOf', 'noneOf']), { maxLength: 4 }),
    partial: fc.option(term(['anyOf'])),
  });
  return fc
    .array(sum, { minLength: 1, maxLength: 3 })
    .map((sums) => (program: unknown) => termNetwork(sums, program as Program));
}

function termNetwork(
  sums: readonly RandomSum[],
  { decisions, deep }: Program,
): ReturnType<NetworkBuilder['buildWithChoices']> {
  const builder = new NetworkBuilder();
  const input = builder.input('input', [5, 5, 2]);
  const stem = builder.node('stem', 'convolution', input, { filters: 3, kernel: [3, 3] });
  const body = builder.choose('body', deep, stem, (isDeep, scope, from) =>
    isDeep
      ? (sums
          .reduce<readonly string[]>(
            (states, sum, i) => [...states, writeSum(builder, `${scope}/${i}`, sum, states, decisions)],
            [from],
          )
          .at(-1) ?? from)
      : from,
  );
  // Each decision changes some child.
  const whole = builder.terms('whole', [
    { write: () => body },
    ...decisions.map((decision) => ({ when: { anyOf: [decision], is: 1 }, write: () => stem })),
  ]);
  const pooled = builder.node('head/pool', 'globalAveragePooling', whole, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 4 })]);
}

function writeSum(
  builder: NetworkBuilder,
  scope: string,
  { always, terms, partial }: RandomSum,
  states: readonly string[],
  decisions: Program['decisions'],
): string {
  const whenOf = ({ kind, decisions: places, is }: RandomTerm): TermChildren => {
    const read = places.flatMap((place) => decisions[place] ?? []);
    return kind === 'anyOf' ? { anyOf: read, is } : { noneOf: read, is };
  };
  const stateOf = (place: number): string => states[place % states.length] ?? '';
  const readers: TermWriter[] = [];
  if (partial !== null) {
    const when = whenOf(partial);
    const write = (): string => operation(builder, partial.operation, `${scope}/partial/own`, stateOf(0));
    const value = builder.terms(`${scope}/partial`, [{ when, write }]);
    const narrower = whenOf({ ...partial, decisions: partial.decisions.slice(0, 1) });
    readers.push(
      { when, write: () => value },
      { when: narrower, write: () => operation(builder, 'conv', `${scope}/reader`, value) },
    );
  }
  return builder.terms(scope, [
    { write: () => operation(builder, always, `${scope}/always`, stateOf(-1 + states.length)) },
    ...readers,
    ...terms.map((term, i) => ({
      when: whenOf(term),
      write: () => operation(builder, term.operation, `${scope}/term${i}`, stateOf(term.from)),
    })),
  ]);
}

function operation(builder: NetworkBuilder, name: OperationName, scope: string, from: string): string {
  switch (name) {
    case 'conv':
      return builder.node(`${scope}/convolution`, 'convolution', from, { filters: 3, kernel: [1, 1] });
    case 'normal':
      return builder.node(`${scope}/batchNormalization`, 'batchNormalization', from, { momentum: 0.5 });
    case 'pool':
      return builder.node(`${scope}/pool`, 'maxPooling', from, { kernel: [3, 3] });
    case 'dropout':
      return builder.node(`${scope}/dropout`, 'dropout', from, { rate: 0.3 });
    case 'skip':
      return from;
    default:
      return name satisfies never;
  }
}
