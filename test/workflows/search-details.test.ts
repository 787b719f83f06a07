import { expect, test } from 'vitest';
import {
  controller,
  dedupe,
  learnedPaths,
  ma2ml,
  random,
  reinforce,
  type AlgorithmReference,
} from '../../algorithms/index.js';
import { float, int, listOf, oneOf, space, type Space } from '../../search-spaces/index.js';
import { defineSearch, level, planSearch, SearchLoop, toDefinition } from '../../searches/index.js';
import { searchDetails } from '../../workflows/search-details.js';

function loopOf(algorithm: AlgorithmReference, searched: Space, trials: number): SearchLoop {
  const search = defineSearch({
    name: 'shown',
    levels: [
      level({
        name: 'only',
        space: searched,
        metrics: { accuracy: 'maximize' },
        algorithm,
        budget: { trials: 1_000, concurrency: 1 },
        window: 1,
      }),
    ],
    evaluate: () => ({ accuracy: 1 }),
  });
  const definition = toDefinition(search, { hash: 'a'.repeat(64), packages: '' });
  const loop = SearchLoop.open(planSearch('shown', definition, 0, {}));
  const { computeUpdate } = loop.plan.algorithm;
  let bulk: Uint8Array | null = null;
  for (let done = 0; done < trials;) {
    const step = loop.step();
    if (step.kind === 'start') {
      const { index, genome, slice } = step.open.trial;
      const values =
        slice?.kind === 'score' ? Array.from({ length: slice.count }, () => 1 / (2 + index)) : [];
      const metrics = { accuracy: genome[0] === 1 ? 1 : 0 };
      loop.complete(index, { outcome: { kind: 'scored', metrics, values } });
      done += 1;
    } else if (step.kind === 'update' && computeUpdate !== undefined) {
      const computed = computeUpdate(bulk, step.request.input);
      bulk = computed.bulk;
      loop.applyUpdate({ bulk: 'bulk', output: computed.output });
    } else throw new Error(`the search stands still: ${step.kind}`);
  }
  return loop;
}

const detailsOf = (loop: SearchLoop): string => searchDetails(loop, 'running', 'default', false);
const tags = (tag: string): { readonly tags: readonly string[] } => ({ tags: [tag] });
const pipelines = space({
  flip: oneOf(['never', 'always'], tags('AUG')),
  cell: oneOf([{ op: 'conv', width: int(1, 3) }, 'skip'], tags('NAS')),
  rate: float(1e-4, 1e-1, { scale: 'log', ...tags('HPO') }),
});
const quick = { stepsPerRound: 5, hiddenUnits: 16, learningRate: 0.1 };

test('the agents of a search show names, probabilities, entropies and shares of the credit', () => {
  const details = detailsOf(loopOf(ma2ml(quick), pipelines, 41));
  expect(details).toContain('#### What ma2ml has learned');
  expect(details).toMatch(/round 5, results 40, without a score 0, above a cost target 0/);
  expect(details).toMatch(/\*\*AUG\*\*: entropy 0\.\d+, largest entropy 0\.6931, share of credit 0\.\d+/);
  // The options stand in the order of the space, the better one is the more probable.
  const [, never = '', always = ''] =
    /never \*\*([\d.]+) %\*\* · always \*\*([\d.]+) %\*\*/.exec(details) ?? [];
  expect(Number(always)).toBeGreaterThan(Number(never));
  expect(Number(always) + Number(never)).toBeCloseTo(100, 0);
  expect(details).toContain('{op: conv, width: …}');
  // Six levels of a rate: the four most probable ones.
  expect(details).toMatch(/rate\u2003 \| .*2 more/);
});

test('an algorithm inside another one shows, one with nothing to tell does not, and a warning is seen', () => {
  expect(detailsOf(loopOf(dedupe(reinforce({ batchSize: 2 })), pipelines, 4))).toContain('has learned');
  expect(detailsOf(loopOf(random(), pipelines, 4))).not.toContain('has learned');
  const equal = space({
    a: oneOf([2], tags('AUG')),
    b: oneOf([1], tags('NAS')),
    c: oneOf([1], tags('HPO')),
  });
  const flat = detailsOf(loopOf(ma2ml(quick), equal, 3)).replaceAll('\\', '');
  expect(flat).toMatch(/All 2 rewards so far are 0: the agents have nothing to learn/);
});

test('many agents and decisions are cut short', () => {
  const agents = Array.from({ length: 40 }, (_, place) => ({ name: `agent${place}` }));
  const wide = space({
    first: oneOf([0, 1], tags('agent0')),
    ...Object.fromEntries(
      agents.map(({ name }) => [
        name,
        Array.from({ length: 20 }, () => oneOf(['x'.repeat(90), 'b', 'c', 'd', 'e', 'f'], tags(name))),
      ]),
    ),
    list: listOf(int(1, 5), { min: 0, max: 3, ...tags('agent1') }),
  });
  const algorithm = ma2ml({ variant: 'lite', agents, pipelinesPerRound: 2 });
  const details = detailsOf(loopOf(algorithm, wide, 2));
  expect(details).toContain('and 28 more');
  expect(details).toContain('and 9 more decisions');
  expect(details.length).toBeLessThan(40_000);
});

test('the epochs of a policy on shared weights are a table, the last ten of them', () => {
  const learning = learnedPaths(controller({ batchSize: 2, hiddenUnits: 4 }), {
    ...{ paths: 'policy', epochs: 40, scores: { perEpoch: 1 } },
  });
  // An epoch is a training, a batch of scores and the control; the next training shows that the last was told.
  const details = detailsOf(loopOf(learning, pipelines, 3 * 12 + 1)).split('\n');
  const head = details.findIndex((line) => line.startsWith('| epoch'));
  const rows = details.slice(head).map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  expect(rows[0]).toEqual(['epoch', 'reward', 'control', 'gain', 'entropy', 'KL']);
  const end = rows.findIndex((cells) => cells.length === 0);
  expect(rows.slice(2, end).map(([epoch]) => Number(epoch))).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const [, reward, control, gain, entropy, divergence] = rows[end - 1]?.map(Number) ?? [];
  // Trial 34 scores what the policy drew, trial 35 the control.
  expect([reward, control]).toEqual([Number((1 / 36).toPrecision(4)), Number((1 / 37).toPrecision(4))]);
  expect(gain).toBe(Number((Math.fround(1 / 36) - Math.fround(1 / 37)).toPrecision(4)));
  expect(entropy).toBeGreaterThan(0);
  expect(divergence).toBeGreaterThanOrEqual(0);
  expect(details.join('\n')).toContain('policy gain 0.0007');
});
