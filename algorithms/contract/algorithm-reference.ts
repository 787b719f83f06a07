import type { StateValue } from './state-value.js';

/** How a definition names an algorithm: plain data made by a builder such as `regularizedEvolution({...})`. */
export interface AlgorithmReference {
  readonly name: string;
  readonly version: number;
  readonly config: { readonly [key: string]: StateValue };
}

/** The text that identifies a reference in messages. */
export function nameOfReference(reference: AlgorithmReference): string {
  return `'${reference.name}' version ${reference.version}`;
}
