import { unreachable } from '../../foundation/errors/index.js';
import { dpow } from '../../foundation/numbers/index.js';
import type { Attributes } from '../tensorflow-graph/attribute.js';
import { flag, type } from '../tensorflow-graph/attribute.js';
import type { GraphVariable, GraphWriter, Value } from '../tensorflow-graph/graph-writer.js';

/**
 * How weights follow their gradients.
 * `sgd`: v ← momentum · v + g, w ← w − rate · v (Nesterov: rate · (g + momentum · v)), as in PyTorch.
 * `adam` adds the weight decay to the gradient; `adamw` takes rate · decay · w off the weight by itself.
 */
export type Optimizer =
  | { readonly kind: 'sgd'; readonly momentum?: number; readonly nesterov?: boolean }
  | {
      readonly kind: 'adam' | 'adamw';
      readonly beta1?: number;
      readonly beta2?: number;
      readonly epsilon?: number;
    };

/** Numbers of a training step that change without another graph. */
export interface StepNumbers {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  /** Largest norm of all gradients together; only read if the graph clips. */
  readonly clipNorm: number;
}

/** Order of the numbers in the fed vector. */
const numberNames = [
  ...(['learningRate', 'weightDecay', 'labelSmoothing', 'clipNorm'] as const),
  ...(['first', 'second', 'epsilon', 'firstPower', 'secondPower'] as const),
] as const;
type NumberName = (typeof numberNames)[number];

/** How many numbers are fed. */
export const fedNumberCount = numberNames.length;

/** The fed vector of a step; steps count from 1. */
export function fedNumbers(optimizer: Optimizer, numbers: StepNumbers, step: number): Float32Array {
  const own = ownNumbers(optimizer, step);
  return Float32Array.from(numberNames, (name) => ({ ...numbers, ...own })[name]);
}

function ownNumbers(
  optimizer: Optimizer,
  step: number,
): Record<Exclude<NumberName, keyof StepNumbers>, number> {
  switch (optimizer.kind) {
    case 'sgd':
      return { first: optimizer.momentum ?? 0, second: 0, epsilon: 0, firstPower: 0, secondPower: 0 };
    case 'adam':
    case 'adamw': {
      const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optimizer;
      return {
        first: beta1,
        second: beta2,
        epsilon,
        firstPower: dpow(beta1, step),
        secondPower: dpow(beta2, step),
      };
    }
    default:
      return unreachable(optimizer, 'optimizer');
  }
}

/** The fed numbers as values of the graph. */
export type NumberValues = Readonly<Record<NumberName, Value>>;

/** Takes the fed vector apart. */
export function numberValues(graph: GraphWriter, fed: Value): NumberValues {
  const outputs = graph.ops(
    'Unpack',
    [fed],
    numberNames.map(() => ({ type: 'float', sizes: [] })),
    {
      T: type('float'),
      num: { kind: 'int', value: numberNames.length },
    },
  );
  const entries = numberNames.map((name, i) => [name, outputs[i]] as const);
  return Object.fromEntries(entries) as NumberValues;
}

/** What an optimiser keeps for each parameter, all zeros at first. */
export function slotNames(optimizer: Optimizer): readonly string[] {
  return optimizer.kind === 'sgd' ? ['momentum'] : ['firstMoment', 'secondMoment'];
}

/** A parameter with its slots, its gradient and whether weight decay acts on it. */
export interface ParameterUpdate {
  readonly variable: GraphVariable;
  readonly slots: readonly GraphVariable[];
  readonly gradient: Value;
  readonly decayed: boolean;
  /** The value of the variable where it is there only at times, as the gradient is; default: as it is read. */
  readonly value?: Value;
}

/** Writes the update of one parameter; returns the node that has run when it is done. */
export function writeUpdate(
  graph: GraphWriter,
  optimizer: Optimizer,
  { variable, slots, gradient, decayed, value }: ParameterUpdate,
  numbers: NumberValues,
): string {
  const times = (left: Value, right: Value): Value => graph.float('Mul', [left, right], variable.sizes);
  const [first, second] = slots;
  if (first === undefined) throw new Error(`${variable.name} has no slots.`);
  const attributes: Attributes = { T: type('float'), use_locking: flag(false) };
  const isCoupled = decayed && optimizer.kind !== 'adamw';
  const direction = isCoupled
    ? graph.float(
        'AddV2',
        [gradient, times(value ?? graph.read(variable), numbers.weightDecay)],
        variable.sizes,
      )
    : gradient;
  switch (optimizer.kind) {
    case 'sgd':
      return graph.effect(
        'ResourceApplyMomentum',
        [variable.handle, first.handle, numbers.learningRate, direction, numbers.first],
        { ...attributes, use_nesterov: flag(optimizer.nesterov ?? false) },
      );
    case 'adam':
    case 'adamw': {
      if (second === undefined) throw new Error(`${variable.name} lacks a slot.`);
      const before: string[] = [];
      if (decayed && optimizer.kind === 'adamw') {
        const share = graph.float('Mul', [numbers.learningRate, numbers.weightDecay], []);
        const decay = times(value ?? graph.read(variable), share);
        before.push(graph.effect('AssignSubVariableOp', [variable.handle, decay], { dtype: type('float') }));
      }
      return graph.effect(
        'ResourceApplyAdam',
        [
          ...[variable.handle, first.handle, second.handle, numbers.firstPower, numbers.secondPower],
          ...[numbers.learningRate, numbers.first, numbers.second, numbers.epsilon, direction],
        ],
        { ...attributes, use_nesterov: flag(false) },
        before,
      );
    }
    default:
      return unreachable(optimizer, 'optimizer');
  }
}

/** Scales gradients down together where their common norm is larger than the limit. */
export function clipTogether(
  graph: GraphWriter,
  gradients: readonly Value[],
  limit: Value,
): readonly Value[] {
  const halves = gradients.map((gradient) => graph.float('L2Loss', [gradient], []));
  const factor = clippingFactor(graph, halves, limit);
  return gradients.map((gradient) => graph.float('Mul', [gradient, factor], gradient.sizes));
}

/** By what gradients are scaled down together, from half of each one's squared norm. */
export function clippingFactor(graph: GraphWriter, halves: readonly Value[], limit: Value): Value {
  const half = graph.float('AddN', halves, [], { N: { kind: 'int', value: halves.length } });
  const norm = graph.float('Sqrt', [graph.float('Mul', [half, graph.number(2)], [])], []);
  return graph.float('RealDiv', [limit, graph.float('Maximum', [norm, limit], [])], []);
}
