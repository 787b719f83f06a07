import { unreachable } from '../../foundation/errors/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import type { FieldReader } from '../ground/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import { readChoice, readClassifier } from './classifier.js';
import type { ClassifierParameters } from './classifier.js';
import { PickedSum } from '../supernetwork/index.js';
import type { Choice, Supernetwork } from '../supernetwork/index.js';
import { NetworkBuilder } from './network-builder.js';

/** Operations of an edge. */
export const dartsOperations = [
  ...(['max_pool_3x3', 'avg_pool_3x3', 'skip_connect'] as const),
  ...(['sep_conv_3x3', 'sep_conv_5x5', 'dil_conv_3x3', 'dil_conv_5x5'] as const),
] as const;

export type DartsOperation = (typeof dartsOperations)[number];

/** An operation and the state that it reads: 0 and 1 are the outputs of the two cells before, 2 is the first node. */
export type DartsEdge = readonly [DartsOperation, number];

/** A cell: two edges for each node, node after node; the cell's output joins all nodes. */
export type DartsCell = readonly DartsEdge[];

/** What a node of a cell adds: an earlier state through an operation. */
export interface DartsPick {
  readonly input: number;
  readonly operation: DartsOperation | Choice<DartsOperation>;
}

/**
 * A cell as a point of `dartsCell`, or as a supernet's program has it (`picks: 'all'`): the picks of each node in turn.
 * Nodes of the network are named by state and operation, so that all such cells share parameters.
 */
export type DartsNodes = Readonly<Record<string, readonly DartsPick[] | PickedSum<DartsPick>>>;

export interface DartsParameters extends ClassifierParameters {
  readonly normal: DartsCell | DartsNodes;
  /** The cell at one and at two thirds of the depth: edges that read the cells before have stride 2. */
  readonly reduction: DartsCell | DartsNodes;
  /** Channels of the nodes of the first cell, doubled by each reduction cell; default 16. */
  readonly channels?: number;
  /** Cells in all; default 8. */
  readonly cells?: number;
  /** Channels of the stem are this many times `channels`; default 3. */
  readonly stemMultiplier?: number;
  /** Probability that an edge of the last cell is dropped; it rises linearly from the first cell on; default 0. */
  readonly dropPath?: number;
  /**
   * `search`: normalisations have no scale and no offset, and pools are followed by one, so that no operation of a mixture
   * can make itself larger than others (Liu et al., appendix A.1.1). Default `final`.
   */
  readonly form?: 'search' | 'final';
  /**
   * Of so many channels one goes through the operations of an edge while cells are searched, and the others pass by them
   * (PC-DARTS, Xu et al., ICLR 2020, section 3.1); default 1: all do. Cells of nodes by what they pick alone have it.
   */
  readonly partialChannels?: number;
}

/**
 * The network that a genotype of DARTS stands for (Liu, Simonyan and Yang, ICLR 2019): cells with two inputs, whose nodes
 * add two edges each. Separable convolutions come twice in a row, dilated ones have dilation 2, every convolution is
 * preceded by ReLU and followed by batch normalisation, and a skip of stride 2 is a factorised reduction.
 */
