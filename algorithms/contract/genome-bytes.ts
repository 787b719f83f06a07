import type { View, ViewNode } from '../../search-spaces/index.js';

const bytesByView = new WeakMap<View, number>();

/** Upper bound in bytes of an encoded genome of the view, its header included. Computed once per view. */
export function largestGenomeBytes(view: View): number {
  const known = bytesByView.get(view);
  if (known !== undefined) return known;
  const bytes = 5 + bytesOfView(view);
  bytesByView.set(view, bytes);
  return bytes;
}

function bytesOfView(view: View): number {
  return view.nodes.reduce((bytes, node) => bytes + bytesOfNode(node), 0);
}

function bytesOfNode(node: ViewNode): number {
  switch (node.kind) {
    case 'choice':
      return bytesOfIndex(node.of) + largestOf(node.sub);
    case 'picks':
      return node.k * (bytesOfIndex(node.of) + largestOf(node.sub));
    case 'int':
      return bytesOfInt(node.min, node.max);
    case 'float':
      return 9;
    case 'length':
      return (
        bytesOfInt(node.min, node.max) + node.sub.reduce((bytes, element) => bytes + bytesOfView(element), 0)
      );
    default:
      return node satisfies never;
  }
}

function largestOf(candidates: readonly View[]): number {
  return candidates.reduce((most, candidate) => Math.max(most, bytesOfView(candidate)), 0);
}

function bytesOfIndex(of: number): number {
  return bytesOfInt(0, of - 1);
}

function bytesOfInt(min: number, max: number): number {
  if (min >= -32 && max < 0x80) return 1;
  if (min >= -0x80 && max < 0x100) return 2;
  if (min >= -0x8000 && max < 0x1_0000) return 3;
  if (min >= -0x8000_0000 && max < 0x1_0000_0000) return 5;
  return 9;
}
