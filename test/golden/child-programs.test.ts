import { describe, expect, test } from 'vitest';
import programToSpace from '../../examples/program-to-space/program-to-space.search.js';
import { acceleratorSpace } from '../../hardware/index.js';
import type { Json } from '../../foundation/json/index.js';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import {
  applyRules,
  at,
  autoAugment,
  autoAugmentHeads,
  childOf,
  constant,
  countFeasible,
  crossover,
  dartsCell,
  dartsCells,
  decode,
  defineRule,
  derive,
  derived,
  encode,
  enasMacro,
  enasMicro,
  fcNet,
  first,
  frozen,
  genomeKey,
  grid,
  hpoBench,
  indexOf,
  insert,
  int,
  jahsSpace,
  join,
  last,
  listOf,
  manyOf,
  maskOf,
  mobileNet,
  mobileNetHeads,
  mutate,
  nasBench101,
  nasBench201Cell,
  nasBenchMacro,
  natsSizeSpace,
  neighbours,
  next,
  oneOf,
  optional,
  part,
  points,
  remove,
  rewrite,
  ruleBook,
  run,
  sample,
  set,
  settingOf,
  size,
  smallMobileNetHeads,
  space,
  spaceHash,
  superNet,
  toDict,
  toTree,
  trace,
  trainingHeads,
  trivialAugment,
  trivialAugmentHeads,
  valueHash,
  viewHash,
  type CrossoverOperator,
  type Genome,
  type Pick,
  type Space,
} from '../../search-spaces/index.js';
import { GoldenRecord, hashOf, outcomeOf, plain } from './golden.js';
import { agentSpace, conditionalSpace, constrainedSpace } from './search-cases.js';

const golden = GoldenRecord.open('child-programs');

const network = {
  $call: 'chain',
  of: [
    { $call: 'conv', filters: 8, activation: 'relu' },
    { $call: 'conv', filters: 16, activation: 'relu' },
    { $call: 'dense', units: 10 },
  ],
  rate: 0.1,
};

const halved = oneOf([{ $expr: ['/', ['old'], 2] }, { $expr: ['old'] }, { $expr: ['*', ['old'], 2] }]);
const wider = defineRule('wider', { factor: int(2, 8) }, () => [
  { match: { key: 'filters' }, with: { $expr: ['*', ['old'], ['param', 'factor']] } },
]);

/** Code whose choices become a space. */
const picking = (pick: Pick): Json => ({
  depth: pick.oneOf('kind', [
    'flat',
    () => pick.listOf('layers', { min: 0, max: 2 }, () => pick.int('width', 1, 4)),
  ]),
  shared: [pick.bool('flag'), pick.bool('flag')],
  extra: pick.optional('extra', () => pick.float('rate', 0, 1)),
});

/** Calls of every kind of decision, as supernets take them. */
const layers = space({
  $call: 'chain',
  of: [
    oneOf([
      { $call: 'dense', role: 'a', scale: int(1, 3) },
      { $call: 'dense', role: 'b', inner: oneOf([{ $call: 'dense', role: 'c' }, null]) },
    ]),
    manyOf(2, [
      { $call: 'dense', role: 'd' },
      { $call: 'dense', role: 'e' },
      { $call: 'dense', role: 'f' },
    ]),
    listOf(optional({ $call: 'dense', role: 'g' }), { min: 0, max: 2 }),
    { $call: 'dense', role: 'h', scale: derived(['*', 2, ['path', 'more.width']]) },
  ],
  more: { width: int(1, 2, { tags: ['width'] }) },
});

const { latencyModel: _latencyModel, ...firstAccelerators } = acceleratorSpace;
const acceleratorsOfTheFirstLatencyModel = space(firstAccelerators);

