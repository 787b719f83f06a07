import fc from 'fast-check';
import { NetworkBuilder } from '../../networks/builders/index.js';
import { GraphError } from '../../networks/network-graph/index.js';
import { choicesOf, pathOf, supernetworkOf } from '../../networks/supernetwork/index.js';
import type {
  Choice,
  ChosenList,
  PickedSum,
  Supernetwork,
  SupernetworkChoice,
} from '../../networks/supernetwork/index.js';
import { superNet, settingOf } from '../../search-spaces/index.js';
import type { Genome, Space, SuperNet } from '../../search-spaces/index.js';

/** What a place of a random network does, as a point of its space has it. */
export type Piece =
  | { readonly do: 'operation'; readonly name: string }
  | { readonly do: 'choose'; readonly of: Piece | Choice<Piece> }
  | { readonly do: 'sum'; readonly of: readonly Term[] | PickedSum<Term> }
  | { readonly do: 'repeat'; readonly times: number | Choice<number>; readonly of: Piece }
  | { readonly do: 'list'; readonly of: readonly Piece[] | ChosenList<Piece> };

/** A term of a sum: which of the values before it is added, through what. */
export interface Term {
  readonly from: number;
  readonly piece: Piece;
}

const channels = 3;
const operationNames = [
  'conv',
  'wide',
  'separable',
  'normal',
  'relu',
  'pool',
  'skip',
  'dropout',
  'excite',
] as const;

/** Appends what a piece does with images of three channels; `label` tells options of a choice apart. */
function write(builder: NetworkBuilder, piece: Piece, scope: string, earlier: readonly string[]): string {
  const from = earlier.at(-1) ?? '';
  switch (piece.do) {
    case 'operation':
      return operation(builder, piece.name, scope, from);
    case 'choose':
      return builder.choose(
        `${scope}/one`,
        piece.of,
        earlier,
        (own, inner, values) => write(builder, own, inner, values),
        labelOf,
      );
    case 'sum':
      return builder.sum(
        `${scope}/sum`,
        piece.of,
        earlier,
        ({ from: place, piece: own }, inner, values) =>
          write(builder, own, inner, values.slice(0, 1 + (place % values.length))),
        ({ from: place }) => `term${place}`,
      );
    case 'repeat':
      return builder.repeat(`${scope}/steps`, piece.times, from, (step, before) =>
        write(builder, piece.of, `${scope}/step${step}`, [...earlier.slice(0, -1), before]),
      );
    case 'list':
      return builder.repeat<Piece>(`${scope}/list`, piece.of, from, (step, before, own) =>
        own === undefined
          ? before
          : write(builder, own, `${scope}/item${step}`, [...earlier.slice(0, -1), before]),
      );
    default:
      return piece satisfies never;
  }
}

function labelOf(piece: Piece): string {
  return piece.do === 'operation' ? piece.name : piece.do;
}

function operation(builder: NetworkBuilder, name: string, scope: string, from: string): string {
  const convolution = (kernel: number): string =>
    builder.node(`${scope}/convolution`, 'convolution', from, {
      filters: channels,
      kernel: [kernel, kernel],
      bias: kernel === 3,
    });
  const normal = (of: string): string =>
    builder.node(`${scope}/batchNormalization`, 'batchNormalization', of, { momentum: 0.5 });
  switch (name) {
    case 'conv':
      return convolution(1);
    case 'wide':
      return normal(convolution(3));
    case 'separable':
      return builder.node(`${scope}/separable`, 'separableConvolution', from, {
        filters: channels,
        kernel: [3, 3],
      });
    case 'normal':
      return normal(from);
    case 'relu':
      return builder.node(`${scope}/relu`, 'activation', from, { function: 'relu' });
    case 'pool':
      return builder.node(`${scope}/pool`, 'maxPooling', from, { kernel: [3, 3] });
    case 'dropout':
      return builder.node(`${scope}/dropout`, 'dropout', from, { rate: 0.3 });
    case 'excite':
      return builder.node(`${scope}/excite`, 'squeezeExcite', from, { units: 2 });
    case 'skip':
      return from;
    default:
      throw new Error(`There is no operation ${name}.`);
  }
}

