import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import {
  buildNetwork,
  buildWithChoices,
  dartsGenotype,
  NetworkBuilder,
} from '../../networks/builders/index.js';
import type { DartsPick } from '../../networks/builders/index.js';
import {
  canonicalGraph,
  inferShapes,
  networkCost,
  parseNetworkGraph,
} from '../../networks/network-graph/index.js';
import type { NetworkGraph } from '../../networks/network-graph/index.js';
import {
  activeChoices,
  childNetwork,
  choicesOf,
  isSupernetwork,
  parseSupernetwork,
  pathOf,
  restrict,
  supernetworkOf,
  supernetworkParameters,
  withChoices,
} from '../../networks/supernetwork/index.js';
import type { Supernetwork, Choice } from '../../networks/supernetwork/index.js';
import { networkParameters } from '../../networks/index.js';
import type { Genome, Space } from '../../search-spaces/index.js';
import {
  bool,
  childOf,
  dartsCells,
  decode,
  int,
  listOf,
  manyOf,
  nasBench201Cell,
  object,
  oneOf,
  sample,
  settingOf,
  space,
  superNet,
} from '../../search-spaces/index.js';

const everything = () => true;
const image = { inputShape: [8, 8, 2], classes: 3 } as const;

/** The supernetwork of a space, and a function that gives the child of a genome cut out of it. */
function shared(of: Space, network: (program: unknown) => unknown) {
  const net = superNet(of, everything, { picks: 'all' });
  const supernetwork = supernetworkOf(net, network);
  const choices = choicesOf(supernetwork);
  const pathFor = (genome: Genome): Int32Array => pathOf(choices, settingOf(net, genome));
  return {
    net,
    supernetwork,
    choices,
    pathFor,
    child: (genome: Genome) => childNetwork(supernetwork, pathFor(genome)),
  };
}

/** A child of a supernetwork is what the network function makes of the decoded point, and all its weights are shared. */
function expectSharedChildren(of: Space, network: (program: unknown) => unknown, count = 12): void {
  const { net, supernetwork, child } = shared(of, network);
  const weights = new Map(
    supernetworkParameters(supernetwork).map(({ parameter }) => [parameter.name, parameter]),
  );
  for (let seed = 0; seed < count; seed++) {
    const genome = sample(of, rngFromSeed(seed));
    const own = child(genome);
    expect(own).toEqual(network(decode(of, genome)));
    expect(own).toEqual(network(childOf(net, genome)));
    for (const parameter of networkParameters(own)) expect(weights.get(parameter.name)).toEqual(parameter);
  }
}

const conv = (builder: NetworkBuilder, scope: string, from: string, kernel: number, filters = 4): string => {
  const name = builder.node(`${scope}/convolution`, 'convolution', from, {
    filters,
    kernel: [kernel, kernel],
  });
  return builder.node(`${scope}/batchNormalization`, 'batchNormalization', name, {});
};

type Op = 'conv1' | 'conv3' | 'skip';

function operation(builder: NetworkBuilder, op: Op, scope: string, from: string): string {
  return op === 'skip' ? from : conv(builder, scope, from, op === 'conv1' ? 1 : 3);
}

const ops = oneOf(['conv1', 'conv3', 'skip']);

