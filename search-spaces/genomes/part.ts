import { compile } from './compile.js';
import type { Genome } from '../views/genome.js';
import { shapeOf } from '../language/decision-kinds.js';
import { parseSpace } from '../language/parse-space.js';
import { nodeLength } from '../views/plan.js';
import type { Decision, Space } from '../language/space.js';
import { innerSpaces, isDecision, mapDecision, mapSpace, formOf } from '../language/space-form.js';
import type { FrozenTemplate, Template } from './template.js';
import { requireGenome } from './validate.js';
import type { ViewNode } from '../views/view.js';
import type { Place, Selection } from '../views/where.js';
import { placeSelector } from '../views/where.js';

/**
 * The space of the decisions that `where` selects; all others are frozen. A decoded genome of it is a space again,
 * with the selected decisions made. Ids are those of the whole space. `part(space, { not: where })` is the rest.
 */
export function part(space: Space, where: Selection): Space {
  const compiled = compile(space);
  return new Partition(compiled.view.nodes, placeSelector(where)).apply(space);
}

/** Freezes what is not selected, walking the space and its view side by side. */
class Partition {
  private readonly isSelected: (place: Place) => boolean;
  private nodes: readonly ViewNode[];
  private next = 0;
  private above: Place | null = null;

  constructor(nodes: readonly ViewNode[], isSelected: (place: Place) => boolean) {
    this.nodes = nodes;
    this.isSelected = isSelected;
  }

  apply(space: Space): Space {
    return mapSpace(space, '', (decision) => this.decision(decision));
  }

  private decision(decision: Decision): Space {
    const node = this.nodes[this.next++];
    if (node === undefined) throw new Error('A view has fewer decisions than its space.');
    const place = { node, id: node.id, above: this.above };
    const changed = mapDecision(decision, (inner, i) => this.below(inner, subOf(node, i), place));
    return this.isSelected(place) ? changed : { $kind: 'frozen', of: changed };
  }

  private below(space: Space, nodes: readonly ViewNode[], place: Place): Space {
    const outer = { nodes: this.nodes, next: this.next, above: this.above };
    this.nodes = nodes;
    this.next = 0;
    this.above = place;
    const result = this.apply(space);
    this.nodes = outer.nodes;
    this.next = outer.next;
    this.above = outer.above;
    return result;
  }
}

function subOf(node: ViewNode, candidate: number): readonly ViewNode[] {
  return 'sub' in node ? (node.sub[candidate]?.nodes ?? []) : [];
}

/** Whether nothing is left to decide in a space, or in a decoded value of a part of one. */
export function isConcrete(space: Space): boolean {
  return !holdsDecision(parseSpace(space));
}

function holdsDecision(space: Space): boolean {
  return isDecision(space) || formOf(space).kind === 'frozen' || innerSpaces(space).some(holdsDecision);
}

/**
 * The genome of the whole space from a genome of `part(space, where)` and one of what was left of it,
 * `decode(part(space, where), partGenome)`. Throws `SpaceError` for genomes of other spaces.
 */
export function join(space: Space, where: Selection, partGenome: Genome, restGenome: Genome): Genome {
  const compiled = compile(part(space, where));
  if (compiled.template === null) throw new TypeError('join needs the space; a view has no values.');
  const numbers = requireGenome(compiled.plan, partGenome);
  const joiner = new Joiner(numbers, restGenome);
  joiner.template(compiled.template);
  return requireGenome(compile(space).plan, joiner.whole());
}

/** Reads two genomes alternately, as the decisions of the whole space come. */
class Joiner {
  private readonly part: Genome;
  private readonly rest: Genome;
  private readonly out: number[] = [];
  private partPlace = 0;
  private restPlace = 0;

  constructor(part: Genome, rest: Genome) {
    this.part = part;
    this.rest = rest;
  }

  /** The joined numbers and those that the rest has too many, so that `requireGenome` refuses them. */
  whole(): Genome {
    return [...this.out, ...this.rest.slice(this.restPlace)];
  }

  private fromPart(): number {
    const number = this.part[this.partPlace++] ?? 0;
    this.out.push(number);
    return number;
  }

  private fromRest(): number | undefined {
    const number = this.rest[this.restPlace];
    if (number === undefined) return undefined;
    this.restPlace++;
    this.out.push(number);
    return number;
  }

  template(template: Template): void {
    switch (template.kind) {
      case 'fixed':
      case 'derived':
        return;
      case 'array':
        for (const item of template.items) this.template(item);
        return;
      case 'object':
        for (const member of template.members) this.template(member);
        return;
      case 'constrained':
        this.template(template.of);
        return;
      case 'choice':
        this.below(template.candidates[this.fromPart()]);
        return;
      case 'picks':
        for (let pick = 0; pick < template.plan.k; pick++) {
          this.below(template.candidates[this.fromPart()]);
        }
        return;
      case 'number':
        this.fromPart();
        return;
      case 'list': {
        const length = this.fromPart();
        for (let i = 0; i < length; i++) this.below(template.elements[i]);
        return;
      }
      case 'frozen':
        this.frozen(template);
        return;
      default:
        template satisfies never;
    }
  }

  private below(template: Template | undefined): void {
    if (template !== undefined) this.template(template);
  }

  /** The part's numbers for all candidates stand in a row; each use of a candidate reads its own. */
  private frozen({ node, parts }: FrozenTemplate): void {
    const starts: number[] = [];
    let end = this.partPlace;
    for (const one of parts) {
      starts.push(end);
      end += templateLength(one, this.part, end);
    }
    const use = (candidate: number): void => {
      const start = starts[candidate];
      if (start === undefined) return;
      this.partPlace = start;
      this.below(parts[candidate]);
    };
    const index = (): number => this.fromRest() ?? -1;
    const shape = shapeOf(node);
    switch (shape.kind) {
      case 'choice':
        use(index() - shape.implied.length);
        break;
      case 'picks':
        for (let pick = 0; pick < shape.k; pick++) use(index());
        break;
      case 'length': {
        const length = Math.min(index(), shape.max);
        for (let i = 0; i < length; i++) use(0);
        break;
      }
      case 'int':
      case 'float':
        this.fromRest();
        break;
      default:
        shape satisfies never;
    }
    this.partPlace = end;
  }
}

/** How many numbers of a valid genome belong to a template that starts at `start`. */
function templateLength(template: Template, numbers: Genome, start: number): number {
  const inRow = (templates: readonly Template[]): number => {
    let place = start;
    for (const one of templates) place += templateLength(one, numbers, place);
    return place - start;
  };
  switch (template.kind) {
    case 'fixed':
    case 'derived':
      return 0;
    case 'array':
      return inRow(template.items);
    case 'object':
      return inRow(template.members);
    case 'constrained':
      return templateLength(template.of, numbers, start);
    case 'frozen':
      return inRow(template.parts);
    case 'choice':
    case 'picks':
    case 'number':
    case 'list':
      return nodeLength(template.plan, numbers, start);
    default:
      return template satisfies never;
  }
}
