import { level, type Level } from 'duramen';
import { acceleratorCosts, AcceleratorModel, acceleratorSpace } from 'duramen/hardware';
import type { regularizedEvolution } from 'duramen/algorithms';
import { constant, oneOf, space } from 'duramen/search-spaces';
import { architectures, network } from './network.js';
import { scale } from './setting.js';

type Algorithm = ReturnType<typeof regularizedEvolution>;

// Accuracy on validation images; microseconds and microjoules for one image; square millimetres.
const measured = { accuracy: 'maximize', latency: 'minimize', energy: 'minimize' } as const;

/**
 * Two levels: each accelerator is evaluated by a search for the architecture that suits it best. An architecture gets
 * its accuracy from the shared weights, whatever the accelerator, so that it is evaluated once for all of them; the
 * accelerator model adds the costs, on the same network.
 */
export function accelerators(outer: Algorithm, inner: Algorithm): readonly [Level, Level] {
  const accelerator = level({
    name: 'accelerator',
    space: space({
      ...acceleratorSpace,
      precision: constant('int8'),
      // What a microsecond is worth in accuracy: one accelerator may be for accurate networks or for quick ones.
      price: oneOf([0.00003, 0.0001, 0.0003, 0.001]),
    }),
    metrics: { ...measured, area: 'observe' },
    algorithm: outer,
    // Evolution breeds from all outcomes but the one that is under way beside it.
    window: 2,
    budget: { trials: scale.accelerators, concurrency: 2 },
    measure: (_context, parameters) => ({
      area: new AcceleratorModel(parameters).areaSquareMillimetres.total,
    }),
  });
  const architecture = level({
    name: 'architecture',
    space: architectures,
    metrics: { merit: 'maximize', accuracy: 'observe', latency: 'observe', energy: 'observe' },
    algorithm: inner,
    window: 2,
    budget: { trials: scale.architectures, concurrency: 2 },
    measure(context, parameters, { metrics: { accuracy = 0 } }) {
      const { latency, energy } = acceleratorCosts(network(parameters) as Network, parameters, context);
      const { price } = context['accelerator'] as { readonly price: number };
      // Ten microseconds weigh as much as one microjoule.
      return { latency, energy, merit: accuracy - price * (latency + 10 * energy) };
    },
  });
  return [accelerator, architecture];
}

/** Of decided parameters `network` makes one network. */
type Network = Parameters<typeof acceleratorCosts>[0];