/** The network function of random spaces: pieces in a row, each of which may read those before it. */
export function randomNetwork(program: unknown): ReturnType<NetworkBuilder['buildWithChoices']> {
  const builder = new NetworkBuilder();
  const input = builder.input('input', [5, 5, 2]);
  const stem = builder.node('stem', 'convolution', input, { filters: channels, kernel: [3, 3] });
  const values: string[] = [];
  const { of } = program as { readonly of: readonly Piece[] };
  of.forEach((own, i) => values.push(write(builder, own, `body/${i}`, [stem, ...values])));
  // Every other value has a reader of its own; those between are read by some children only.
  const read = [...new Set(values.filter((_value, i) => i % 2 === 0 || i === values.length - 1))];
  const [only = stem, ...more] = read;
  const last = more.length === 0 ? only : builder.node('body/all', 'add', read, {});
  const head = builder.node('head/batchNormalization', 'batchNormalization', last, { momentum: 0.5 });
  const pooled = builder.node('head/pool', 'globalAveragePooling', head, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 4 })]);
}

/** Spaces of rows of choices, sums of picks and repetitions, nested in each other. */
export function randomSpace(): fc.Arbitrary<Space> {
  const { piece } = fc.letrec<{ piece: Space; decided: Space }>((tie) => ({
    piece: fc.oneof({ depthSize: 'small', maxDepth: 3 }, operationSpace(), tie('decided')),
    decided: fc.oneof(
      fc.uniqueArray(fc.constantFrom(...operationNames), { minLength: 2, maxLength: 3 }).chain((names) =>
        fc.option(tie('decided'), { freq: 2 }).map((deep) => ({
          do: 'choose',
          of: { $kind: 'oneOf', candidates: [...names.map(operationOf), ...(deep === null ? [] : [deep])] },
        })),
      ),
      fc.tuple(fc.array(tie('piece'), { minLength: 2, maxLength: 3 }), fc.nat()).map(([pieces, k]) => ({
        do: 'sum',
        of: {
          $kind: 'manyOf',
          k: 1 + (k % pieces.length),
          sorted: true,
          candidates: pieces.map((own, from) => ({ from, piece: own })),
        },
      })),
      tie('piece').map((of) => ({ do: 'repeat', times: { $kind: 'oneOf', candidates: [0, 1, 2] }, of })),
      tie('piece').map((of) => ({ do: 'list', of: { $kind: 'listOf', of, min: 0, max: 2 } })),
    ) as fc.Arbitrary<Space>,
  }));
  const decided = fc.letrec<{ piece: Space }>(() => ({ piece }));
  return fc
    .array(decided.piece, { minLength: 2, maxLength: 4 })
    .map((of): Space => ({ of }))
    .filter((space) => JSON.stringify(space).includes('$kind') && readsAll(space));
}

/** Whether each decision changes some child: a sum reads earlier values, not the last one in any case. */
function readsAll(space: Space): boolean {
  try {
    return sharedSpace(space, randomNetwork).choices.length > 0;
  } catch (error) {
    if (error instanceof GraphError && error.message.includes('never asked')) return false;
    throw error;
  }
}

function operationSpace(): fc.Arbitrary<Space> {
  return fc.constantFrom(...operationNames).map(operationOf);
}

function operationOf(name: string): { readonly do: 'operation'; readonly name: string } {
  return { do: 'operation', name };
}

/** A supernetwork with the space whose children it has. */
export interface SharedSpace {
  readonly net: SuperNet;
  readonly supernetwork: Supernetwork;
  readonly choices: readonly SupernetworkChoice[];
  readonly pathFor: (genome: Genome) => Int32Array;
}

/** The supernetwork that a network function makes of a space, with all decisions as choices. */
export function sharedSpace(space: Space, network: (program: unknown) => unknown): SharedSpace {
  const net = superNet(space, () => true, { picks: 'all' });
  const supernetwork = supernetworkOf(net, network);
  const choices = choicesOf(supernetwork);
  return { net, supernetwork, choices, pathFor: (genome) => pathOf(choices, settingOf(net, genome)) };
}