describe('one function makes a supernetwork and its children', () => {
  test('with choices in choices, picks, and numbers of steps', () => {
    const of = space({
      first: ops,
      block: oneOf([{ kind: 'plain' }, { kind: 'deep', inner: ops, times: oneOf([1, 2, 3]) }]),
      sum: manyOf(
        2,
        [
          { from: 0, op: ops },
          { from: 1, op: ops },
          { from: 2, op: 'skip' },
        ],
        { sorted: true },
      ),
      list: listOf(ops, { min: 0, max: 2 }),
      excite: bool(),
    });
    interface Plain {
      readonly first: Op;
      readonly block: { readonly kind: string; readonly inner: Op; readonly times: number };
      readonly sum: readonly { readonly from: number; readonly op: Op }[];
      readonly list: readonly Op[];
      readonly excite: boolean;
    }
    const network = (program: unknown): unknown => {
      const p = program as Plain;
      const builder = new NetworkBuilder();
      const input = builder.input('input', [8, 8, 2]);
      const stem = conv(builder, 'stem', input, 3);
      let last = builder.choose('first', p.first, stem, (op, scope, x) => operation(builder, op, scope, x));
      last = builder.choose(
        'block',
        p.block,
        last,
        (block, scope, x) =>
          block.kind === 'plain'
            ? conv(builder, scope, x, 3)
            : builder.repeat(`${scope}/steps`, block.times, x, (i, before) =>
                builder.choose(`${scope}/steps/${i}`, block.inner, before, (op, inner, y) =>
                  operation(builder, op, inner, y),
                ),
              ),
        ({ kind }) => kind,
      );
      const states = [input, stem, last].map((state, i) => conv(builder, `state${i}`, state, 1));
      last = builder.sum(
        'sum',
        p.sum,
        states,
        ({ from, op }, scope, all) =>
          builder.choose(scope, op, all[from] ?? '', (own, inner, x) => operation(builder, own, inner, x)),
        ({ from }) => `state${from}`,
      );
      last = builder.repeat('list', p.list, last, (i, x, op) =>
        builder.choose(`list/${i}`, op ?? 'skip', x, (own, scope, y) => operation(builder, own, scope, y)),
      );
      last = builder.choose('excite', p.excite, last, (yes, scope, x) =>
        yes ? builder.node(`${scope}/squeezeExcite`, 'squeezeExcite', x, { units: 2 }) : x,
      );
      last = builder.node('pool', 'globalAveragePooling', last, {});
      return builder.buildWithChoices([builder.node('logits', 'dense', last, { units: 3 })]);
    };
    expectSharedChildren(of, network, 20);
  });

  test('nasBench201, by operations', () => {
    const network = (program: unknown): unknown =>
      buildWithChoices({
        builder: 'nasBench201',
        ...image,
        channels: 2,
        cellsPerStage: 1,
        cell: program,
        branchNames: true,
      });
    expectSharedChildren(nasBench201Cell, network);
    const { supernetwork, choices } = shared(nasBench201Cell, network);
    expect(choices.map(({ name, outcomes }) => [name, outcomes])).toEqual(
      Array.from({ length: 6 }, (_none, i) => [`[${i}]`, 5]),
    );
    // Without the names of branches a plain cell is what it has always been.
    const cell = [
      'nor_conv_3x3',
      'none',
      'skip_connect',
      'nor_conv_1x1',
      'avg_pool_3x3',
      'nor_conv_3x3',
    ] as const;
    const plain = buildNetwork({ builder: 'nasBench201', ...image, channels: 2, cellsPerStage: 1, cell });
    expect(plain.nodes.some(({ name }) => name === 'stage1/cell1/edge0-1/convolution')).toBe(true);
    const child = childNetwork(supernetwork, [3, 0, 1, 2, 4, 3]);
    expect(canonicalGraph(child)).toEqual(canonicalGraph(plain));
  });

  test('darts, by points of its cells', () => {
    const network = (program: unknown): unknown =>
      buildWithChoices({
        builder: 'darts',
        ...image,
        channels: 2,
        cells: 3,
        dropPath: 0.2,
        ...(program as object),
      });
    expectSharedChildren(dartsCells, network, 6);
    for (let seed = 0; seed < 6; seed++) {
      const point = decode(dartsCells, sample(dartsCells, rngFromSeed(seed))) as {
        readonly [cell in 'normal' | 'reduction']: Readonly<Record<string, readonly DartsPick[]>>;
      };
      const byEdges = buildNetwork({
        builder: 'darts',
        ...image,
        channels: 2,
        cells: 3,
        dropPath: 0.2,
        ...dartsGenotype(point as Parameters<typeof dartsGenotype>[0]),
      });
      expect(canonicalGraph(network(point) as NetworkGraph)).toEqual(canonicalGraph(byEdges));
    }
  });

  test('darts with partial channels, which pass by the operations of an edge', () => {
    const network = (program: unknown): unknown =>
      buildWithChoices({
        ...{ builder: 'darts', ...image, channels: 4, cells: 3, partialChannels: 2, form: 'search' },
        ...(program as object),
      });
    expectSharedChildren(dartsCells, network, 4);
    const point = decode(dartsCells, sample(dartsCells, rngFromSeed(1))) as Parameters<
      typeof dartsGenotype
    >[0];
    const shapes = inferShapes(parseNetworkGraph(network(point)));
    expect([...shapes].filter(([name]) => name.endsWith('/part')).map(([, shape]) => shape.at(-1))).toEqual(
      [2, 4, 8].flatMap((width) => Array.from({ length: 8 }, () => width)),
    );
    expect([...shapes].filter(([name]) => name.endsWith('/restPooling')).length).toBeGreaterThan(0);
    const edges = { ...dartsGenotype(point), partialChannels: 2 };
    expect(() => network(edges)).toThrow('"partialChannels" is for searching');
    expect(() => network({ ...point, partialChannels: 3 })).toThrow('must divide the 4 channels');
  });

  test('mobileNet, by kernel, expansion, depth and excitation', () => {
    const stage = (strideTwo: boolean) =>
      object({
        kernel: oneOf([3, 5]),
        expansion: oneOf([1, 2]),
        depth: strideTwo ? oneOf([1, 2]) : oneOf([1, 3]),
        squeezeExcitation: bool(),
      });
    const of = space({ stages: [stage(false), stage(true)] });
    const network = (program: unknown): unknown =>
      buildWithChoices({
        builder: 'mobileNet',
        ...image,
        baseWidths: [2, 4],
        branchNames: true,
        ...(program as object),
      });
    expectSharedChildren(of, network);
    const { child } = shared(of, network);
    const genome = [1, 1, 1, 1, 0, 0, 0, 0];
    const plain = buildWithChoices({
      builder: 'mobileNet',
      ...image,
      baseWidths: [2, 4],
      ...(decode(of, genome) as object),
    }) as NetworkGraph;
    expect(canonicalGraph(child(genome))).toEqual(canonicalGraph(plain));
  });
});

