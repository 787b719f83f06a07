import { describe, expect, test } from 'vitest';
import type { Json } from '../../../foundation/json/index.js';
import type { Edits, Match, Program } from '../../../search-spaces/index.js';
import { contains, insert, parseSpace, paths, remove, rewrite, set } from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import type { RewriteCase, SpaceSections } from './case-file.js';
import { adapted, readSection } from './case-file.js';

const cases = readSection<SpaceSections, 'rewrite_cases'>('rewrite_cases', 10);

const mapped = new Map<Json, Json>([
  ['x', { $expr: ['old'] }],
  ['x/2', { $expr: ['/', ['old'], 2] }],
  ['x*2', { $expr: ['*', ['old'], 2] }],
]);

/** A map of the case file as what a rule puts in place: the texts x, x/2 and x*2 stand for the old value. */
function replacement(map: Json): Json {
  if (typeof map === 'string') return mapped.get(map) ?? map;
  if (Array.isArray(map)) return (map as readonly Json[]).map(replacement);
  if (map === null || typeof map !== 'object') return map;
  return Object.fromEntries(Object.entries(map).map(([key, member]) => [key, replacement(member)]));
}

function apply({ input, operation }: RewriteCase): Program | readonly string[] {
  const program = adapted(input);
  const rule = (match: Match): Program => {
    const { value, map } = operation;
    return rewrite(program, [{ match, with: value ?? replacement(adapted(map ?? null)) }]);
  };
  const [name = ''] = Object.keys(operation);
  const argument = operation[name] ?? null;
  switch (name) {
    case 'rebind':
      return set(program, adapted(argument) as Edits);
    case 'rebind_delete':
      return remove(program, argument as readonly string[]);
    case 'rebind_insert':
      return insert(program, adapted(argument) as Edits);
    case 'patch_on_path':
      return rule({ pathRegex: typeof argument === 'string' ? argument : '' });
    case 'patch_on_value':
      return rule({ value: argument });
    case 'patch_on_type':
      return rule({ type: argument as 'float' });
    case 'rebind_where':
      return rule(argument as Match);
    case 'query_where':
      return paths(program, { value: 'relu' });
    case 'contains':
      return contains(program, argument);
    default:
      throw new Error(`No such operation: ${name}.`);
  }
}

describe.skipIf(sharedDirectory() === undefined)('shared: rewrite_cases', () => {
  for (const one of cases) {
    test(one.id, () => {
      const before = JSON.stringify(one.input);
      const result = apply(one);
      if (typeof result === 'boolean' || 'query_where' in one.operation) expect(result).toEqual(one.result);
      else expect(parseSpace(result)).toEqual(parseSpace(adapted(one.result)));
      expect(JSON.stringify(one.input)).toBe(before);
    });
  }
});
