import type { Metric } from '../../../algorithms/index.js';
import { readControllerOptions } from '../../../algorithms/controller/controller-options.js';
import type {
  ControllerConfig,
  ControllerOptions,
} from '../../../algorithms/controller/controller-options.js';
import { ControllerPolicy } from '../../../algorithms/controller/controller-policy.js';
import {
  initialParameters,
  tensorsOf,
  type ControllerTensors,
} from '../../../algorithms/controller/controller-tensors.js';
import { layoutOf, type DecisionLayout } from '../../../algorithms/controller/decision-layout.js';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import {
  bool,
  enasMacro,
  enasMicro,
  float,
  listOf,
  manyOf,
  oneOf,
  permutation,
  space,
  view,
  type Space,
} from '../../../search-spaces/index.js';

export const metrics: readonly Metric[] = [{ name: 'accuracy', goal: 'maximize' }];

/** Spaces of each order of decisions, small enough to enumerate, and one with decisions below others. */
export const spaces = {
  macro: enasMacro(3),
  micro: enasMicro(1),
  row: space([oneOf([1, 2, 3]), oneOf([1, 2, 3]), oneOf([1, 2, 3])]),
  conditional: space({
    kind: oneOf([{ name: 'a', width: oneOf([8, 16, 32]) }, { name: 'b' }, 'c']),
    picks: manyOf(2, ['x', 'y', 'z'], { sorted: true, distinct: true }),
    order: permutation(['p', 'q', 'r']),
    layers: listOf({ skip: bool() }, { min: 0, max: 2 }),
  }),
  rates: space({ rate: float(1e-4, 1e-1, { scale: 'log' }), momentum: oneOf([0, 0.9]) }),
} satisfies Record<string, Space>;

/** A controller with its parts and large random parameters, so that its policy is far from uniform. */
export interface Laboratory {
  readonly layout: DecisionLayout;
  readonly tensors: ControllerTensors;
  readonly config: ControllerConfig;
  readonly parameters: Float32Array;
  readonly policy: ControllerPolicy;
}

export function laboratory(of: Space, options: ControllerOptions = {}, seed = 1, spread = 6): Laboratory {
  const config = readControllerOptions({ hiddenUnits: 5, bins: 3, ...options }, metrics);
  const layout = layoutOf(view(of), config.layout, config.bins);
  const tensors = tensorsOf(layout, config.hiddenUnits, config.valueWeight > 0);
  const parameters = initialParameters(tensors.size, rngFromSeed(seed)).map((number) => spread * number);
  return {
    layout,
    tensors,
    config,
    parameters,
    policy: new ControllerPolicy(layout, tensors, parameters, config),
  };
}
