import type { ActiveNode } from './active-node.js';
import { activeId } from './active-node.js';
import { idSegments, valuePath } from './decision-id.js';
import type { ViewNode } from './view.js';

/**
 * Which decisions an operator may touch, as data. In globs `*` stands for one segment of an id or path and `**` for
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
  | { readonly or: readonly Where[] };

/** A `Where`, or a function of this process, which is never stored. */
export type Selection = Where | Predicate;

type Predicate = (node: ViewNode) => boolean;

function isPredicate(where: Selection): where is Predicate {
  return typeof where === 'function';
}

/** Makes the test that decides for an active decision whether it is selected. */
export function selector(where: Selection): (active: ActiveNode) => boolean {
  if (isPredicate(where)) return (active) => where(active.plan.node);
  if ('tag' in where) return (active) => active.plan.node.tags.includes(where.tag);
  if ('kind' in where) return (active) => isOfKind(active.plan.node, where.kind);
  if ('name' in where) return (active) => active.plan.node.name === where.name;
  if ('id' in where) {
    const glob = idSegments(where.id);
    return (active) => matchesGlob(glob, idSegments(activeId(active)));
  }
  if ('path' in where) {
    const glob = idSegments(where.path);
    return (active) => matchesGlob(glob, idSegments(valuePath(activeId(active))));
  }
  if ('inside' in where) {
    const outer = selector(where.inside);
    return (active) => {
      for (let above = active.parent; above !== null; above = above.parent) if (outer(above)) return true;
      return false;
    };
  }
  if ('not' in where) {
    const inner = selector(where.not);
    return (active) => !inner(active);
  }
  if ('and' in where) {
    const all = where.and.map(selector);
    return (active) => all.every((one) => one(active));
  }
  const any = where.or.map(selector);
  return (active) => any.some((one) => one(active));
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
