import { cutText, type Json } from '../../foundation/json/index.js';
import { candidateId, elementId, lengthId } from './decision-id.js';
import { optionNamesOf, shapeOf } from './decision-kinds.js';
import type { Decision, Space } from './space.js';
import { isDecision, formOf, sideBySide } from './space-form.js';

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
    return cutText(names.join(', '), longest);
  }

  private collect(space: Space, id: string): void {
    if (isDecision(space)) this.collectDecision(space, id);
    else for (const [part, partId] of sideBySide(space, id)) this.collect(part, partId);
  }

  private collectDecision(decision: Decision, id: string): void {
    const shape = shapeOf(decision);
    switch (shape.kind) {
      case 'choice':
        this.candidates(decision, id, id, shape.candidates);
        return;
      case 'picks':
        this.candidates(decision, id, shape.k === 1 ? id : elementId(id, '*'), shape.candidates);
        return;
      case 'int':
      case 'float':
        this.decisions.set(id, decision);
        return;
      case 'length':
        this.decisions.set(lengthId(id), decision);
        for (let place = 0; place < shape.max; place += 1) this.collect(shape.of, elementId(id, place));
        return;
      default:
        shape satisfies never;
    }
  }

  private candidates(decision: Decision, id: string, below: string, candidates: readonly Space[]): void {
    this.decisions.set(id, decision);
    for (const [place, candidate] of candidates.entries())
      this.collect(candidate, candidateId(below, place, candidates.length));
  }
}

function nameIn(decision: Decision, number: number): string {
  const shape = shapeOf(decision);
  switch (shape.kind) {
    case 'choice':
    case 'picks': {
      const candidate = shape.candidates[number];
      const name = optionNamesOf(decision)?.[number];
      return name ?? (candidate === undefined ? short(number) : shortSpace(candidate));
    }
    case 'int':
    case 'float':
    case 'length':
      return short(number);
    default:
      return shape satisfies never;
  }
}

/** A candidate as one line, with `…` for the decisions and derived values in it. */
function shortSpace(space: Space): string {
  const seen = formOf(space);
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
    case 'decision':
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
