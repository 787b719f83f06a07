import { isPlainObject, type Json } from '../../foundation/json/index.js';
import type { SearchContext } from './definition.js';

// `{units}`, `{optimizer.momentum}`; not `${HOME}`. In two pairs of braces it stands for itself.
const placeholder = /\{(\{[A-Za-z_]\w*(?:\.\w+)*\})\}|(?<!\$)\{([A-Za-z_]\w*(?:\.\w+)*)\}/g;

/** The paths of the parameters that stand in braces in a command line, such as `optimizer.momentum`. */
export function placeholdersOf(line: string): readonly string[] {
  return [...line.matchAll(placeholder)].flatMap(([, , path]) => (path === undefined ? [] : [path]));
}

/** True when `fillPlaceholders` would change the line, whatever the parameters are. */
export function hasPlaceholders(line: string): boolean {
  return [...line.matchAll(placeholder)].length > 0;
}

/** A command line with a trial's parameters in it, or the path of one that the trial does not have. */
export type FilledLine =
  { readonly kind: 'filled'; readonly line: string } | { readonly kind: 'missing'; readonly path: string };

/**
 * Puts the parameters of a trial in place of the braces that name them: its own first, then those of the outer levels as
 * `level.name`. A value is one word of the shell, quoted where need be: text as it is, all else as JSON.
 */
export function fillPlaceholders(line: string, parameters: Json, context: SearchContext): FilledLine {
  let missing: string | undefined;
  const filled = line.replace(placeholder, (_whole, plain: string | undefined, path: string | undefined) => {
    if (path === undefined) return plain ?? '';
    const keys = path.split('.');
    const own = valueAt(parameters, keys);
    const value = own === undefined ? valueAt(context, keys) : own;
    if (value === undefined) {
      missing ??= path;
      return '';
    }
    return shellWord(typeof value === 'string' ? value : JSON.stringify(value));
  });
  return missing === undefined ? { kind: 'filled', line: filled } : { kind: 'missing', path: missing };
}

function valueAt(value: Json | SearchContext, keys: readonly string[]): Json | undefined {
  let found: unknown = value;
  for (const key of keys) {
    if (!isPlainObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found as Json;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
