import { candidateId, elementId, lengthId } from '../language/decision-id.js';
import { shapeOf } from '../language/decision-kinds.js';
import { sizeOfNodes } from './size.js';
import type { Decision, Meta, Space } from '../language/space.js';
import { innerSpaces, isDecision, formOf, sideBySide } from '../language/space-form.js';
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
  return formOf(space).kind === 'constrained' || innerSpaces(space).some(isConstrained);
}

function meta(node: Meta): { readonly name?: string; readonly tags: readonly string[] } {
  return { ...(node.name === undefined ? {} : { name: node.name }), tags: node.tags ?? [] };
}

function ownWeights(node: { readonly weights?: readonly number[] }): {
  readonly weights?: readonly number[];
} {
  return node.weights === undefined ? {} : { weights: node.weights };
}

/** Whether candidates are numbers in strictly rising or falling order. */
function isMonotone(candidates: readonly Space[]): boolean {
  let direction = 0;
  let before: number | null = null;
  for (const candidate of candidates) {
    const form = formOf(candidate);
    if ((form.kind !== 'scalar' && form.kind !== 'const') || typeof form.value !== 'number') return false;
    const { value } = form;
    if (before !== null) {
      const step = Math.sign(value - before);
      if (step === 0 || (direction !== 0 && step !== direction)) return false;
      direction = step;
    }
    before = value;
  }
  return direction !== 0;
}

function subViews(candidates: readonly Space[], id: string): readonly View[] {
  return candidates.map((candidate, is) =>
    makeView(candidate, candidateId(id, is, candidates.length), { id, is }),
  );
}

function collect(space: Space, id: string, when: When, nodes: ViewNode[]): void {
  if (isDecision(space)) nodes.push(viewNode(space, id, when));
  else for (const [part, partId] of sideBySide(space, id)) collect(part, partId, when, nodes);
}

function viewNode(decision: Decision, id: string, when: When): ViewNode {
  const shape = shapeOf(decision);
  switch (shape.kind) {
    case 'choice': {
      const { candidates } = shape;
      const sub = subViews(candidates, id);
      const of = candidates.length;
      const ordered = isMonotone(candidates) ? { ordered: true as const } : {};
      return { kind: 'choice', id, ...meta(decision), when, of, ...ownWeights(shape), ...ordered, sub };
    }
    case 'picks': {
      const { k, candidates, distinct, sorted, permutation } = shape;
      const sub = subViews(candidates, k === 1 ? id : elementId(id, '*'));
      return {
        kind: 'picks',
        id,
        ...meta(decision),
        when,
        k,
        of: candidates.length,
        distinct,
        sorted,
        permutation,
        ...ownWeights(shape),
        sub,
      };
    }
    case 'int': {
      const { min, max, step, scale } = shape;
      return { kind: 'int', id, ...meta(decision), when, min, max, step, scale };
    }
    case 'float': {
      const { min, max, scale } = shape;
      return { kind: 'float', id, ...meta(decision), when, min, max, scale };
    }
    case 'length': {
      const { of, min, max } = shape;
      const length = lengthId(id);
      const sub = Array.from({ length: max }, (_, above) =>
        makeView(of, elementId(id, above), { id: length, above }),
      );
      return { kind: 'length', id: length, ...meta(decision), when, min, max, sub };
    }
    default:
      return shape satisfies never;
  }
}
