import { candidateId, elementId, lengthId, memberId } from '../language/decision-id.js';
import { sizeOfNodes } from './size.js';
import type { Meta, Space } from '../language/space.js';
import { innerSpaces, insideFrozen, nodeOf } from '../language/space-node.js';
import type { View, ViewNode, When } from './view.js';

/** The view of a checked space. */
export function viewOfSpace(space: Space): View {
  return makeView(space, '', null);
}

function makeView(space: Space, id: string, when: When): View {
  const nodes: ViewNode[] = [];
  collect(space, id, when, nodes);
  const size = sizeOfNodes(nodes);
  return { $kind: 'view', nodes, constrained: isConstrained(space), size: String(size) };
}

/** Whether constraints are declared anywhere in a space. */
function isConstrained(space: Space): boolean {
  return nodeOf(space).kind === 'constrained' || innerSpaces(space).some(isConstrained);
}

const nothing: View = { $kind: 'view', nodes: [], constrained: false, size: '1' };

function meta(node: Meta): { readonly name?: string; readonly tags: readonly string[] } {
  return { ...(node.name === undefined ? {} : { name: node.name }), tags: node.tags ?? [] };
}

function ownWeights(node: { readonly weights?: readonly number[] }): {
  readonly weights?: readonly number[];
} {
  return node.weights === undefined ? {} : { weights: node.weights };
}

function subViews(candidates: readonly Space[], id: string): readonly View[] {
  return candidates.map((candidate, is) =>
    makeView(candidate, candidateId(id, is, candidates.length), { id, is }),
  );
}

function collect(space: Space, id: string, when: When, nodes: ViewNode[]): void {
  const seen = nodeOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
      return;
    case 'array':
      seen.items.forEach((item, i) => {
        collect(item, elementId(id, i), when, nodes);
      });
      return;
    case 'object':
      for (const [key, member] of Object.entries(seen.of)) collect(member, memberId(id, key), when, nodes);
      return;
    case 'oneOf': {
      const { node } = seen;
      const of = node.candidates.length;
      const sub = subViews(node.candidates, id);
      nodes.push({ kind: 'choice', id, ...meta(node), when, of, ...ownWeights(node), sub });
      return;
    }
    case 'manyOf': {
      const { node, distinct, sorted } = seen;
      const { k } = node;
      const of = node.candidates.length;
      const sub = subViews(node.candidates, k === 1 ? id : elementId(id, '*'));
      const permutation = false;
      nodes.push({
        kind: 'picks',
        id,
        ...meta(node),
        when,
        k,
        of,
        distinct,
        sorted,
        permutation,
        ...ownWeights(node),
        sub,
      });
      return;
    }
    case 'permutation': {
      const { node } = seen;
      const of = node.candidates.length;
      const sub = subViews(node.candidates, of === 1 ? id : elementId(id, '*'));
      const rules = { distinct: true, sorted: false, permutation: true };
      nodes.push({ kind: 'picks', id, ...meta(node), when, k: of, of, ...rules, sub });
      return;
    }
    case 'int': {
      const { node, step, scale } = seen;
      nodes.push({ kind: 'int', id, ...meta(node), when, min: node.min, max: node.max, step, scale });
      return;
    }
    case 'float': {
      const { node, scale } = seen;
      nodes.push({ kind: 'float', id, ...meta(node), when, min: node.min, max: node.max, scale });
      return;
    }
    case 'bool':
      nodes.push({
        kind: 'choice',
        id,
        ...meta(seen.node),
        when,
        of: 2,
        ...ownWeights(seen.node),
        sub: [nothing, nothing],
      });
      return;
    case 'optional': {
      const { node } = seen;
      const sub = [nothing, makeView(node.of, candidateId(id, 1, 2), { id, is: 1 })];
      nodes.push({ kind: 'choice', id, ...meta(node), when, of: 2, ...ownWeights(node), sub });
      return;
    }
    case 'listOf': {
      const { node } = seen;
      const length = lengthId(id);
      const sub = Array.from({ length: node.max }, (_, above) =>
        makeView(node.of, elementId(id, above), { id: length, above }),
      );
      nodes.push({ kind: 'length', id: length, ...meta(node), when, min: node.min, max: node.max, sub });
      return;
    }
    case 'derived':
      return;
    case 'constrained':
      collect(seen.node.of, id, when, nodes);
      return;
    case 'frozen':
      for (const [inner, innerId] of insideFrozen(seen.node.of, id)) collect(inner, innerId, when, nodes);
      return;
    default:
      seen satisfies never;
  }
}
