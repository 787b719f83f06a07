import { isPlainObject, type Json } from '../foundation/json/index.js';
import { buildNetwork, buildWithChoices } from '../networks/builders/index.js';
import { type NetworkGraph, parseNetworkGraph } from '../networks/network-graph/index.js';
import { supernetworkOf } from '../networks/supernetwork/index.js';
import type { Supernetwork } from '../networks/supernetwork/index.js';
import type { SuperNet } from '../search-spaces/index.js';
import type { TrainClassifierOptions, TrainingTrial } from './classifier-options.js';
import type { TrainingData } from './data/data-set.js';
import { TrainingError } from './training-error.js';

/**
 * The network of a trial: what the option `network` makes of its parameters, or the first network found among them and
 * those of the outer levels. Throws `TrainingError` where there is none, `GraphError` for one that does not fit.
 */
export function trialNetwork(
  options: TrainClassifierOptions,
  data: TrainingData,
  parameters: Json,
  context: TrainingTrial['context'],
): NetworkGraph {
  const found = foundNetwork(options, data, parameters, context);
  return 'nodes' in found ? parseNetworkGraph(found) : buildNetwork(found as Json);
}

/**
 * The supernetwork of a search: what the option `network`, or a builder, makes of a program in which decisions are
 * choices. Throws `TrainingError` where there is none, `GraphError` for one that does not fit.
 */
export function sharedNetwork(
  options: TrainClassifierOptions,
  data: TrainingData,
  net: SuperNet,
  context: TrainingTrial['context'],
): Supernetwork {
  return supernetworkOf(net, (program) => {
    // A program with choices has the form of the parameters.
    const found = foundNetwork(options, data, program as Json, context);
    return 'nodes' in found ? found : buildWithChoices(found);
  });
}

/** A graph, or a builder's parameters with the shape of the data. */
function foundNetwork(
  options: TrainClassifierOptions,
  data: TrainingData,
  parameters: Json,
  context: TrainingTrial['context'],
): Readonly<Record<string, unknown>> {
  const found =
    options.network === undefined
      ? findNetwork([parameters, ...Object.values(context).reverse()])
      : options.network(parameters, context);
  if (!isPlainObject(found)) {
    throw new TrainingError(
      'BadInput',
      'No network was found among the parameters: give an object with "builder" or "nodes", or the option "network" of trainClassifier.',
    );
  }
  return 'nodes' in found ? found : { inputShape: data.imageShape, classes: data.classes, ...found };
}

function findNetwork(places: readonly unknown[]): unknown {
  return places
    .flatMap((place) => (isPlainObject(place) ? [place, place['network']] : []))
    .filter((each) => isPlainObject(each))
    .find((each) => 'builder' in each || 'nodes' in each);
}
