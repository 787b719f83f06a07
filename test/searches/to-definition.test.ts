import { describe, expect, test } from 'vitest';
import {
  byValue,
  dedupe,
  fromList,
  random,
  regularizedEvolution,
  stopEarly,
  successiveHalving,
  sweep,
} from '../../algorithms/index.js';
import { float, int, oneOf, space } from '../../search-spaces/index.js';
import { defineSearch, level } from '../../searches/search-files/define-search.js';
import type { Search } from '../../searches/search-files/define-search.js';
import { activity, command, workflow } from '../../searches/search-files/evaluators.js';
import { checkDefinition } from '../../searches/definition/definition-check.js';
import { compareBudgets, differences, identityOf } from '../../searches/definition/definition-comparison.js';
import { DefinitionError } from '../../searches/definition/definition-error.js';
import type { SearchDefinition } from '../../searches/definition/definition.js';
import { toDefinition } from '../../searches/search-files/to-definition.js';

const bundle = { hash: 'a'.repeat(64), packages: '' };
const plane = space({ x: float(0, 1), kind: oneOf(['a', 'b']) });
const flatOptions = {
  name: 'tune',
  space: plane,
  metrics: { loss: 'minimize', size: 'observe' },
  algorithm: random(),
  budget: { trials: 10 },
  evaluate: () => ({ loss: 1, size: 2 }),
} as const;
const outerOptions = {
  name: 'outer',
  space: space({ shape: oneOf(['cup', 'bowl']) }),
  metrics: { loss: 'minimize' },
  algorithm: sweep(),
  budget: {},
} as const;
const innerOptions = {
  ...outerOptions,
  name: 'inner',
  space: plane,
  algorithm: random(),
  budget: { trials: 5 },
} as const;

/** Options as a search file without types could give them. */
function untyped(options: object): Search {
  return { kind: 'duramen-search', options, functions: { measures: {} } };
}

function flat(changes: object): () => SearchDefinition {
  return () => toDefinition(untyped({ ...flatOptions, ...changes }), bundle);
}

function nested(outer: object, inner: object = {}, whole: object = {}): () => SearchDefinition {
  const levels = [
    { kind: 'duramen-level', options: { ...outerOptions, ...outer } },
    { kind: 'duramen-level', options: { ...innerOptions, ...inner } },
  ];
  return () =>
    toDefinition(untyped({ name: 'both', levels, evaluate: flatOptions.evaluate, ...whole }), bundle);
}

