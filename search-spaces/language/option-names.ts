import type { Json } from '../../foundation/json/index.js';
import { candidateId, elementId, lengthId, memberId } from './decision-id.js';
import type { Decision, Space } from './space.js';
import { nodeOf } from './space-node.js';
import { insideFrozen } from './space-node.js';

/** Characters of a name at most. */
const longest = 40;

/** Names for people of what the numbers of a genome stand for: `relu`, `0.001`, `{op: conv, width: …}`. */
export class OptionNames {
  private readonly decisions = new Map<string, Decision>();

  constructor(space: Space) {
    this.collect(space, '');
  }

  /** The name of an option of the decision that has this id in the view of the space. */
  nameOf(node: string, numbers: readonly number[]): string {
    const decision = this.decisions.get(node);
    const names = numbers.map((number) =>
      decision === undefined ? short(number) : nameIn(decision, number),
    );
    return cut(names.join(', '));
  }

  private collect(space: Space, id: string): void {
    const seen = nodeOf(space);
    switch (seen.kind) {
      case 'scalar':
      case 'const':
      case 'derived':
        return;
      case 'array':
        for (const [place, item] of seen.items.entries()) this.collect(item, elementId(id, place));
        return;
      case 'object':
        for (const [key, member] of Object.entries(seen.of)) this.collect(member, memberId(id, key));
        return;
      case 'oneOf':
        this.candidates(seen.node, id, id, seen.node.candidates);
        return;
      case 'manyOf':
        this.candidates(seen.node, id, seen.node.k === 1 ? id : elementId(id, '*'), seen.node.candidates);
        return;
      case 'permutation': {
        const { candidates } = seen.node;
        this.candidates(seen.node, id, candidates.length === 1 ? id : elementId(id, '*'), candidates);
        return;
      }
      case 'int':
      case 'float':
      case 'bool':
        this.decisions.set(id, seen.node);
        return;
      case 'optional':
        this.decisions.set(id, seen.node);
        this.collect(seen.node.of, candidateId(id, 1, 2));
        return;
      case 'listOf':
        this.decisions.set(lengthId(id), seen.node);
        for (let place = 0; place < seen.node.max; place += 1)
          this.collect(seen.node.of, elementId(id, place));
        return;
      case 'constrained':
        this.collect(seen.node.of, id);
        return;
      case 'frozen':
        for (const [inner, innerId] of insideFrozen(seen.node.of, id)) this.collect(inner, innerId);
        return;
      default:
        seen satisfies never;
    }
  }

  private candidates(decision: Decision, id: string, below: string, candidates: readonly Space[]): void {
    this.decisions.set(id, decision);
    for (const [place, candidate] of candidates.entries())
      this.collect(candidate, candidateId(below, place, candidates.length));
  }
}

function nameIn(decision: Decision, number: number): string {
  switch (decision.$kind) {
    case 'oneOf':
    case 'manyOf':
    case 'permutation': {
      const candidate = decision.candidates[number];
      return candidate === undefined ? short(number) : shortSpace(candidate);
    }
    case 'bool':
      return number === 1 ? 'true' : 'false';
    case 'optional':
      return number === 1 ? 'present' : 'absent';
    case 'int':
    case 'float':
    case 'listOf':
      return short(number);
    default:
      return decision satisfies never;
  }
}

/** A candidate as one line; what is decided inside it is left open. */
function shortSpace(space: Space): string {
  const seen = nodeOf(space);
  switch (seen.kind) {
    case 'scalar':
      return short(seen.value);
    case 'const':
      return short(seen.value);
    case 'array':
      return `[${seen.items.map(shortSpace).join(', ')}]`;
    case 'object':
      return braces(Object.entries(seen.of).map(([key, member]) => [key, shortSpace(member)]));
    case 'constrained':
      return shortSpace(seen.node.of);
    case 'oneOf':
    case 'manyOf':
    case 'permutation':
    case 'int':
    case 'float':
    case 'bool':
    case 'optional':
    case 'listOf':
    case 'derived':
    case 'frozen':
      return '…';
    default:
      return seen satisfies never;
  }
}

function short(value: Json): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)));
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(short).join(', ')}]`;
  return braces(Object.entries(value).map(([key, member]) => [key, short(member)]));
}

function braces(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([key, text]) => `${key}: ${text}`).join(', ')}}`;
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
