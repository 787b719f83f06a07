import type { Json } from '../../foundation/json/index.js';
import type { DecisionShape } from './decision-shape.js';
import type { Decision } from './space.js';

/** The name of a kind of decision, as `$kind` has it. */
export type DecisionKindName = Decision['$kind'];

type Decisions = { readonly [K in DecisionKindName]: Extract<Decision, { readonly $kind: K }> };

/** The decisions of one kind. */
export type DecisionOf<K extends DecisionKindName> = Decisions[K];

/** All that is particular to one kind of decision once its node has been read. */
interface DecisionKind<D extends Decision> {
  readonly shape: (node: D) => DecisionShape;
  /** What the node states beside its spaces, weights and `Meta`, with defaults filled in. Enters the space's hash. */
  readonly settings: (node: D) => { readonly [field: string]: Json };
  /** Names of the options for people, where the candidates themselves do not say it. */
  readonly optionNames?: readonly string[];
}

type DecisionKinds = { readonly [K in DecisionKindName]: DecisionKind<Decisions[K]> };

/** Every kind of decision. The spaces in a node stand in its `candidates` or in its `of`; `partsOf` finds them there. */
const kinds = {
  oneOf: {
    shape: (node) => ({ kind: 'choice', candidates: node.candidates, implied: [], ...weights(node) }),
    settings: () => ({}),
  },
  manyOf: {
    shape: ({ k, candidates, distinct = true, sorted = false, ...node }) => ({
      kind: 'picks',
      k,
      candidates,
      distinct,
      sorted,
      permutation: false,
      ...weights(node),
    }),
    settings: ({ k, distinct = true, sorted = false }) => ({ k, distinct, sorted }),
  },
  permutation: {
    shape: ({ candidates }) => ({
      kind: 'picks',
      k: candidates.length,
      candidates,
      distinct: true,
      sorted: false,
      permutation: true,
    }),
    settings: () => ({}),
  },
  int: {
    shape: ({ min, max, step = 1, scale = 'linear' }) => ({ kind: 'int', min, max, step, scale }),
    settings: ({ min, max, step = 1, scale = 'linear' }) => ({ min, max, step, scale }),
  },
  float: {
    shape: ({ min, max, scale = 'linear' }) => ({ kind: 'float', min, max, scale }),
    settings: ({ min, max, scale = 'linear' }) => ({ min, max, scale }),
  },
  bool: {
    shape: (node) => ({
      kind: 'choice',
      candidates: [false, true],
      implied: [false, true],
      ...weights(node),
    }),
    settings: () => ({}),
  },
  optional: {
    shape: (node) => ({ kind: 'choice', candidates: [null, node.of], implied: [null], ...weights(node) }),
    settings: () => ({}),
    optionNames: ['absent', 'present'],
  },
  listOf: {
    shape: ({ of, min, max }) => ({ kind: 'length', of, min, max }),
    settings: ({ min, max }) => ({ min, max }),
  },
} satisfies DecisionKinds;

/** The same, typed so that the compiler accepts any kind's name as a key. */
const decisionKinds: DecisionKinds = kinds;

/** What a decision of a kind states beside its spaces, weights and `Meta`. */
export type DecisionSettings<K extends DecisionKindName> = ReturnType<(typeof kinds)[K]['settings']>;

function weights(node: { readonly weights?: readonly number[] }): { readonly weights?: readonly number[] } {
  return node.weights === undefined ? {} : { weights: node.weights };
}

/** A node of the kind K, written so that the compiler sees that its kind's functions take it. */
type NodeOf<K extends DecisionKindName> = Decisions[K] & { readonly $kind: K };

/** Whether a text names a kind of decision. */
export function isDecisionKind(name: string): name is DecisionKindName {
  return Object.hasOwn(decisionKinds, name);
}

/** What a decision decides. */
export function shapeOf<K extends DecisionKindName>(node: NodeOf<K>): DecisionShape {
  return decisionKinds[node.$kind].shape(node);
}

/** What a decision states beside its spaces, weights and `Meta`, with defaults filled in. */
export function settingsOf<K extends DecisionKindName>(node: NodeOf<K>): { readonly [field: string]: Json } {
  return decisionKinds[node.$kind].settings(node);
}

/** The names that a kind gives to its options; undefined where the options name themselves. */
export function optionNamesOf(node: Decision): readonly string[] | undefined {
  return decisionKinds[node.$kind].optionNames;
}