describe('a definition', () => {
  test('has all defaults filled in', () => {
    expect(toDefinition(defineSearch(flatOptions), bundle)).toEqual({
      format: 'duramen-search/1',
      name: 'tune',
      seed: 0,
      levels: [
        {
          name: 'tune',
          space: plane,
          metrics: [
            { name: 'loss', goal: 'minimize' },
            { name: 'size', goal: 'observe' },
          ],
          algorithm: random(),
          order: 'in-order',
          window: 16,
          budget: { trials: 10 },
          concurrency: 4,
          retries: 1,
          failurePolicy: {
            OutOfMemory: 'infeasible',
            Diverged: 'infeasible',
            InvalidArchitecture: 'infeasible',
            BadInput: 'stop',
            Timeout: 'infeasible',
            Bug: 'stop',
          },
          timeout: {},
          initial: [],
          dependsOn: [],
          resources: { cpu: 1, gpu: 0 },
        },
      ],
      evaluator: { kind: 'function', bundle: bundle.hash, packages: '', light: false, pure: false },
      tags: [],
    });
  });

  test('takes every option', () => {
    const definition = toDefinition(
      defineSearch({
        ...flatOptions,
        constraints: { size: { atMost: 100 } },
        objective: { maximize: ['-', 0, ['path', 'loss']] },
        budget: {
          trials: 10,
          scored: 8,
          cost: 1.5,
          duration: '12h',
          target: { metric: 'objective', value: -0.1 },
          concurrency: 2,
        },
        order: 'as-completed',
        window: 4,
        retries: 3,
        failurePolicy: { Bug: 'infeasible' },
        timeout: { attempt: '10m', trial: 5000 },
        resources: { cpu: 2, memory: '2GB', queue: 'big' },
        initial: [{ x: 0.5, kind: 'b' }],
        light: true,
        pure: true,
        seed: 'seven',
        tags: ['first'],
      }),
      bundle,
    );
    expect(definition.seed).toBe('seven');
    expect(definition.tags).toEqual(['first']);
    expect(definition.evaluator).toMatchObject({ light: true, pure: true });
    expect(definition.levels[0]).toMatchObject({
      metrics: [
        { name: 'loss', goal: 'minimize' },
        { name: 'size', goal: 'observe', atMost: 100 },
      ],
      objective: { goal: 'maximize', expression: ['-', 0, ['path', 'loss']] },
      budget: {
        trials: 10,
        scored: 8,
        cost: 1.5,
        duration: 43_200_000,
        target: { metric: 'objective', value: -0.1 },
      },
      concurrency: 2,
      order: 'as-completed',
      timeout: { attempt: 600_000, trial: 5000 },
      resources: { cpu: 2, gpu: 0, memoryMegabytes: 2000, queue: 'big' },
      failurePolicy: { Bug: 'infeasible', BadInput: 'stop' },
      initial: [[0.5, 1]],
    });
  });

  test('of levels knows what each depends on and keeps its measure', () => {
    const search = defineSearch({
      name: 'both',
      levels: [
        level({
          ...outerOptions,
          metrics: { loss: 'minimize', latency: 'observe' },
          measure: () => ({ latency: 1 }),
        }),
        level(innerOptions),
      ],
      evaluate: activity('train', { epochs: 3 }, { taskQueue: 'gpu' }),
    });
    expect(Object.keys(search.functions.measures)).toEqual(['outer']);
    const definition = toDefinition(search, bundle);
    expect(definition.levels.map(({ dependsOn }) => dependsOn)).toEqual([[], ['outer']]);
    expect(definition.levels[0]?.measure).toMatchObject({ kind: 'function', bundle: bundle.hash });
    expect(definition.evaluator).toEqual({
      kind: 'activity',
      name: 'train',
      arguments: { epochs: 3 },
      taskQueue: 'gpu',
      pure: false,
    });
  });

  const halving = successiveHalving({ minimumSteps: 1, maximumSteps: 9 });
  const promotions = { continuations: 'pass', remember: 100 } as const;
  const promoting = dedupe(halving, promotions);
  test.each([
    ['successive halving, which promotes as trials complete', halving, 'as-completed'],
    ['a wrapper that lets its promotions pass', promoting, 'as-completed'],
    ['wrappers of that', dedupe(promoting, promotions), 'as-completed'],
    ['a wrapper that would drop its promotions', dedupe(halving), 'in-order'],
    ['random search', random(), 'in-order'],
    ['random search, stopped early', stopEarly(random(), byValue([[1, 0]])), 'in-order'],
  ])('without an order, tells in the natural one: %s', (_what, algorithm, order) => {
    expect(toDefinition(defineSearch({ ...flatOptions, algorithm }), bundle).levels[0]?.order).toBe(order);
  });

  test.each([
    ['a sweep', sweep()],
    ['a sweep, deduplicated', dedupe(sweep())],
    ['a sweep, stopped early', stopEarly(sweep(), byValue([[1, 0]]))],
    ['both', stopEarly(dedupe(sweep()), byValue([[1, 0]]))],
    ['a list of points', fromList([[0], [1]])],
  ])('needs no budget where the algorithm ends by itself: %s', (_what, algorithm) => {
    const options = { ...outerOptions, evaluate: flatOptions.evaluate, algorithm };
    expect(toDefinition(defineSearch(options), bundle).levels[0]?.budget).toEqual({});
  });

  test.each([
    ['a flat search', flat({})],
    ['levels', nested({})],
    ['a command', flat({ evaluate: command('python3 train.py') })],
    ['a workflow', flat({ evaluate: workflow('train') })],
  ])('survives JSON and its own check: %s', (_what, make) => {
    const definition = make();
    expect(checkDefinition(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
  });
});

describe('bad input names its place', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a budget of 0',
      flat({ budget: { trials: 0 } }),
      'budget.trials: must be a whole number of at least 1, not 0.',
    ],
    [
      'half a trial',
      flat({ budget: { trials: 1.5 } }),
      'budget.trials: must be a whole number of at least 1, not 1.5.',
    ],
    ['no budget', flat({ budget: {} }), 'budget: give at least one of'],
    [
      'no budget for a wrapped algorithm that goes on for ever',
      flat({ budget: {}, algorithm: dedupe(random()) }),
      'budget: give at least one of',
    ],
    [
      'a wrapper around nothing',
      flat({ algorithm: { ...dedupe(random()), config: {} } }),
      "algorithm: 'algorithm' of dedupe must be an algorithm such as random(), it is missing.",
    ],
    [
      'a wrapper around an unknown algorithm',
      flat({ algorithm: dedupe({ ...random(), name: 'guess' }) }),
      "algorithm: there is no algorithm 'guess' version 1",
    ],
    ['a misspelt budget', flat({ budget: { trails: 3 } }), 'budget: has no field "trails"'],
    ['a cost of 0', flat({ budget: { cost: 0 } }), 'budget.cost: must be above 0'],
    [
      'a duration without unit',
      flat({ budget: { duration: '12' } }),
      'budget.duration: must be milliseconds or text',
    ],
    [
      'concurrency 0',
      flat({ budget: { trials: 1, concurrency: 0 } }),
      'concurrency: must be a whole number from 1',
    ],
    [
      'a window below the concurrency',
      flat({ window: 2 }),
      'window: the window (2) is below the concurrency (4)',
    ],
    [
      'an unknown target',
      flat({ budget: { target: { metric: 'f1', value: 1 } } }),
      'budget.target.metric: there is no metric "f1"',
    ],
    [
      'an observed target',
      flat({ budget: { target: { metric: 'size', value: 1 } } }),
      '"size" is only observed',
    ],
    [
      'an unknown constraint',
      flat({ constraints: { width: { atMost: 1 } } }),
      'constraints.width: there is no metric "width"',
    ],
    [
      'contradicting limits',
      flat({ constraints: { size: { atMost: 1, atLeast: 2 } } }),
      'metrics[1]: no value of "size"',
    ],
    [
      'an unknown metric in the objective',
      flat({ objective: { maximize: ['path', 'f1'] } }),
      'objective.expression: there is no metric "f1"',
    ],
    [
      'a broken objective',
      flat({ objective: { maximize: ['plus', 1, 2] } }),
      'objective.expression: bad_expr',
    ],
    [
      'two objectives',
      flat({ objective: { maximize: 1, minimize: 2 } }),
      'objective: give either maximize or minimize',
    ],
    ['no metrics', flat({ metrics: {} }), 'metrics: a level needs at least one metric.'],
    [
      'more metrics than pass through a search',
      flat({
        metrics: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`m${index}`, 'maximize'])),
      }),
      'metrics: 300 metrics with these names take up to 9490 bytes a trial, and at most 6000 pass through',
    ],
    ['only observed metrics', flat({ metrics: { size: 'observe' } }), 'metrics: at least one metric must be'],
    [
      'an unknown goal',
      flat({ metrics: { loss: 'min' } }),
      'metrics.loss: must be one of maximize, minimize, observe, not "min".',
    ],
    [
      'two metrics for evolution',
      flat({
        metrics: { a: 'maximize', b: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 5, tournamentSize: 2 }),
      }),
      'algorithm: regularizedEvolution needs exactly one metric',
    ],
    [
      'an unknown algorithm',
      flat({ algorithm: { name: 'magic', version: 1, config: {} } }),
      'algorithm: there is no algorithm',
    ],
    ['no algorithm', flat({ algorithm: undefined }), 'algorithm: must be an object, not undefined'],
    [
      'a bad configuration',
      flat({
        algorithm: {
          ...regularizedEvolution({ populationSize: 5, tournamentSize: 2 }),
          config: { populationSize: 0 },
        },
      }),
      'algorithm: ',
    ],
    ['an invalid space', flat({ space: { x: { $kind: 'int', min: 3, max: 1 } } }), 'space: min_above_max'],
    ['a space that is no data', flat({ space: () => 1 }), 'space: '],
    [
      'an initial point outside',
      flat({ initial: [{ x: 2, kind: 'a' }] }),
      'initial[0]: is not a point of the space',
    ],
    ['a name with a slash', flat({ name: 'a/b' }), 'name: "a/b" must be 1 to 100 letters'],
    ['a name with a leading dot', flat({ name: '.a' }), 'name: ".a"'],
    ['a misspelt option', flat({ metric: {} }), 'has no field "metric"'],
    ['no evaluate', flat({ evaluate: undefined }), 'evaluate: must be a function, command(…)'],
    ['a text as evaluate', flat({ evaluate: 'python' }), 'evaluate: must be a function, command(…)'],
    ['an empty command', flat({ evaluate: command('  ') }), 'evaluate.command: must not be empty.'],
    [
      'an unknown name in braces',
      flat({ evaluate: command('train --x {x} --y {y}') }),
      'evaluate: {y} in the command line names no parameter (there are x, kind): write {{y}}',
    ],
    [
      'a pattern that is no regular expression',
      flat({ evaluate: command('train', { metrics: 'loss: (' }) }),
      'evaluate.patterns: must be a regular expression',
    ],
    [
      'a pattern without a group',
      flat({ evaluate: command('train', { metrics: 'loss: .+' }) }),
      'evaluate.patterns: must have one group, around the number',
    ],
    [
      'patterns without the metric that is optimised',
      flat({ evaluate: command('train', { metrics: { size: 'size: (.+)' } }) }),
      'evaluate: there is no pattern for the metric "loss"',
    ],
    [
      'a pattern for no metric',
      flat({ evaluate: command('train', { metrics: { loss: 'loss: (.+)', l: 'l: (.+)' } }) }),
      'evaluate: there is a pattern for "l", which is no metric of the search.',
    ],
    [
      'names in braces in a measure',
      nested({ measure: command('measure {shape}') }),
      'levels[0].measure: the command of a measure reads its question as JSON',
    ],
    ['a light command', flat({ evaluate: command('x'), light: true }), 'light: only a function can be light'],
    [
      'arguments that are no JSON',
      flat({ evaluate: { ...activity('a'), arguments: { f: () => 1 } } }),
      'evaluate.arguments: must be plain JSON',
    ],
    [
      'an unknown failure class',
      flat({ failurePolicy: { Oops: 'stop' } }),
      'failurePolicy: has no field "Oops"',
    ],
    [
      'an unknown policy',
      flat({ failurePolicy: { Bug: 'ignore' } }),
      'failurePolicy.Bug: must be one of infeasible, stop',
    ],
    ['a negative timeout', flat({ timeout: { attempt: -1 } }), 'timeout.attempt: must be milliseconds'],
    ['memory without unit', flat({ resources: { memory: '2' } }), 'resources.memory: must be megabytes'],
    ['a negative seed', flat({ seed: -1 }), 'seed: must be a whole number of at least 0'],
    [
      'a measure on a flat search',
      flat({ measure: () => ({}) }),
      'measure: the innermost level has no inner search',
    ],
    [
      'a measure on the innermost level',
      nested({}, { measure: () => ({}) }),
      'levels[1].measure: the innermost level has no inner',
    ],
    ['two levels of one name', nested({ name: 'inner' }), 'levels[1].name: two levels are called "inner"'],
    [
      'a budget of 0 inside',
      nested({}, { budget: { trials: 0 } }),
      'levels[1].budget.trials: must be a whole number',
    ],
    [
      'an unknown outer level',
      nested({}, { dependsOn: ['other'] }),
      'levels[1].dependsOn[0]: "other" is not the name',
    ],
    [
      'a metric that the inner level lacks',
      nested({ metrics: { loss: 'minimize', latency: 'minimize' } }),
      'levels[0].metrics.latency: the inner level "inner" has no such metric',
    ],
    [
      'a front for an algorithm with one metric',
      nested(
        { algorithm: regularizedEvolution({ populationSize: 5, tournamentSize: 2 }), budget: { trials: 3 } },
        { metrics: { loss: 'minimize', size: 'minimize' } },
      ),
      'levels[0].algorithm: the inner level "inner" ends in a Pareto front',
    ],
    ['no levels', nested({}, {}, { levels: [] }), 'levels: a search needs at least one level.'],
    ['levels that are no array', nested({}, {}, { levels: 3 }), 'levels: must be an array, not 3.'],
    [
      'a level without level()',
      nested({}, {}, { levels: [innerOptions] }),
      'levels[0]: must be made by level({ … }).',
    ],
    ['a budget beside levels', nested({}, {}, { budget: { trials: 3 } }), 'has no field "budget"'],
    [
      'a closure in workflow code',
      () => toDefinition(defineSearch(flatOptions)),
      'evaluate: a function cannot travel',
    ],
    [
      'options that are none',
      () => toDefinition({ kind: 'duramen-search', options: null, functions: { measures: {} } }),
      'must be an object, not null.',
    ],
    [
      'a definition of another format',
      () => checkDefinition({ ...flat({})(), format: 'duramen-search/9' }),
      'format: must be one of duramen-search/1',
    ],
    [
      'an algorithm of another version',
      () => checkDefinition(changed({ algorithm: { ...random(), version: 99 } })),
      'levels[0].algorithm: ',
    ],
    [
      'an initial genome of another space',
      () => checkDefinition(changed({ initial: [[7, 7]] })),
      'levels[0].initial[0]: is not a point',
    ],
  ])('%s', (_what, make, message) => {
    let thrown: unknown;
    try {
      make();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DefinitionError);
    const text = (thrown as DefinitionError).message;
    expect(text).toContain(message);
    expect(text).not.toContain('\n');
  });
});