export function darts(fields: FieldReader): NetworkGraph | Supernetwork {
  const { inputShape, classes } = readClassifier(fields, 'image');
  const normal = readCell(fields, 'normal');
  const reduction = readCell(fields, 'reduction');
  const channels = fields.count('channels', 16);
  const cells = fields.count('cells', 8);
  const stemMultiplier = fields.count('stemMultiplier', 3);
  const dropPath = fields.rate('dropPath', 0);
  const partialChannels = fields.count('partialChannels', 1);
  const isSearched = fields.choice('form', ['search', 'final'], 'final') === 'search';
  if (channels % partialChannels !== 0)
    fields.refuse(
      'partialChannels',
      `must divide the ${channels} channels of the first cell`,
      partialChannels,
    );
  if (partialChannels > 1 && (normal.by === 'place' || reduction.by === 'place')) {
    const need = 'is for searching: leave it out of a network whose cells are lists of edges';
    fields.refuse('partialChannels', need, partialChannels);
  }
  fields.finish();

  const builder = new NetworkBuilder();
  const input = builder.input('input', inputShape);
  const stem = builder.node('stem/convolution', 'convolution', input, {
    filters: stemMultiplier * channels,
    kernel: [3, 3],
    bias: false,
  });
  let last = builder.node('stem/batchNormalization', 'batchNormalization', stem, {});
  let before = last;
  let width = channels;
  let shrank = false;
  for (let i = 0; i < cells; i++) {
    const shrinks = i === Math.floor(cells / 3) || i === Math.floor((2 * cells) / 3);
    if (shrinks) width *= 2;
    const form = { width, shrinks, dropPath: (dropPath * (i + 1)) / cells, partialChannels, isSearched };
    const cell = new CellWriter(builder, `cell${i + 1}`, form);
    [before, last] = [last, cell.write(shrinks ? reduction : normal, [before, last], shrank)];
    shrank = shrinks;
  }
  last = builder.node('head/globalAveragePooling', 'globalAveragePooling', last, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', last, { units: classes })]);
}

/**
 * The cells of a point of `dartsCells` as lists of edges, the form in which genotypes are published: node after node, the
 * picks of each in their order.
 */
export function dartsGenotype(point: {
  readonly normal: Readonly<Record<string, readonly (DartsPick & { readonly operation: DartsOperation })[]>>;
  readonly reduction: Readonly<
    Record<string, readonly (DartsPick & { readonly operation: DartsOperation })[]>
  >;
}): { readonly normal: DartsCell; readonly reduction: DartsCell } {
  const edgesOf = (cell: (typeof point)['normal']): DartsCell =>
    Object.values(cell).flatMap((picks) => picks.map(({ input, operation }) => [operation, input] as const));
  return { normal: edgesOf(point.normal), reduction: edgesOf(point.reduction) };
}

/** A cell as it is written: edges by their place, or the picks of each node by what they are. */
type Cell =
  | { readonly by: 'place'; readonly edges: DartsCell }
  | { readonly by: 'pick'; readonly nodes: readonly (readonly DartsPick[] | PickedSum<DartsPick>)[] };

function readCell(fields: FieldReader, name: string): Cell {
  const value = fields.value(name);
  if (isPlainObject(value)) return { by: 'pick', nodes: readNodes(fields, name, value) };
  const pairs: readonly unknown[] = Array.isArray(value) ? value : [];
  const cell = pairs.flatMap((pair, i) => {
    const parts: readonly unknown[] = Array.isArray(pair) ? pair : [];
    const [operation, from] = parts;
    const known = operationNamed(operation);
    // Two edges a node; a node reads the two cells before and the nodes before it.
    const states = 2 + Math.floor(i / 2);
    const fits = typeof from === 'number' && Number.isInteger(from) && from >= 0 && from < states;
    return known !== null && fits && parts.length === 2 ? [[known, from] as const] : [];
  });
  if (cell.length === pairs.length && cell.length >= 2 && cell.length % 2 === 0)
    return { by: 'place', edges: cell };
  const need = `must be a list of two pairs [operation, state] for each node, with operations out of ${dartsOperations.join(', ')} and states before the node`;
  return fields.refuse(name, need, value);
}

function readNodes(
  fields: FieldReader,
  name: string,
  cell: { readonly [node: string]: unknown },
): readonly (readonly DartsPick[] | PickedSum<DartsPick>)[] {
  const nodes = Object.entries(cell).flatMap(([node, picks], i) => {
    const options: readonly unknown[] =
      picks instanceof PickedSum ? picks.options : Array.isArray(picks) ? picks : [];
    const own = options.flatMap((pick) => {
      if (!isPlainObject(pick) || Object.keys(pick).length !== 2) return [];
      const { input } = pick;
      const operation = readChoice(pick['operation'], operationNamed);
      const fits = typeof input === 'number' && Number.isInteger(input) && input >= 0 && input < 2 + i;
      return fits && operation !== null ? [{ input, operation }] : [];
    });
    const isWhole = own.length === options.length && own.length > 0;
    if (!isWhole || new Set(own.map(({ input }) => input)).size < own.length) return [];
    return [picks instanceof PickedSum ? PickedSum.of(node, picks.ids, own) : own];
  });
  if (nodes.length > 0 && nodes.length === Object.keys(cell).length) return nodes;
  const need = `must give each node a list of different { input, operation } with states before the node and operations out of ${dartsOperations.join(', ')}`;
  return fields.refuse(name, need, Object.keys(cell));
}

function operationNamed(name: unknown): DartsOperation | null {
  return dartsOperations.find((operation) => operation === name) ?? null;
}

/** What the nodes of a cell have in common. */
interface CellForm {
  /** Channels of each node. */
  readonly width: number;
  readonly shrinks: boolean;
  readonly dropPath: number;
  readonly partialChannels: number;
  readonly isSearched: boolean;
}

class CellWriter {
  private readonly width: number;

  constructor(
    private readonly builder: NetworkBuilder,
    private readonly scope: string,
    private readonly form: CellForm,
  ) {
    this.width = form.width;
  }

  /** `shrank`: the cell before halved the image, so that the first input is twice as large as the second. */
  write(cell: Cell, inputs: readonly [string, string], shrank: boolean): string {
    const { builder, scope } = this;
    const states = [
      shrank ? this.reduced(`${scope}/input0`, inputs[0]) : this.convolved(`${scope}/input0`, inputs[0], 1),
      this.convolved(`${scope}/input1`, inputs[1], 1),
    ];
    if (cell.by === 'place') this.addByPlace(cell.edges, states);
    else this.addByPick(cell.nodes, states);
    const nodes = states.slice(2);
    return nodes.length === 1 ? (nodes[0] ?? '') : builder.node(scope, 'concatenate', nodes, {});
  }

  private addByPlace(edges: DartsCell, states: string[]): void {
    for (let node = 0; node < edges.length / 2; node++) {
      const name = `${this.scope}/node${node + 1}`;
      const summands = edges
        .slice(2 * node, 2 * node + 2)
        .map(([operation, from], i) =>
          this.droppable(
            `${name}/edge${i + 1}`,
            operation,
            this.stateAt(states, from),
            this.strideFrom(from),
          ),
        );
      states.push(this.builder.node(name, 'add', summands, {}));
    }
  }

  private addByPick(nodes: readonly (readonly DartsPick[] | PickedSum<DartsPick>)[], states: string[]): void {
    nodes.forEach((picks, node) => {
      const sum = this.builder.sum(
        `${this.scope}/node${node + 1}`,
        picks,
        states,
        ({ input, operation }, scope) =>
          this.picked(scope, operation, this.stateAt(states, input), this.strideFrom(input)),
        ({ input }) => `state${input}`,
      );
      states.push(sum);
    });
  }

  /** An edge, of which some channels may pass by the operation. */
  private picked(scope: string, operation: DartsPick['operation'], from: string, stride: 1 | 2): string {
    const { builder, form } = this;
    const { width, partialChannels: groups } = form;
    if (groups === 1) {
      return builder.choose(scope, operation, from, (own, inner, origin) =>
        this.droppable(inner, own, origin, stride),
      );
    }
    const own = width / groups;
    const narrow = new CellWriter(builder, scope, { ...form, width: own, partialChannels: 1 });
    const part = builder.node(`${scope}/part`, 'channels', from, { start: 0, count: own });
    const through = narrow.picked(scope, operation, part, stride);
    const rest = builder.node(`${scope}/rest`, 'channels', from, { start: own, count: width - own });
    const beside =
      stride === 1
        ? rest
        : builder.node(`${scope}/restPooling`, 'maxPooling', rest, { kernel: [2, 2], stride });
    const joined = builder.node(`${scope}/joined`, 'concatenate', [through, beside], {});
    return builder.node(`${scope}/shuffled`, 'shuffleChannels', joined, { groups });
  }

  private stateAt(states: readonly string[], from: number): string {
    const origin = states[from];
    if (origin === undefined) throw new Error(`${this.scope} has no state ${from}.`);
    return origin;
  }

  private strideFrom(state: number): 1 | 2 {
    return this.form.shrinks && state < 2 ? 2 : 1;
  }

  private droppable(name: string, operation: DartsOperation, origin: string, stride: 1 | 2): string {
    const { dropPath: rate } = this.form;
    const output = this.edge(name, operation, origin, stride);
    const drops = rate > 0 && !(operation === 'skip_connect' && stride === 1);
    return drops ? this.builder.node(`${name}/dropPath`, 'dropPath', output, { rate }) : output;
  }

  private edge(scope: string, operation: DartsOperation, from: string, stride: number): string {
    const { builder } = this;
    switch (operation) {
      case 'max_pool_3x3':
        return this.pooled(
          scope,
          builder.node(`${scope}/maxPooling`, 'maxPooling', from, { kernel: [3, 3], stride }),
        );
      case 'avg_pool_3x3':
        return this.pooled(
          scope,
          builder.node(`${scope}/averagePooling`, 'averagePooling', from, { kernel: [3, 3], stride }),
        );
      case 'skip_connect':
        return stride === 1
          ? builder.node(`${scope}/identity`, 'identity', from, {})
          : this.reduced(scope, from);
      case 'sep_conv_3x3':
      case 'sep_conv_5x5': {
        const kernel = operation === 'sep_conv_3x3' ? 3 : 5;
        const first = this.separable(`${scope}/first`, from, { kernel, stride, dilation: 1 });
        return this.separable(`${scope}/second`, first, { kernel, stride: 1, dilation: 1 });
      }
      case 'dil_conv_3x3':
      case 'dil_conv_5x5':
        return this.separable(scope, from, {
          kernel: operation === 'dil_conv_3x3' ? 3 : 5,
          stride,
          dilation: 2,
        });
      default:
        return unreachable(operation, 'operation');
    }
  }

  private activated(scope: string, from: string): string {
    return this.builder.node(`${scope}/activation`, 'activation', from, { function: 'relu' });
  }

  private pooled(scope: string, pooling: string): string {
    return this.form.isSearched ? this.normalized(scope, pooling) : pooling;
  }

  private normalized(scope: string, from: string): string {
    const attributes = this.form.isSearched ? { scale: false, center: false } : {};
    return this.builder.node(`${scope}/batchNormalization`, 'batchNormalization', from, attributes);
  }

  private convolved(scope: string, from: string, kernel: number): string {
    const convolution = this.builder.node(
      `${scope}/convolution`,
      'convolution',
      this.activated(scope, from),
      { filters: this.width, kernel: [kernel, kernel], bias: false },
    );
    return this.normalized(scope, convolution);
  }

  private separable(
    scope: string,
    from: string,
    windows: { readonly kernel: number; readonly stride: number; readonly dilation: number },
  ): string {
    const { kernel, stride, dilation } = windows;
    const active = this.activated(scope, from);
    const convolution = this.builder.node(`${scope}/convolution`, 'separableConvolution', active, {
      filters: this.width,
      kernel: [kernel, kernel],
      stride,
      dilation,
      bias: false,
    });
    return this.normalized(scope, convolution);
  }

  private reduced(scope: string, from: string): string {
    const active = this.activated(scope, from);
    const { width: filters } = this;
    return this.normalized(
      scope,
      this.builder.node(`${scope}/reduction`, 'factorizedReduction', active, { filters }),
    );
  }
}
