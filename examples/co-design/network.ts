import { object, oneOf, space } from 'duramen/search-spaces';
import { NetworkBuilder } from 'duramen/training';

/** What an edge of a cell does to its image. */
export const operations = [
  'identity',
  'averagePooling',
  'convolution1x1',
  'convolution3x3',
  'separable3x3',
] as const;

export type Operation = (typeof operations)[number];

/** A cell has three edges: from its input to its middle, from its input to its output, from its middle to its output. */
const stage = object({
  inputToMiddle: oneOf(operations),
  inputToOutput: oneOf(operations),
  middleToOutput: oneOf(operations),
  /** Equal cells, one after the other. */
  depth: oneOf([1, 2]),
});

/** Networks of two stages: 62,500 architectures, all of them parts of one supernetwork. */
export const architectures = space({ large: stage, small: stage });

/** One stage of a network; in the supernetwork its values are choices, which the builder understands as well. */
interface Stage {
  readonly inputToMiddle: Operation;
  readonly inputToOutput: Operation;
  readonly middleToOutput: Operation;
  readonly depth: number;
}

export interface Architecture {
  readonly large: Stage;
  readonly small: Stage;
}

/** Channels of the first stage; the second has twice as many. */
const channels = 8;

/**
 * The network of an architecture for images of 28 × 28 pixels in ten classes: a stem, cells at 14 × 14 and at 7 × 7, a
 * head. Of the choices of a search with shared weights it makes the supernetwork.
 */
export function network({ large, small }: Architecture): ReturnType<NetworkBuilder['buildWithChoices']> {
  const builder = new NetworkBuilder();
  const input = builder.input('input', [28, 28, 1]);
  const stem = convolution(builder, 'stem', input, { filters: channels, kernel: 3, stride: 2 });
  const first = cells(builder, 'large', large, stem, channels);
  const reduced = convolution(builder, 'reduction', first, { filters: 2 * channels, kernel: 3, stride: 2 });
  const second = cells(builder, 'small', small, reduced, 2 * channels);
  const pooled = builder.node('pooled', 'globalAveragePooling', second, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 10 })]);
}

function cells(builder: NetworkBuilder, name: string, own: Stage, from: string, filters: number): string {
  return builder.repeat(name, own.depth, from, (place, input) => {
    const scope = `${name}/cell${place}`;
    const along = (name: string, operation: Operation, start: string): string =>
      builder.choose(`${scope}/${name}`, operation, start, (chosen, below, origin) =>
        edge(builder, chosen, below, origin, filters),
      );
    const middle = along('inputToMiddle', own.inputToMiddle, input);
    const direct = along('inputToOutput', own.inputToOutput, input);
    const indirect = along('middleToOutput', own.middleToOutput, middle);
    return builder.node(`${scope}/output`, 'add', [direct, indirect], {});
  });
}

function edge(
  builder: NetworkBuilder,
  operation: Operation,
  scope: string,
  from: string,
  filters: number,
): string {
  switch (operation) {
    case 'identity':
      return builder.node(`${scope}/same`, 'identity', from, {});
    case 'averagePooling':
      return builder.node(`${scope}/pool`, 'averagePooling', from, { kernel: [3, 3] });
    case 'convolution1x1':
      return convolution(builder, scope, from, { filters, kernel: 1, stride: 1 });
    case 'convolution3x3':
      return convolution(builder, scope, from, { filters, kernel: 3, stride: 1 });
    case 'separable3x3': {
      const attributes = { filters, kernel: [3, 3], bias: false } as const;
      return normalized(
        builder,
        scope,
        builder.node(`${scope}/separable`, 'separableConvolution', from, attributes),
      );
    }
    default: {
      const never: never = operation;
      return never;
    }
  }
}

function convolution(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  { filters, kernel, stride }: { readonly filters: number; readonly kernel: number; readonly stride: number },
): string {
  const attributes = { filters, kernel: [kernel, kernel], stride, bias: false } as const;
  return normalized(builder, scope, builder.node(`${scope}/convolution`, 'convolution', from, attributes));
}

function normalized(builder: NetworkBuilder, scope: string, from: string): string {
  // Trainings are short: running averages of a higher momentum would still remember the beginning.
  const normal = builder.node(`${scope}/normalized`, 'batchNormalization', from, { momentum: 0.9 });
  return builder.node(`${scope}/active`, 'activation', normal, { function: 'relu' });
}
