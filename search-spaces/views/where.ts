import { isPlainObject } from '../../foundation/json/index.js';
import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { ActiveNode } from './active-node.js';
import { activeId } from './active-node.js';
import { idSegments, valuePath } from '../language/decision-id.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { ViewNode } from './view.js';

/**
 * Which decisions something is about, as data. In globs `*` stands for one segment of an id or path and `**` for
 * any number of them; `inside` means anywhere below a matching decision.
 */
export type Where =
  | { readonly tag: string }
  | { readonly kind: ViewNode['kind'] | 'permutation' }
  | { readonly name: string }
  | { readonly id: string }
  | { readonly path: string }
  | { readonly inside: Where }
  | { readonly not: Where }
  | { readonly and: readonly Where[] }
  | { readonly or: readonly Where[] }
  /** That many at random, of those that the rest of an enclosing `and` selects; for randomised operators only. */
  | { readonly any: number };

/** A `Where`, or a function of this process, which is never stored. */
export type Selection = Where | Predicate;

type Predicate = (node: ViewNode) => boolean;

function isPredicate(where: Selection): where is Predicate {
  return typeof where === 'function';
}

/** A decision as `Where` sees it, wherever it stands. */
export interface Place {
  readonly node: ViewNode;
  readonly id: string;
  readonly above: Place | null;
}

/** Makes the test that decides for a place whether it is selected. Throws `SpaceError` for what is no `Where`. */
export function placeSelector(where: Selection): (place: Place) => boolean {
  if (isPredicate(where)) return ({ node }) => where(node);
  if (!isPlainObject(where)) refuse(`${show(where)} is no selection of decisions.`);
  if ('tag' in where) return ({ node }) => node.tags.includes(where.tag);
  if ('kind' in where) return ({ node }) => isOfKind(node, where.kind);
  if ('name' in where) return ({ node }) => node.name === where.name;
  if ('id' in where) {
    const glob = idSegments(where.id);
    return (place) => matchesGlob(glob, idSegments(place.id));
  }
  if ('path' in where) {
    const glob = idSegments(where.path);
    return (place) => matchesGlob(glob, idSegments(valuePath(place.id)));
  }
  if ('inside' in where) {
    const outer = placeSelector(where.inside);
    return (place) => {
      for (let above = place.above; above !== null; above = above.above) if (outer(above)) return true;
      return false;
    };
  }
  if ('not' in where) {
    const inner = placeSelector(where.not);
    return (place) => !inner(place);
  }
  if ('and' in where) {
    const all = where.and.map(placeSelector);
    return (place) => all.every((one) => one(place));
  }
  if ('or' in where) {
    const some = where.or.map(placeSelector);
    return (place) => some.some((one) => one(place));
  }
  return refuse('any' in where ? 'only a randomised operator selects any.' : 'a selection has no such key.');
}

function refuse(detail: string): never {
  throw new SpaceError({ code: 'bad_selection', id: null, pos: null, detail });
}

/** Makes the test that decides for an active decision whether it is selected. */
export function selector(where: Selection): (active: ActiveNode) => boolean {
  const isSelected = placeSelector(where);
  return (active) => isSelected(new ActivePlace(active));
}

class ActivePlace implements Place {
  private readonly active: ActiveNode;

  constructor(active: ActiveNode) {
    this.active = active;
  }

  get node(): ViewNode {
    return this.active.plan.node;
  }

  get id(): string {
    return activeId(this.active);
  }

  get above(): Place | null {
    return this.active.parent === null ? null : new ActivePlace(this.active.parent);
  }
}

/** Which of some active decisions are selected, in their order; `any` draws from the source. */
export function selected(
  where: Selection,
  nodes: readonly ActiveNode[],
  source: ChoiceSource,
): readonly ActiveNode[] {
  if (!isRandomised(where)) return nodes.filter(selector(where));
  if ('any' in where) return someOf(nodes, where.any, source);
  if ('and' in where) {
    const [random, plain] = [where.and.filter(isRandomised), where.and.filter((part) => !isRandomised(part))];
    return [...plain, ...random].reduce((left, part) => selected(part, left, source), nodes);
  }
  if ('or' in where) {
    const chosen = new Set(where.or.flatMap((part) => selected(part, nodes, source)));
    return nodes.filter((node) => chosen.has(node));
  }
  if ('not' in where) {
    const chosen = new Set(selected(where.not, nodes, source));
    return nodes.filter((node) => !chosen.has(node));
  }
  const outer = new Set('inside' in where ? selected(where.inside, nodes, source) : []);
  return nodes.filter((node) => {
    for (let above = node.parent; above !== null; above = above.parent) if (outer.has(above)) return true;
    return false;
  });
}

function isRandomised(where: Selection): where is Where {
  if (isPredicate(where)) return false;
  if ('any' in where) return true;
  if ('and' in where) return where.and.some(isRandomised);
  if ('or' in where) return where.or.some(isRandomised);
  if ('not' in where) return isRandomised(where.not);
  return 'inside' in where && isRandomised(where.inside);
}

function someOf(nodes: readonly ActiveNode[], count: number, source: ChoiceSource): readonly ActiveNode[] {
  if (!Number.isSafeInteger(count) || count < 1)
    refuse(`any needs a count of at least 1, not ${show(count)}.`);
  if (count >= nodes.length) return nodes;
  const places = nodes.map((_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + source.below(places.length - i);
    [places[i], places[j]] = [places[j] ?? 0, places[i] ?? 0];
  }
  const chosen = new Set(places.slice(0, count));
  return nodes.filter((_, i) => chosen.has(i));
}

function isOfKind(node: ViewNode, kind: ViewNode['kind'] | 'permutation'): boolean {
  return kind === 'permutation' ? node.kind === 'picks' && node.permutation : node.kind === kind;
}

/** Whether a glob's segments match those of an id. */
export function matchesGlob(glob: readonly string[], segments: readonly string[]): boolean {
  // matched[j]: the glob up to here matches the first j segments.
  let matched = segments.map(() => false);
  matched.unshift(true);
  for (const part of glob) {
    const after = new Array<boolean>(segments.length + 1).fill(false);
    if (part === '**') {
      let reached = false;
      for (let j = 0; j <= segments.length; j++) {
        reached ||= matched[j] ?? false;
        after[j] = reached;
      }
    } else {
      for (let j = 0; j < segments.length; j++) {
        after[j + 1] = (matched[j] ?? false) && matchesSegment(part, segments[j] ?? '');
      }
    }
    matched = after;
  }
  return matched[segments.length] ?? false;
}

function matchesSegment(part: string, segment: string): boolean {
  return part === '*' || part === segment || (part === '[*]' && segment.startsWith('['));
}