describe('choices', () => {
  const of = space({ outer: oneOf(['conv3', { inner: ops }]), again: ops });
  const network = (program: unknown): unknown => {
    const p = program as { readonly outer: Op | { readonly inner: Op }; readonly again: Op };
    const builder = new NetworkBuilder();
    let last = conv(builder, 'stem', builder.input('input', [8, 8, 2]), 3);
    last = builder.choose(
      'outer',
      p.outer,
      last,
      (option, scope, x) =>
        typeof option === 'string'
          ? operation(builder, option, scope, x)
          : builder.choose(`${scope}/op`, option.inner, x, (op, inner, y) =>
              operation(builder, op, inner, y),
            ),
      (option) => (typeof option === 'string' ? option : 'deep'),
    );
    for (const place of ['a', 'b'])
      last = builder.choose(place, p.again, last, (op, scope, x) => operation(builder, op, scope, x));
    last = builder.node('pool', 'globalAveragePooling', last, {});
    return builder.buildWithChoices([builder.node('logits', 'dense', last, { units: 3 })]);
  };
  const { supernetwork, choices, child, pathFor } = shared(of, network);

  test('tell their outcomes and the branches in which they are read', () => {
    expect(choices).toEqual([
      { name: 'outer', outcomes: 2, allowed: [0, 1], together: ['outer'], under: [[]] },
      {
        name: 'outer[=1/2].inner',
        outcomes: 3,
        allowed: [0, 1, 2],
        together: ['outer[=1/2].inner'],
        under: [[{ kind: 'outcome', choice: 'outer', outcomes: [1] }]],
      },
      { name: 'again', outcomes: 3, allowed: [0, 1, 2], together: ['again'], under: [[]] },
    ]);
    expect(activeChoices(choices, [0, 0, 1])).toEqual([true, false, true]);
    expect(activeChoices(choices, [1, 2, 1])).toEqual([true, true, true]);
    expect([...pathFor([1, 2, 0])]).toEqual([1, 2, 0]);
  });

  test('are read again from JSON', () => {
    const json: unknown = JSON.parse(JSON.stringify(supernetwork));
    expect(parseSupernetwork(json)).toEqual(supernetwork);
  });

  test('a restriction keeps names and numbers, and drops what only other children need', () => {
    const less = restrict(supernetwork, { outer: [1], again: [0, 2] });
    expect(choicesOf(less).map(({ name, allowed }) => [name, allowed])).toEqual([
      ['outer', [1]],
      ['outer[=1/2].inner', [0, 1, 2]],
      ['again', [0, 2]],
    ]);
    // A choice of one branch is no condition any more.
    expect(choicesOf(less)[1]?.under).toEqual([[]]);
    for (const path of [
      [1, 0, 0],
      [1, 2, 2],
      [1, 1, 0],
    ])
      expect(childNetwork(less, path)).toEqual(childNetwork(supernetwork, path));
    expect(() => childNetwork(less, [0, 0, 0])).toThrow('the choice "outer" has no branch 0; it has 1.');
    const names = supernetworkParameters(less).map(({ parameter }) => parameter.name);
    expect(names).not.toContain('outer/conv3/convolution/kernel');
    expect(names).not.toContain('a/conv3/convolution/kernel');
    expect(names).toContain('outer/deep/op/conv3/convolution/kernel');
    expect(() => restrict(supernetwork, { none: [0] })).toThrow('the supernetwork has no choice "none".');
    expect(() => restrict(supernetwork, { again: [3] })).toThrow('the choice "again" has no branch 3');
    expect(() => restrict(supernetwork, { again: [] })).toThrow('no branch of the choice "again" is left.');
  });

  test('a child has the costs of its branches', () => {
    expect(networkCost(child([0, 2])).parameters).toBeLessThan(networkCost(child([0, 1])).parameters);
  });

  test.each([
    [[0, 0], 'a path of 2 outcomes was given, but the supernetwork has 3 choices.'],
    [[0, 0, 3], 'the choice "again" has no branch 3; it has 0, 1, 2.'],
    [[1, -1, 0], 'the choice "outer[=1/2].inner" has no branch -1'],
  ])('refuse the path %j', (path, message) => {
    expect(() => childNetwork(supernetwork, path)).toThrow(message);
  });
});

