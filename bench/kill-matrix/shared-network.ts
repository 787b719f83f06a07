import { object, oneOf, space } from 'duramen/search-spaces';
import { NetworkBuilder, trainClassifier } from 'duramen/training';

const operations = ['conv3', 'conv5', 'separable3', 'max', 'average', 'skip'] as const;
type Operation = (typeof operations)[number];

const layer = oneOf(operations);

/** Four layers of six options. */
export const layers = space({ layers: object({ first: layer, second: layer, third: layer, fourth: layer }) });

/** One layer, below the name that tells its parameters from those of other options. */
function edge(builder: NetworkBuilder, operation: Operation, scope: string, from: string): string {
  const pool = { kernel: [3, 3], stride: 1 } as const;
  const normalized = (name: string): string => {
    const normal = builder.node(`${scope}/normal`, 'batchNormalization', name, {});
    return builder.node(`${scope}/active`, 'activation', normal, { function: 'relu' });
  };
  switch (operation) {
    case 'conv3':
    case 'conv5': {
      const side = operation === 'conv3' ? 3 : 5;
      const convolved = builder.node(`${scope}/conv`, 'convolution', from, {
        filters: 8,
        kernel: [side, side],
      });
      return normalized(convolved);
    }
    case 'separable3':
      return normalized(
        builder.node(`${scope}/conv`, 'separableConvolution', from, { filters: 8, kernel: [3, 3] }),
      );
    case 'max':
      return builder.node(`${scope}/pool`, 'maxPooling', from, pool);
    case 'average':
      return builder.node(`${scope}/pool`, 'averagePooling', from, pool);
    case 'skip':
      return from;
  }
}

/** Four layers between a stem and a head, decided or as choices. */
export function layerNetwork(parameters: unknown): ReturnType<NetworkBuilder['buildWithChoices']> {
  const { layers } = parameters as { readonly layers: Readonly<Record<string, Operation>> };
  const builder = new NetworkBuilder();
  const input = builder.input('input', [28, 28, 1]);
  let last = builder.node('stem', 'convolution', input, { filters: 8, kernel: [3, 3], stride: 4 });
  for (const [name, operation] of Object.entries(layers)) {
    last = builder.choose(name, operation, last, (own, scope, from) => edge(builder, own, scope, from));
  }
  const pooled = builder.node('pooled', 'globalAveragePooling', last, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 10 })]);
}

/** Trains one supernetwork in epochs of about a second, and evaluates on its weights. */
export const train = trainClassifier({
  dataset: 'mnist',
  trainingExamples: 4_000,
  validationExamples: 1_000,
  batchSize: 64,
  network: layerNetwork,
});
