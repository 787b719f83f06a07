/** Assertions that the compiler checks; nothing here runs. */
import type { Json } from '../../foundation/json/index.js';
import type { Genome, Sampled, Space } from '../../search-spaces/index.js';
import {
  bool,
  constant,
  constrained,
  decode,
  derived,
  encode,
  float,
  frozen,
  int,
  listOf,
  manyOf,
  object,
  oneOf,
  optional,
  parseSpace,
  permutation,
  space,
} from '../../search-spaces/index.js';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
    ? true
    : { readonly actual: A; readonly wanted: B };

function holds<Assertion extends true>(): Assertion | undefined {
  return undefined;
}

/** Compiles only if the space's values have exactly the wanted type. */
function sampledAs<Wanted>(): <S extends Space>(
  definition: S,
  ...proof: Equal<Sampled<S>, Wanted> extends true ? [] : [Equal<Sampled<S>, Wanted>]
) => void {
  return () => undefined;
}

function use(...values: readonly unknown[]): number {
  return values.length;
}

export function typeChecks(genome: Genome): void {
  const two = manyOf(2, [30, 60, 80]);
  sampledAs<readonly [30 | 60 | 80, 30 | 60 | 80]>()(two);

  const order = permutation(['a', 'b', 'c']);
  sampledAs<readonly ['a' | 'b' | 'c', 'a' | 'b' | 'c', 'a' | 'b' | 'c']>()(order);

  const rate = optional(float(0, 1));
  sampledAs<number | null>()(rate);

  const quoted = constant({ $kind: 'x' });
  sampledAs<{ readonly $kind: 'x' }>()(quoted);

  const widths = listOf({ w: oneOf([32, 64]) }, { min: 1, max: 4 });
  sampledAs<readonly { readonly w: 32 | 64 }[]>()(widths);
  const double = derived<number>(['*', 2, ['path', 'w']]);
  sampledAs<number>()(double);
  const kept = frozen(oneOf([1, 2]));
  sampledAs<Json>()(kept);
  const bounded = constrained({ a: oneOf([1, 2]) }, []);
  sampledAs<{ readonly a: 1 | 2 }>()(bounded);
  // @ts-expect-error -- bounds of a list are needed
  listOf(1);
  // @ts-expect-error -- an object is no decision
  frozen({ a: 1 });

  holds<Equal<Sampled<Space>, Json>>();
  holds<Equal<ReturnType<typeof parseSpace>, Space>>();
  const loose: Json = decode(parseSpace({ a: 1 }), genome);

  const search = space({
    opt: oneOf([
      { kind: 'sgd', momentum: float(0, 1) },
      { kind: 'adam', betas: manyOf(2, [0.9, 0.99, 0.999], { sorted: true }) },
    ]),
    units: int(16, 512, { scale: 'log' }),
    nesterov: bool({ weights: [1, 3] }),
    layers: [oneOf([1, 2], { weights: [1, 2] }), 'head'],
    nested: object({ deep: { op: oneOf(['conv', null, true]) } }),
  });
  type Search = Sampled<typeof search>;
  const p = decode(search, genome);
  holds<Equal<Search['units'], number>>();
  holds<Equal<Search['nesterov'], boolean>>();
  holds<Equal<Search['layers'], readonly [1 | 2, 'head']>>();
  holds<Equal<Search['nested']['deep']['op'], 'conv' | true | null>>();
  if (p.opt.kind === 'sgd') {
    holds<Equal<typeof p.opt.momentum, number>>();
    // @ts-expect-error -- a field of the other branch
    use(p.opt.betas);
  } else {
    holds<Equal<(typeof p.opt.betas)[0], 0.9 | 0.99 | 0.999>>();
  }

  const anyK: number = genome.length;
  const some = manyOf(anyK, [1, 2], { distinct: false });
  sampledAs<readonly (1 | 2)[]>()(some);

  // @ts-expect-error -- no candidates
  oneOf([]);
  // @ts-expect-error -- a function is no candidate
  oneOf([() => 1]);
  // @ts-expect-error -- undefined is no candidate
  oneOf([undefined]);
  // @ts-expect-error -- a Date is no candidate
  oneOf([new Date(0)]);
  // @ts-expect-error -- one weight for two candidates
  oneOf([1, 2], { weights: [1] });
  // @ts-expect-error -- three weights for two candidates
  oneOf([1, 2], { weights: [1, 2, 3] });
  // @ts-expect-error -- one weight for two candidates of several picks
  manyOf(1, [1, 2], { weights: [1] });
  // @ts-expect-error -- a truth value has two weights
  bool({ weights: [1] });
  // @ts-expect-error -- so has what may be absent
  optional(1, { weights: [1, 2, 3] });
  // @ts-expect-error -- no such scale
  float(0, 1, { scale: 'cubic' });
  // @ts-expect-error -- a scale of floats only
  int(1, 8, { scale: 'reverseLog' });
  // @ts-expect-error -- sampled values are read-only
  p.units = 3;
  // @ts-expect-error -- index 2 of two picks
  use(decode(two, genome)[2]);
  // @ts-expect-error -- 3 is no candidate
  encode(space({ a: oneOf([1, 2]) }), { a: 3 });
  // @ts-expect-error -- a missing key
  encode(space({ a: oneOf([1, 2]) }), {});
  use(loose);
}
