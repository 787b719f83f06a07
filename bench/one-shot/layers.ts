import { NetworkBuilder, supernetworkOf } from '../../training/index.js';
import type { Supernetwork } from '../../training/index.js';
import { array, oneOf, space, superNet } from '../../search-spaces/index.js';

const operations = ['conv3', 'conv5', 'separable3', 'max', 'average'] as const;
type LayerOperation = (typeof operations)[number];

/** A row of layers, each of which does one of five operations. */
export interface LayersSetting {
  readonly layers: number;
  readonly channels: number;
  readonly imageShape: readonly [number, number, number];
}

/** The supernetwork of the row between a convolution and a linear classifier. */
export function layersSupernetwork({ layers, channels, imageShape }: LayersSetting): Supernetwork {
  const row = space({ layers: array(Array.from({ length: layers }, () => oneOf(operations))) });
  const net = superNet(row, () => true, { picks: 'all' });
  return supernetworkOf(net, (program) => {
    const { layers: decided } = program as { readonly layers: readonly LayerOperation[] };
    const builder = new NetworkBuilder();
    const input = builder.input('input', imageShape);
    let last = builder.node('stem', 'convolution', input, { filters: channels, kernel: [3, 3] });
    for (const [place, operation] of decided.entries()) {
      last = builder.choose(`layer${place + 1}`, operation, last, (own, scope, from) =>
        layer(builder, own, { scope, from, channels }),
      );
    }
    const pooled = builder.node('pooled', 'globalAveragePooling', last, {});
    return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 10 })]);
  });
}

interface LayerPlace {
  readonly scope: string;
  readonly from: string;
  readonly channels: number;
}

function layer(
  builder: NetworkBuilder,
  operation: LayerOperation,
  { scope, from, channels }: LayerPlace,
): string {
  const normalized = (convolved: string): string => {
    const normal = builder.node(`${scope}/normal`, 'batchNormalization', convolved, {});
    return builder.node(`${scope}/active`, 'activation', normal, { function: 'relu' });
  };
  const pool = { kernel: [3, 3], stride: 1 } as const;
  switch (operation) {
    case 'conv3':
    case 'conv5': {
      const side = operation === 'conv3' ? 3 : 5;
      const attributes = { filters: channels, kernel: [side, side], bias: false } as const;
      return normalized(builder.node(`${scope}/conv`, 'convolution', from, attributes));
    }
    case 'separable3': {
      const attributes = { filters: channels, kernel: [3, 3], bias: false } as const;
      return normalized(builder.node(`${scope}/conv`, 'separableConvolution', from, attributes));
    }
    case 'max':
      return builder.node(`${scope}/pool`, 'maxPooling', from, pool);
    case 'average':
      return builder.node(`${scope}/pool`, 'averagePooling', from, pool);
  }
}