describe('two definitions', () => {
  const before = flat({})();

  test('are the same search whatever their budget, concurrency and tags', () => {
    const after = flat({ budget: { trials: 20, concurrency: 2 }, tags: ['x'] })();
    expect(identityOf(after)).toEqual(identityOf(before));
    expect(differences(before, after)).toEqual([]);
  });

  test('differ by field', () => {
    const after = flat({ seed: 1, window: 8, space: space({ x: int(0, 1), kind: oneOf(['a', 'b']) }) })();
    const lines = differences(before, after);
    expect(lines).toContain('seed: 0, now 1');
    expect(lines).toContain('levels[0].window: 16, now 8');
    expect(lines).toContain('levels[0].space.x.$kind: "float", now "int"');
  });

  test('differ by the budget of an inner level', () => {
    const lines = differences(nested({})(), nested({}, { budget: { trials: 6 } })());
    expect(lines).toEqual(['levels[1].budget.trials: 5, now 6']);
  });

  test.each([
    [{ trials: 5 }, { trials: 5 }, 'equal'],
    [{ trials: 5 }, { trials: 6 }, 'larger'],
    [{ trials: 5 }, { trials: 4 }, 'smaller'],
    [{ trials: 5, cost: 3 }, { trials: 6 }, 'larger'],
    [{ trials: 5 }, { trials: 6, cost: 3 }, 'smaller'],
    [{ trials: 5, cost: 3 }, { trials: 6, cost: 2 }, 'smaller'],
    [{ target: { metric: 'a', value: 1 } }, { target: { metric: 'a', value: 2 } }, 'larger'],
    [{ trials: 5 }, { trials: 5, target: { metric: 'a', value: 2 } }, 'smaller'],
  ] as const)('with budgets %j and %j: %s', (earlier, later, expected) => {
    expect(compareBudgets(earlier, later)).toBe(expected);
  });
});

function changed(level: object): unknown {
  const definition = flat({})();
  return { ...definition, levels: [{ ...definition.levels[0], ...level }] };
}
