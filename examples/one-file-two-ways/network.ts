import { oneOf } from 'duramen/search-spaces';
import { NetworkBuilder } from 'duramen/training';

const operations = ['conv3', 'conv5', 'separable3', 'max', 'average', 'skip'] as const;
type Operation = (typeof operations)[number];

/** The decision of one layer. */
export const layer = oneOf(operations);

/**
 * Four layers between a stem and a head. Of decided parameters it makes that network, of the choices of a search with
 * shared weights the one network that contains them all: `choose` writes one option or every option.
 */
export function network(parameters: unknown): ReturnType<NetworkBuilder['buildWithChoices']> {
  const { layers } = parameters as { readonly layers: Readonly<Record<string, Operation>> };
  const builder = new NetworkBuilder();
  const input = builder.input('input', [28, 28, 1]);
  const stem = builder.node('stem', 'convolution', input, { filters: 8, kernel: [3, 3], stride: 2 });
  let last = normalized(builder, 'stem', stem);
  for (const [name, operation] of Object.entries(layers)) {
    last = builder.choose(name, operation, last, (own, scope, from) => option(builder, own, scope, from));
  }
  const pooled = builder.node('pooled', 'globalAveragePooling', last, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 10 })]);
}

/** One option of a layer; the scope tells its parameters from those of other options. */
function option(builder: NetworkBuilder, operation: Operation, scope: string, from: string): string {
  const pool = { kernel: [3, 3], stride: 1 } as const;
  switch (operation) {
    case 'conv3':
    case 'conv5': {
      const side = operation === 'conv3' ? 3 : 5;
      const settings = { filters: 8, kernel: [side, side] } as const;
      return normalized(builder, scope, builder.node(`${scope}/conv`, 'convolution', from, settings));
    }
    case 'separable3': {
      const settings = { filters: 8, kernel: [3, 3] } as const;
      return normalized(
        builder,
        scope,
        builder.node(`${scope}/conv`, 'separableConvolution', from, settings),
      );
    }
    case 'max':
      return builder.node(`${scope}/pool`, 'maxPooling', from, pool);
    case 'average':
      return builder.node(`${scope}/pool`, 'averagePooling', from, pool);
    case 'skip':
      return from;
  }
}

function normalized(builder: NetworkBuilder, scope: string, from: string): string {
  const normal = builder.node(`${scope}/normal`, 'batchNormalization', from, {});
  return builder.node(`${scope}/active`, 'activation', normal, { function: 'relu' });
}
