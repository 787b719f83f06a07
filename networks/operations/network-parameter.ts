/** A tensor of a network that lives from step to step. */
export interface NetworkParameter {
  /** Name of the node, a slash and what it is, such as `stem/kernel`. */
  readonly name: string;
  readonly sizes: readonly number[];
  /** Trained by gradients; false: a running average. */
  readonly trained: boolean;
  /** Weight decay acts on it: kernels, but no biases, scales and offsets. */
  readonly decayed: boolean;
  /** A fixed number, or uniform within ±√(3 · gain / inputs), which has the variance gain / inputs. */
  readonly initial: { readonly kind: 'fixed'; readonly value: number } | RandomInitial;
}

interface RandomInitial {
  readonly kind: 'uniform';
  /** Numbers that go into one output. */
  readonly inputs: number;
  readonly gain: number;
}

interface Named {
  readonly name: string;
}

/** A trained kernel of a node, of which `fanIn` numbers go into one output. */
export function kernelOf(
  node: Named,
  what: string,
  sizes: readonly number[],
  fanIn: number,
  gain = 2,
): NetworkParameter {
  return {
    name: `${node.name}/${what}`,
    sizes,
    trained: true,
    decayed: true,
    initial: { kind: 'uniform', inputs: fanIn, gain },
  };
}

/** A vector of a node that begins with one value everywhere. */
export function vectorOf(
  node: Named,
  what: string,
  length: number,
  value: number,
  trained = true,
): NetworkParameter {
  return {
    name: `${node.name}/${what}`,
    sizes: [length],
    trained,
    decayed: false,
    initial: { kind: 'fixed', value },
  };
}

/** The bias of a node, if it has one. */
export function biasOf(
  node: Named & { readonly attributes: { readonly bias: boolean } },
  length: number,
): readonly NetworkParameter[] {
  return node.attributes.bias ? [vectorOf(node, 'bias', length, 0)] : [];
}
