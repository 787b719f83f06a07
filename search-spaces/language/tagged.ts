import type { Space } from './space.js';
import { mapParts, formOf } from './space-form.js';

/** The same space with these tags on every decision, too: `ma2ml` finds the decisions of an agent by their tags. */
export function tagged<const S extends Space>(space: S, ...tags: readonly string[]): S {
  // The tags of decisions are optional fields of their types: a space with more of them has the same type.
  return withTags(space, tags) as S;
}

function withTags(space: Space, tags: readonly string[]): Space {
  const inside = (part: Space): Space => withTags(part, tags);
  const seen = formOf(space);
  switch (seen.kind) {
    case 'scalar':
    case 'const':
    case 'derived':
    case 'frozen':
      return space;
    case 'array':
      return seen.items.map(inside);
    case 'object':
      return Object.fromEntries(Object.entries(seen.of).map(([key, part]) => [key, inside(part)]));
    case 'decision': {
      const all = [...new Set([...(seen.node.tags ?? []), ...tags])];
      return mapParts({ ...seen.node, tags: all }, inside);
    }
    case 'constrained':
      return { ...seen.node, of: inside(seen.node.of) };
    default:
      return seen satisfies never;
  }
}
