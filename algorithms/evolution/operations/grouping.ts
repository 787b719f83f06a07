import { individualsOf, type Item } from '../individual.js';
import { flattened, pick } from '../item-list.js';
import { crowdingOrder, nonDominatedFronts } from '../pareto.js';
import { speciesOf } from '../speciation.js';
import { integer, number, oneOf, optional, stateKey } from './field-checks.js';
import { noChildren, type OperationKinds } from './operation-kind.js';

/** Operations that divide items into groups, sort them for that, or dissolve groups. */
export const grouping: OperationKinds<'flatten' | 'nonDominatedSort' | 'crowdingSort' | 'speciate'> = {
  flatten: {
    check: { depth: optional(integer(1)) },
    run: ({ depth = Infinity }, items) => flattened(items, depth),
    children: noChildren,
  },
  nonDominatedSort: {
    check: {},
    run: (_, items) => {
      const scored = individualsOf(items).filter(({ scores }) => scores !== undefined);
      const others = individualsOf(items).filter(({ scores }) => scores === undefined);
      const fronts = nonDominatedFronts(scored.map(({ scores = [] }) => scores));
      return [...fronts.map((front) => pick(scored, front)), ...(others.length === 0 ? [] : [others])];
    },
    children: noChildren,
  },
  crowdingSort: {
    check: { ends: optional(oneOf('objectives', 'infinite')) },
    run: ({ ends }, items) => {
      const individuals = individualsOf(items);
      const points = individuals.map(({ scores = [] }) => scores);
      return pick(individuals, crowdingOrder(points, ends));
    },
    children: noChildren,
  },
  speciate: {
    check: { threshold: number, disjoint: number, matching: number, key: stateKey },
    run: ({ key, ...distance }, items, { run }) => {
      const individuals = individualsOf(items);
      const known = individualsOf(run.list(key));
      const species = speciesOf(
        run.context.view,
        individuals.map(({ genome }) => genome),
        known.map(({ genome }) => genome),
        distance,
      );
      const representatives = species.map(({ representative, members }): Item => {
        const old = known.find(({ genome }) => genome === representative);
        return old ?? individuals[members[0] ?? 0] ?? [];
      });
      run.store(key, representatives);
      return species.map(({ members }) => pick(individuals, members));
    },
    children: noChildren,
    listKeys: ({ key }) => [key],
  },
};
