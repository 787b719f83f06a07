import type { View, ViewNode } from './view.js';

/** How many points something has. */
export type Size = bigint | 'infinite';

/** The size of decisions side by side: the product. */
export function sizeOfNodes(nodes: readonly ViewNode[]): Size {
  let product = 1n;
  for (const node of nodes) {
    const size = sizeOfNode(node);
    if (size === 'infinite') return size;
    product *= size;
  }
  return product;
}

/** The size that a view states. */
export function sizeOfView(view: View): Size {
  return view.size === 'infinite' ? 'infinite' : BigInt(view.size);
}

/** How many outcomes one decision has, everything below it included. */
export function sizeOfNode(node: ViewNode): Size {
  switch (node.kind) {
    case 'choice': {
      const sizes = finiteSizes(node.sub);
      return sizes === 'infinite' ? sizes : sizes.reduce((sum, size) => sum + size, 0n);
    }
    case 'picks': {
      const sizes = finiteSizes(node.sub);
      return sizes === 'infinite' ? sizes : picksSize(sizes, node.k, node.distinct, node.sorted);
    }
    case 'int':
      return BigInt(Math.floor((node.max - node.min) / node.step)) + 1n;
    case 'float':
      return node.min === node.max ? 1n : 'infinite';
    case 'length': {
      const sizes = finiteSizes(node.sub);
      return sizes === 'infinite'
        ? sizes
        : lengthSizes(sizes, node.min).reduce((sum, size) => sum + size, 0n);
    }
    default:
      return node satisfies never;
  }
}

/** How many lists there are of each length from min on, given the sizes of all elements. */
export function lengthSizes(elements: readonly bigint[], min: number): readonly bigint[] {
  const sizes: bigint[] = [];
  let product = 1n;
  for (let length = 0; length <= elements.length; length++) {
    if (length > 0) product *= elements[length - 1] ?? 1n;
    if (length >= min) sizes.push(product);
  }
  return sizes;
}

function finiteSizes(views: readonly View[]): readonly bigint[] | 'infinite' {
  const sizes: bigint[] = [];
  for (const view of views) {
    const size = sizeOfView(view);
    if (size === 'infinite') return size;
    sizes.push(size);
  }
  return sizes;
}

/** The number of outcomes of k picks among candidates with the given sizes, by dynamic programming over candidates. */
export function picksSize(sizes: readonly bigint[], k: number, distinct: boolean, sorted: boolean): bigint {
  if (!distinct && !sorted) return sizes.reduce((sum, size) => sum + size, 0n) ** BigInt(k);
  // ways[j]: outcomes of j picks among the candidates seen so far; as sets where sorted, as sequences where not.
  const ways: bigint[] = new Array<bigint>(k + 1).fill(0n);
  ways[0] = 1n;
  for (const size of sizes) {
    if (distinct) {
      for (let j = k; j >= 1; j--) {
        const places = sorted ? 1n : BigInt(j);
        ways[j] = (ways[j] ?? 0n) + places * size * (ways[j - 1] ?? 0n);
      }
    } else {
      // A candidate may be picked again: its own new ways count as seen.
      for (let j = 1; j <= k; j++) ways[j] = (ways[j] ?? 0n) + size * (ways[j - 1] ?? 0n);
    }
  }
  return ways[k] ?? 0n;
}
