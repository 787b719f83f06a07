import type { NetworkGraph } from '../networks/network-graph/index.js';
import { AcceleratorModel } from './accelerator-model.js';
import type { Accelerator } from './accelerator.js';
import { HardwareError } from './hardware-error.js';

/** What a network costs on an accelerator. */
export interface AcceleratorCosts {
  readonly [metric: string]: number;
  /** Microseconds for one image. */
  readonly latency: number;
  /** Microjoules for one image. */
  readonly energy: number;
  /** Square millimetres of the accelerator. */
  readonly area: number;
}

/**
 * Costs of a network on the accelerator of its trial, by the accelerator model: the `costs` of `trainClassifier`. The
 * accelerator is the `accelerator` among the parameters or the outer levels. Throws `HardwareError` where there is
 * none, or where a layer does not fit it.
 */
export function acceleratorCosts(
  network: NetworkGraph,
  parameters: unknown,
  context: Readonly<Record<string, unknown>>,
): AcceleratorCosts {
  const own = isObject(parameters) ? parameters['accelerator'] : undefined;
  const accelerator = own ?? context['accelerator'];
  if (!isObject(accelerator)) {
    throw new HardwareError(
      'BadInput',
      'there is no accelerator among the parameters: give the space a part "accelerator", such as acceleratorSpace.',
    );
  }
  // The constructor of the model checks the accelerator field by field.
  const model = new AcceleratorModel(accelerator as unknown as Accelerator);
  const { latencySeconds, energyPicojoules } = model.network(network);
  return {
    latency: latencySeconds * 1e6,
    energy: energyPicojoules.total / 1e6,
    area: model.areaSquareMillimetres.total,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
