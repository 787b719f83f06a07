import { crossover, mutate, sample } from '../../../search-spaces/variation/index.js';
import { first, next } from '../../../search-spaces/enumeration/index.js';
import type { Genome } from '../../../search-spaces/views/index.js';
import { AlgorithmError } from '../../contract/algorithm-error.js';
import { findOperator } from '../custom-operator.js';
import { individualsOf } from '../individual.js';
import {
  crossover as crossoverCheck,
  json,
  oneOf,
  optional,
  quantity,
  refuse,
  truth,
  where as whereCheck,
  type FieldCheck,
} from './field-checks.js';
import { noChildren, type OperationKinds } from './operation-kind.js';

const operatorName: FieldCheck = (value, place) => {
  if (typeof value !== 'string' || findOperator(value) === undefined) {
    refuse(place, `names no operator: make it known with defineOperator where the module is loaded`);
  }
};

/** Operations that make children. */
export const varying: OperationKinds<'mutate' | 'recombine' | 'sample' | 'next' | 'custom'> = {
  mutate: {
    check: {
      operator: optional(oneOf('local', 'resample', 'swap')),
      where: optional(whereCheck),
      avoid: optional(truth),
    },
    run: ({ operator = 'local', where, avoid = false }, items, { run, stream }) => {
      const { view, rejected } = run.context;
      const feasible = (genome: Genome): boolean => !rejected.some((other) => equal(other, genome));
      return individualsOf(items).map(({ id, genome }) =>
        run.child(
          mutate(view, genome, stream(), {
            operator,
            ...(where === undefined ? {} : { where }),
            ...(avoid && rejected.length > 0 ? { feasible } : {}),
          }),
          [id],
        ),
      );
    },
    children: noChildren,
  },
  recombine: {
    check: { crossover: crossoverCheck },
    run: ({ crossover: operator }, items, { run, stream }) => {
      const parents = individualsOf(items);
      if (parents.length === 0) return [];
      const genomes = parents.map(({ genome }) => genome);
      const ids = parents.map(({ id }) => id);
      return crossover(run.context.view, genomes, stream(), operator).map((genome) => run.child(genome, ids));
    },
    children: noChildren,
  },
  sample: {
    check: { n: quantity },
    run: ({ n }, items, { run, stream }) =>
      Array.from({ length: run.count(n, items) }, () => run.child(sample(run.context.view, stream()), [])),
    children: noChildren,
  },
  next: {
    check: {},
    run: (_, items, { run }) => {
      const { view } = run.context;
      return individualsOf(items).map(({ id, genome }) => run.child(next(view, genome) ?? first(view), [id]));
    },
    children: noChildren,
  },
  custom: {
    check: { name: operatorName, arguments: json },
    run: ({ name, arguments: given }, items, { run, stream }) => {
      const operator = findOperator(name);
      if (operator === undefined) throw new AlgorithmError(`there is no operator '${name}'`);
      return operator(items, {
        arguments: given,
        view: run.context.view,
        step: run.context.step,
        source: stream(),
        child: (genome, parents) => run.child(genome, parents),
      });
    },
    children: noChildren,
  },
};

function equal(a: Genome, b: Genome): boolean {
  return a.length === b.length && a.every((number, place) => number === b[place]);
}
