import type { View, ViewNode } from './view.js';

/** Characters of the longest text of a number, such as -1.2345678901234567e-100, and of the comma after it. */
const numberCharacters = 25;

/** Characters of the longest JSON text that a genome of this view can have. */
export function longestGenome({ nodes }: View): number {
  return nodes.reduce((sum, node) => sum + longestPart(node), 0);
}

function longestPart(node: ViewNode): number {
  switch (node.kind) {
    case 'choice':
      return digits(node.of) + longestOf(node.sub);
    case 'picks':
      return node.k * (digits(node.of) + longestOf(node.sub));
    case 'int':
      return Math.max(digits(node.min), digits(node.max));
    case 'float':
      return numberCharacters;
    case 'length':
      return digits(node.max) + node.max * longestOf(node.sub.slice(0, 1));
    default:
      return node satisfies never;
  }
}

function longestOf(views: readonly View[]): number {
  return views.reduce((longest, view) => Math.max(longest, longestGenome(view)), 0);
}

/** Characters of a whole number and of the comma after it. */
function digits(number: number): number {
  return String(number).length + 1;
}