describe('refused before any training', () => {
  const start = (): readonly [NetworkBuilder, string] => {
    const builder = new NetworkBuilder();
    return [builder, builder.input('input', [8, 8, 2])];
  };
  const finish = (builder: NetworkBuilder, last: string) =>
    builder.buildWithChoices([
      builder.node('logits', 'dense', builder.node('pool', 'globalAveragePooling', last, {}), { units: 3 }),
    ]);
  const programOf = <P>(of: Space): P => withChoices(superNet(of, everything, { picks: 'all' }).program) as P;

  test.each<[string, (width: number) => unknown]>([
    ['a width', (filters) => conv(start()[0], 'a', 'input', 3, filters)],
    ['arithmetic', (width) => width * 2],
    ['a name', (width) => `block${width}`],
    ['a member', (width) => (width as unknown as { readonly more: number }).more],
    ['a copy', (width) => ({ ...(width as unknown as object) })],
  ])('%s that a choice would decide', (_name, use) => {
    const { width } = programOf<{ readonly width: number }>({ width: oneOf([4, 8]) });
    const [builder, input] = start();
    expect(() => {
      use(width);
      finish(builder, builder.node('a', 'convolution', input, { filters: width, kernel: [3, 3] }));
    }).toThrow(`"width" decides a tensor's size: make it branches with choose, or leave it out with where.`);
  });

  test('numbers that are no branches', () => {
    const { width } = programOf<{ readonly width: number }>({ width: int(1, 4) });
    const [builder, input] = start();
    const build = () =>
      finish(builder, builder.node('a', 'convolution', input, { filters: width, kernel: [3, 3] }));
    expect(build).toThrow(`"width" decides a tensor's size`);
  });

  test('a builder of widths', () => {
    const program = programOf<object>({
      stages: [{ kernel: 3, expansion: 1, depth: 1, width: oneOf([0.5, 1]) }],
    });
    const build = () => buildWithChoices({ builder: 'mobileNet', ...image, ...program });
    expect(build).toThrow(`"stages[0].width" decides a tensor's size`);
  });

  test('branches of several shapes', () => {
    const { width } = programOf<{ readonly width: number | Choice<number> }>({ width: oneOf([4, 8]) });
    const [builder, input] = start();
    const last = builder.choose('a', width, input, (own, scope, x) => conv(builder, scope, x, 3, own));
    expect(() => finish(builder, last)).toThrow(
      'node "a": the branches of the choice have different shapes (branch 0: 8 × 8 × 4, branch 1: 8 × 8 × 8): let all of them end in one shape.',
    );
  });

  test('a choice where one network is needed', () => {
    const { op } = programOf<{ readonly op: Op | Choice<Op> }>({ op: ops });
    const [builder, input] = start();
    const last = builder.choose('a', op, conv(builder, 'stem', input, 3), (own, scope, x) =>
      operation(builder, own, scope, x),
    );
    expect(() => builder.build([last])).toThrow('"op" is a choice, so this is no single network');
    const cell = programOf<never>(nasBench201Cell);
    const build = () => buildNetwork({ builder: 'nasBench201', ...image, cell });
    expect(build).toThrow(
      'buildNetwork: a parameter is a choice, which makes a supernetwork: use buildWithChoices.',
    );
  });

  test('decisions that the network function does not ask for', () => {
    const net = superNet({ op: ops, other: ops }, everything);
    const network = (program: unknown): unknown => {
      const p = program as { readonly op: Op | Choice<Op>; readonly other: Op | Choice<Op> };
      const [builder, input] = start();
      const stem = conv(builder, 'stem', input, p.other === 'conv3' ? 3 : 1);
      return finish(
        builder,
        builder.choose('a', p.op, stem, (own, scope, x) => operation(builder, own, scope, x)),
      );
    };
    expect(() => supernetworkOf(net, network)).toThrow(
      'the network function never asked choose, repeat, sum or terms for "other": make it branches, or leave it out with where.',
    );
    expect(() => supernetworkOf(net, () => ({}))).toThrow('the network function made no supernetwork');
  });

  test('options without names, picks one by one, and steps that are no numbers', () => {
    const [builder, input] = start();
    const write = () => input;
    expect(() => builder.choose('a', { own: 1 }, input, write)).toThrow(
      'the option {"own":1} has no name of its own',
    );
    const net = superNet({ m: manyOf(2, ['a', 'b', 'c']) }, everything);
    const { m } = withChoices(net.program) as { readonly m: readonly string[] };
    expect(() => builder.sum('a', m, input, write)).toThrow("make the supernet with picks: 'all'");
    expect(() => builder.sum('a', [], input, write)).toThrow('nothing is picked.');
    const { n } = programOf<{ readonly n: Choice<number> }>({ n: oneOf([1, 1.5]) });
    expect(() => builder.repeat('r', n, input, write)).toThrow('repeat "r": 1.5 is no number of steps.');
  });

  const zero = { name: 'a', op: 'identity', inputs: ['input'] };
  const parsed = (nodes: unknown, outputs = ['end']): Supernetwork =>
    parseSupernetwork({
      format: 'duramen-supernetwork/1',
      inputs: { input: { shape: [4] } },
      nodes,
      outputs,
    });
  const choice = (more: object) => ({ name: 'end', op: 'choice', choice: 'c', branchOf: [0, 1], ...more });
  const branch = (output: string, ...nodes: readonly unknown[]) => ({ nodes, output });

  test.each<[string, unknown, string]>([
    [
      'nodes of another branch',
      [choice({ branches: [branch('a', zero), branch('a')] })],
      'the output "a" of branch 1 is no node that the branch can see.',
    ],
    [
      'names used twice',
      [choice({ branches: [branch('a', zero), branch('a', zero)] })],
      'node "a": another node or an input has the same name; rename one.',
    ],
    [
      'nodes after those that read them',
      [{ ...zero, name: 'end', inputs: ['a'] }, zero],
      'node "end": its input "a" is neither an input nor a node before it',
    ],
    [
      'nodes without a reader',
      [choice({ branches: [branch('input'), branch('input', zero)] })],
      'node "a": no output of any child depends on it',
    ],
    [
      'outcomes without a branch of their own',
      [choice({ branchOf: [0, 0], branches: [branch('input'), branch('input')] })],
      'must give each outcome the number of a branch',
    ],
    [
      'a choice in its own branch',
      [
        choice({
          branches: [
            branch('b', { ...choice({ branches: [branch('input'), branch('input')] }), name: 'b' }),
            branch('input'),
          ],
        }),
      ],
      'node "b": the choice "c" stands in one of its own branches.',
    ],
    [
      'one decision read in two ways',
      [
        { ...choice({ branches: [branch('input'), branch('input')] }), name: 'b' },
        { name: 'end', op: 'sumChoice', choices: ['c'], branches: [branch('b'), branch('input')] },
      ],
      'node "end": it reads the choice "c" as a sum of 1 of 2, another node as one of 2: read a choice in one way.',
    ],
    [
      'sums of too few',
      [{ name: 'end', op: 'sumChoice', choices: ['c', 'd'], branches: [branch('input'), null] }],
      'node "end": the sum has fewer candidates than picks.',
    ],
  ])('%s', (_name, nodes, message) => {
    expect(() => parsed(nodes)).toThrow(message);
  });

  test('one candidate picked twice', () => {
    const sum = {
      name: 'end',
      op: 'sumChoice',
      choices: ['c', 'd'],
      branches: [branch('input'), branch('a', zero)],
    };
    expect(() => childNetwork(parsed([sum]), [1, 1])).toThrow('the choices c, d pick one candidate twice.');
    expect(childNetwork(parsed([sum]), [1, 0]).nodes.map(({ name, op }) => [name, op])).toEqual([
      ['a', 'identity'],
      ['end', 'add'],
    ]);
  });
});

test('random masks keep the children that they allow', () => {
  const net = superNet(nasBench201Cell, everything);
  const supernetwork = supernetworkOf(net, (program) =>
    buildWithChoices({ builder: 'nasBench201', ...image, channels: 2, cellsPerStage: 1, cell: program }),
  );
  expect(isSupernetwork(supernetwork)).toBe(true);
  const mask = fc.array(fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(mask, fc.nat(), (lists, place) => {
      const less = restrict(supernetwork, Object.fromEntries(lists.map((list, i) => [`[${i}]`, list])));
      const path = lists.map((list, i) => list[(place + i) % list.length] ?? 0);
      expect(childNetwork(less, path)).toEqual(childNetwork(supernetwork, path));
    }),
    { numRuns: 20 },
  );
});
