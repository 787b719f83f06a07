import { isWellFormedText } from './text-encoding.js';

/** Plain data: what `JSON.parse` can return. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Refuse deeper values, so that a malicious value cannot exhaust the stack. */
const maximumDepth = 1000;

/**
 * Whether a value is an object made of own data alone, as opposed to a class instance. The test goes by the prototype
 * chain and not by `Object.prototype`, because plain objects may come from another realm of the workflow sandbox.
 */
export function isPlainObject(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * The canonical text of a JSON value (RFC 8785): equal values have equal texts.
 * Throws `TypeError` naming the place for anything that is not plain, finite, acyclic JSON.
 */
export function canonicalJson(value: Json): string {
  return write(value, '', [], true);
}

/** Whether a value is plain, finite, acyclic JSON, so that `JSON.parse(JSON.stringify(value))` equals it. */
export function isPlainJson(value: unknown): value is Json {
  try {
    write(value, '', [], false);
    return true;
  } catch (error) {
    if (error instanceof NotPlainJson) return false;
    throw error;
  }
}

class NotPlainJson extends TypeError {
  override readonly name = 'TypeError';
}

function refuse(place: string, what: string): never {
  throw new NotPlainJson(`Not JSON at ${place === '' ? 'the root' : place}: ${what}.`);
}

function quote(text: string, place: string): string {
  if (!isWellFormedText(text)) refuse(place, 'a string with half a surrogate pair');
  return JSON.stringify(text);
}

function write(value: unknown, place: string, ancestors: object[], sorted: boolean): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(place, `the number ${value} is not finite`);
    return value === 0 ? '0' : String(value);
  }
  if (typeof value === 'string') return quote(value, place);
  if (typeof value !== 'object') refuse(place, `a value of type ${typeof value}`);
  if (ancestors.includes(value)) refuse(place, 'the value contains itself');
  if (ancestors.length >= maximumDepth) refuse('depth ' + maximumDepth, 'nested too deeply');
  ancestors.push(value);
  let text = '';
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      text += (i === 0 ? '' : ',') + write(value[i], `${place}[${i}]`, ancestors, sorted);
    }
    text = `[${text}]`;
  } else {
    if (!isPlainObject(value)) refuse(place, 'an object of a class');
    if (Object.getOwnPropertySymbols(value).length > 0) refuse(place, 'an object with a symbol as key');
    const keys = Object.keys(value);
    if (sorted) keys.sort();
    for (const key of keys) {
      const member = place === '' ? key : `${place}.${key}`;
      text +=
        (text === '' ? '' : ',') + quote(key, member) + ':' + write(value[key], member, ancestors, sorted);
    }
    text = `{${text}}`;
  }
  ancestors.pop();
  return text;
}