const spaces: Readonly<Record<string, Space>> = {
  // As definitions hold it that were stored before there were two latency models.
  acceleratorSpace: acceleratorsOfTheFirstLatencyModel,
  'acceleratorSpace of latency model 2': acceleratorSpace,
  agentSpace,
  'autoAugment of 2': autoAugment(2),
  'autoAugmentHeads of 2': autoAugmentHeads(2),
  conditionalSpace,
  constrainedSpace,
  dartsCell,
  dartsCells,
  'enasMacro of 4': enasMacro(4),
  enasMicro: enasMicro(),
  fcNet,
  'frozen and constant': space({ kept: frozen(int(1, 3)), value: constant({ a: [1] }), free: int(0, 5) }),
  hpoBench,
  jahsSpace,
  layers,
  mobileNet,
  mobileNetHeads,
  nasBench101,
  nasBench201Cell,
  nasBenchMacro,
  natsSizeSpace,
  'picks of running code': trace(picking).space,
  'program with rules': applyRules(
    rewrite(network, [{ match: { key: 'activation' }, with: oneOf(['relu', 'tanh']) }]),
    ['wider?factor=3'],
    ruleBook([wider]),
  ),
  'program to space': (programToSpace.options as { readonly space: Space }).space,
  'rewritten program': rewrite(network, [{ match: { member: ['conv', 'filters'] }, with: halved }]),
  smallMobileNetHeads,
  trainingHeads,
  trivialAugment,
  trivialAugmentHeads,
};

const seeds = [0, 1, 2, 3, 4, 5];
const stream = (...path: readonly (string | number)[]): RandomStream =>
  new RandomStream(path.reduce(fork, rngFromSeed('golden')));

function samples(of: Space): readonly Genome[] {
  return seeds.map((seed) => sample(of, stream('sample', seed)));
}

const crossovers: readonly CrossoverOperator[] = [
  { operator: 'uniform' },
  { operator: 'sample', weights: [1, 3] },
  { operator: 'average' },
  { operator: 'weightedAverage', weights: [1, 2], space: 'value' },
  { operator: 'kPoint', k: 2 },
  { operator: 'segmented', cuts: [1] },
  { operator: 'pmx' },
  { operator: 'order' },
  { operator: 'cycle' },
];

/** A point without the marks of ordered choices: no identity of a space or a search has them. */
function withoutOrder(point: object): unknown {
  return JSON.parse(JSON.stringify(point, (key, value: unknown) => (key === 'ordered' ? undefined : value)));
}

describe.each(Object.entries(spaces))('%s', (name, of) => {
  const genomes = samples(of);

  test('the space and the children of some genomes', () => {
    const children = genomes.map((genome) => plain(decode(of, genome)));
    const text = JSON.stringify(children[0]);
    golden.check(`${name}: children`, {
      spaceHash: spaceHash(of),
      viewHash: viewHash(of),
      size: String(size(of)),
      genomes,
      keys: hashOf(genomes.map((genome) => genomeKey(of, genome))),
      // The order of keys is that of the space; a canonical hash would not see it.
      children: children.map((child) => valueHash(child)),
      texts: hashOf(children.map((child) => JSON.stringify(child))),
      first: text.length <= 400 ? text : `${text.slice(0, 400)}…`,
    });
  });

  test('dictionaries, trees and points', () => {
    const [genome = []] = genomes;
    const forms = (['byId', 'collapsed', 'withInactive', 'byName'] as const).flatMap((form) =>
      (['number', 'literal', 'label'] as const).map((values) => ({ form, values })),
    );
    golden.check(`${name}: dictionaries`, {
      dictionaries: Object.fromEntries(
        forms.map((form) => [
          `${form.form}, ${form.values}`,
          outcomeOf(() => hashOf(genomes.map((one) => toDict(of, one, form)))),
        ]),
      ),
      first: Object.fromEntries(
        Object.entries(outcomeOf(() => toDict(of, genome, { values: 'label' }))).slice(0, 8),
      ),
      points: hashOf(points(of).map(withoutOrder)),
      trees: hashOf(genomes.map((one) => toTree(of, one))),
    });
  });

  test('variation and enumeration', () => {
    const [one = [], two = [], ...others] = genomes;
    const mutants = (['local', 'resample', 'swap'] as const).map((operator) => {
      const source = stream('mutate', operator);
      return genomes.map((genome) => {
        const chain = [genome];
        for (let step = 0; step < 8; step += 1)
          chain.push(mutate(of, chain.at(-1) ?? genome, source, operator));
        return chain;
      });
    });
    const walked = outcomeOf(() => {
      const found: Genome[] = [first(of)];
      while (found.length < 60) {
        const following = next(of, found.at(-1) ?? []);
        if (following === null) break;
        found.push(following);
      }
      return hashOf([found, last(of)]);
    });
    const near: Genome[] = [];
    for (const neighbour of neighbours(of, one)) if (near.push(neighbour) >= 100) break;
    golden.check(`${name}: variation`, {
      mutants: mutants.map(hashOf),
      crossovers: Object.fromEntries(
        crossovers.map((operator) => [
          operator.operator,
          outcomeOf(() =>
            hashOf(
              [two, ...others].map((mate) =>
                crossover(of, [one, mate], stream('cross', operator.operator), operator),
              ),
            ),
          ),
        ]),
      ),
      encoded: outcomeOf(() => hashOf(genomes.map((genome) => encode(of, decode(of, genome))))),
      feasible: outcomeOf(() => countFeasible(of, 500)),
      grid: outcomeOf(() => String(size(grid(of, { points: 3 })))),
      neighbours: hashOf(near),
      ranks: outcomeOf(() =>
        hashOf(genomes.map((genome) => [indexOf(of, genome), at(of, indexOf(of, genome))])),
      ),
      walked,
    });
  });
});

