import type { SearchDefinition } from './definition.js';

/** How a definition travels in the input of a workflow or an activity. */
export type DefinitionReference =
  | { readonly kind: 'inline'; readonly definition: SearchDefinition }
  /** Hash of its JSON text in the artifact store. */
  | { readonly kind: 'stored'; readonly hash: string };

/** A search file's definition in the artifact store, as `define` of a client answers it: JSON for workflow code. */
export interface DefinedSearch extends Extract<DefinitionReference, { readonly kind: 'stored' }> {
  /** The name in the search file. */
  readonly name: string;
}

/** Largest definition that travels inline, in UTF-16 code units of its JSON text. */
const inlineLimit = 32_000;

/**
 * Whether a definition travels inline; a larger one is stored, and its hash travels. The length is that of the string,
 * not of its UTF-8 bytes, because the workflows of recorded histories decided by it.
 */
export function travelsInline(definition: SearchDefinition): boolean {
  return JSON.stringify(definition).length <= inlineLimit;
}
