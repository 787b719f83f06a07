import type { DecisionKindName, DecisionOf, DecisionSettings } from './decision-kinds.js';
import { settingsOf } from './decision-kinds.js';
import type { Space } from './space.js';
import type { SpaceForm } from './space-form.js';
import { formOf } from './space-form.js';

/** A decision under the name of its kind, with every default filled in. */
type DecisionNode<K extends DecisionKindName> = {
  readonly kind: K;
  readonly node: DecisionOf<K>;
} & DecisionSettings<K>;

/** A space seen as one of its kinds, with every default filled in. */
export type SpaceNode =
  | Exclude<SpaceForm, { readonly kind: 'decision' }>
  | { readonly [K in DecisionKindName]: DecisionNode<K> }[DecisionKindName];

/** Which kind of node a (checked) space is, for code that treats each kind in its own way. */
export function nodeOf(space: Space): SpaceNode {
  const form = formOf(space);
  if (form.kind !== 'decision') return form;
  // The settings are those of the node's own kind, which the compiler loses among the kinds.
  return { kind: form.node.$kind, node: form.node, ...settingsOf(form.node) } as SpaceNode;
}