describe('programs', () => {
  test('edits of a program', () => {
    golden.check('edits', {
      set: set(network, { 'of[0].filters': 9, 'of[3]': 'end' }),
      insert: insert(network, { 'of[1]': { $call: 'pool' } }),
      remove: remove(network, ['of[1]', 'rate']),
      ruled: applyRules(network, ['wider?factor=2'], ruleBook([wider])),
    });
  });

  test('running code with a genome', () => {
    const traced = trace(picking);
    golden.check('running code', {
      first: traced.first,
      runs: samples(traced.space).map((genome) => run(picking, traced.space, genome)),
    });
  });

  test('a part of a space and the rest', () => {
    const where = { tag: 'width' };
    const own = part(layers, where);
    const rest = part(layers, { not: where });
    golden.check('parts', {
      own: spaceHash(own),
      rest: spaceHash(rest),
      joined: seeds.map((seed) =>
        join(layers, where, sample(own, stream('own', seed)), sample(rest, stream('rest', seed))),
      ),
    });
  });
});

describe.each([
  ['layers', layers, ['dense']],
  ['rewritten program', spaces['rewritten program'] ?? null, ['conv']],
  ['nasBench201Cell', nasBench201Cell, []],
  ['enasMacro of 4', enasMacro(4), []],
  ['conditionalSpace', conditionalSpace, []],
] as const)('the supernet of %s', (name, of, keyed) => {
  test.each([
    ['switch', 'perPick'],
    ['switch', 'acrossPicks'],
    ['mix', 'perPick'],
  ] as const)('%s, %s', (mode, share) => {
    const net = superNet(of, () => true, { keyed, mode, share });
    const genomes = samples(net.space);
    const text = JSON.stringify(childOf(net, genomes[0] ?? []));
    golden.check(`supernet of ${name}, ${mode}, ${share}`, {
      program: hashOf(net.program),
      programText: hashOf(JSON.stringify(net.program)),
      controls: viewHash(net.controls),
      children: genomes.map((genome) => hashOf(childOf(net, genome))),
      first: text.length <= 300 ? text : `${text.slice(0, 300)}…`,
      masks: genomes.map((genome) => hashOf(maskOf(net, genome))),
      settings: genomes.map((genome) => hashOf(settingOf(net, genome))),
      derived: genomes.map((genome) => derive(net, maskOf(net, genome))),
    });
  });
});

test('every record has a test', () => {
  expect(golden.unchecked).toEqual([]);
});
