import type { Genome } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { decide, everyOption, genomeOf, readDecisions, type IsLegal } from '../policy-gradient/decisions.js';
import { controllerName } from './controller-options.js';
import type { ControllerTensors } from './controller-tensors.js';
import type { DecisionLayout, MacroLayer, MicroBlock } from './decision-layout.js';
import type { LstmInput, LstmState, PolicyTape, TapeVector } from './policy-tape.js';

/** Takes a decision: the index of its head, its logits, and which of its options are legal. */
export type Decide = (place: number, logits: TapeVector, isLegal: IsLegal) => number;

/** An architecture as the controller went through it. */
export interface WalkedArchitecture {
  readonly genome: Genome;
  /** The hidden state after the last decision. */
  readonly last: TapeVector;
}

/** What the controller goes through the decisions with. */
interface Walker {
  readonly tape: PolicyTape;
  readonly layout: DecisionLayout;
  readonly tensors: ControllerTensors;
  readonly decide: Decide;
}

/**
 * Goes through the decisions of an architecture in the order of the layout, running the LSTM anew (Pham et al., 2018), and
 * lets `decide` take each of them.
 */
export function walkArchitecture(walker: Walker): WalkedArchitecture {
  const { order } = walker.layout;
  switch (order.kind) {
    case 'generic':
      return walkGeneric(walker);
    case 'macro':
      return walkMacro(walker, order.layers);
    case 'micro':
      return walkMicro(walker, order.cells);
    default:
      return order satisfies never;
  }
}

/** The options that a genome stands for, by the index of their head; −1 for heads that are not active in it. */
export function optionsOf({ tree }: DecisionLayout, genome: Genome): Int32Array {
  const options = new Int32Array(tree.heads.length).fill(-1);
  for (const { place, option } of readDecisions(tree, genome)) options[place] = option;
  return options;
}

/** Each active decision in genome order: a step on what was decided before, then the logits of its class. */
function walkGeneric({ tape, layout, tensors, decide: choose }: Walker): WalkedArchitecture {
  let state = begin(tape);
  let input = startOf(tensors);
  const genome = decide(layout.tree, (_, place, isLegal) => {
    state = tape.lstm(input, state);
    const option = choose(place, outputOf(tape, layout, tensors, place, state.hidden), isLegal);
    input = embeddingOf(layout, tensors, place, option);
    return option;
  });
  return { genome, last: state.hidden };
}

/**
 * A layer is a step for its operation and one on the operation's embedding, whose hidden state decides the skips by
 * attention and is the layer's anchor. The mean of the anchors that it adds (with one more, of zeros) is the next input.
 */
function walkMacro(walker: Walker, layers: readonly MacroLayer[]): WalkedArchitecture {
  const { tape, layout, tensors, decide: choose } = walker;
  const { anchor, query, score } = attentionOf(tensors);
  const options = new Int32Array(layout.tree.heads.length);
  const anchors: TapeVector[] = [];
  const projected: TapeVector[] = [];
  let state = begin(tape);
  let input = startOf(tensors);
  for (const [layer, { operation, skips }] of layers.entries()) {
    state = tape.lstm(input, state);
    const option = choose(operation, outputOf(tape, layout, tensors, operation, state.hidden), everyOption);
    options[operation] = option;
    state = tape.lstm(embeddingOf(layout, tensors, operation, option), state);
    const chosen: TapeVector[] = [];
    if (layer > 0) {
      const scores = tape.attention(projected, tape.linear(state.hidden, query), score);
      for (const [earlier, place] of skips.entries()) {
        const taken = choose(place, tape.signedPair(scores, earlier), everyOption);
        options[place] = taken;
        const own = anchors[earlier];
        if (taken === 1 && own !== undefined) chosen.push(own);
      }
    }
    anchors.push(state.hidden);
    projected.push(tape.linear(state.hidden, anchor));
    input =
      layer === 0
        ? startOf(tensors)
        : { kind: 'vector', vector: tape.scaledSum(chosen, 1 / (1 + chosen.length)) };
  }
  return { genome: genomeOf(layout.tree, options), last: state.hidden };
}

/**
 * A block is two steps for its inputs, which attention over the anchors decides, two for its operations, and one whose
 * hidden state is the block's anchor. The two inputs of a cell have anchors of zeros. The second cell goes on from the
 * memory of the first.
 */
function walkMicro(
  { tape, layout, tensors, decide: choose }: Walker,
  cells: readonly (readonly MicroBlock[])[],
): WalkedArchitecture {
  const { anchor, query, score } = attentionOf(tensors);
  const options = new Int32Array(layout.tree.heads.length);
  let state = begin(tape);
  for (const blocks of cells) {
    const anchors: TapeVector[] = [];
    const projected: TapeVector[] = [];
    for (let each = 0; each < 2; each += 1) {
      state = tape.lstm(startOf(tensors), state);
      anchors.push(tape.zeros());
      projected.push(tape.linear(state.hidden, anchor));
    }
    for (const { indices, operations } of blocks) {
      let input = startOf(tensors);
      for (const place of indices) {
        state = tape.lstm(input, state);
        const scores = tape.attention(projected, tape.linear(state.hidden, query), score);
        const index = choose(place, scores, everyOption);
        options[place] = index;
        input = { kind: 'vector', vector: anchors[index] ?? tape.zeros() };
      }
      for (const place of operations) {
        state = tape.lstm(input, state);
        const option = choose(place, outputOf(tape, layout, tensors, place, state.hidden), everyOption);
        options[place] = option;
        input = embeddingOf(layout, tensors, place, option);
      }
      state = tape.lstm(input, state);
      anchors.push(state.hidden);
      projected.push(tape.linear(state.hidden, anchor));
    }
  }
  return { genome: genomeOf(layout.tree, options), last: state.hidden };
}

function begin(tape: PolicyTape): LstmState {
  return { hidden: tape.zeros(), cell: tape.zeros() };
}

function startOf({ start }: ControllerTensors): LstmInput {
  return { kind: 'row', at: start.at };
}

function embeddingOf(
  { classOf }: DecisionLayout,
  { embeddings, units }: ControllerTensors,
  place: number,
  option: number,
): LstmInput {
  const embedding = embeddings[classOf[place] ?? -1];
  if (embedding === undefined) throw missing(place);
  return { kind: 'row', at: embedding.at + option * units };
}

function outputOf(
  tape: PolicyTape,
  { classOf }: DecisionLayout,
  { outputs }: ControllerTensors,
  place: number,
  hidden: TapeVector,
): TapeVector {
  const output = outputs[classOf[place] ?? -1];
  if (output === undefined) throw missing(place);
  return tape.linear(hidden, output);
}

function attentionOf({ attention }: ControllerTensors): NonNullable<ControllerTensors['attention']> {
  if (attention === null) throw new AlgorithmError(`this ${controllerName} has no attention`);
  return attention;
}

function missing(place: number): AlgorithmError {
  return new AlgorithmError(`${controllerName} has no weights for decision ${place}`);
}
