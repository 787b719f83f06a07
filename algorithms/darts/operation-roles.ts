import { isPlainObject } from '../../foundation/json/index.js';
import { OptionNames, view, type Space, type View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { Configuration } from '../contract/configuration.js';
import type { MadeChoice, Relaxation } from '../contract/relaxation.js';

/**
 * Which options of some decisions are skips, and which have weights to learn, by their numbers: a view says nothing of
 * what an option is. `operationRoles` makes it from the names of the options.
 */
export type OperationRole = {
  /** Ids in the view. */
  readonly decisions: readonly string[];
  readonly skip: readonly number[];
  readonly learnable: readonly number[];
  /** Whether skips among these decisions count for `maximumSkips` and for the rule `skips` (true). */
  readonly counted?: boolean;
};

/**
 * The roles of a space's choices by the names of their options. Those of one member: `within: 'normal'`. Decisions with
 * none of these options are left out. Throws `AlgorithmError` where no decision has them.
 */
export function operationRoles(
  space: Space,
  named: {
    readonly skip: readonly string[];
    readonly learnable: readonly string[];
    readonly within?: string;
    readonly counted?: boolean;
  },
): readonly OperationRole[] {
  const names = new OptionNames(space);
  const { within, counted } = named;
  const groups = new Map<
    string,
    { readonly decisions: string[]; readonly skip: number[]; readonly learnable: number[] }
  >();
  for (const { id, of } of choicesIn(view(space))) {
    const isWithin =
      within === undefined || id === within || id.startsWith(`${within}.`) || id.startsWith(`${within}[`);
    if (!isWithin) continue;
    const numbersOf = (list: readonly string[]): number[] =>
      Array.from({ length: of }, (_none, option) => option).filter((option) =>
        list.includes(names.nameOf(id, [option])),
      );
    const role = { skip: numbersOf(named.skip), learnable: numbersOf(named.learnable) };
    if (role.skip.length + role.learnable.length === 0) continue;
    const key = JSON.stringify(role);
    const group = groups.get(key) ?? { decisions: [], ...role };
    group.decisions.push(id);
    groups.set(key, group);
  }
  if (groups.size === 0) {
    throw new AlgorithmError(
      `no choice${within === undefined ? '' : ` within '${within}'`} of the space has an option named ${[...named.skip, ...named.learnable].join(', ')}`,
    );
  }
  return [...groups.values()].map((group) => ({ ...group, ...(counted === undefined ? {} : { counted }) }));
}

/** The role of one option of a row, and whether its skips count. */
export interface RowRole {
  readonly skip: readonly number[];
  readonly learnable: readonly number[];
  readonly counted: boolean;
}

/** The roles of a relaxation's rows; null for rows without. */
export function rolesOfRows(
  { rows }: Relaxation,
  roles: readonly OperationRole[],
): readonly (RowRole | null)[] {
  const known = new Map(roles.flatMap((role) => role.decisions.map((id) => [id, role] as const)));
  return rows.map(({ node }) => {
    const role = known.get(node);
    return role === undefined
      ? null
      : { skip: role.skip, learnable: role.learnable, counted: role.counted ?? true };
  });
}

/** The choices that count as skips. */
export function countedSkips(
  roles: readonly (RowRole | null)[],
  made: readonly MadeChoice[],
): readonly MadeChoice[] {
  return made.filter(({ row, option }) => {
    const role = roles[row];
    return role?.counted === true && role.skip.includes(option);
  });
}

/** Reads the option `operations`; throws `AlgorithmError` for decisions and options that the relaxation does not have. */
export function readRoles(owner: string, value: unknown, { rows }: Relaxation): readonly OperationRole[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new AlgorithmError(`'operations' of ${owner} must be a list of roles`);
  const optionsOf = new Map(rows.map(({ node, of }) => [node, of]));
  const seen = new Set<string>();
  return value.map((role: unknown, place) => {
    const what = `operations[${place}] of ${owner}`;
    const fields = new Configuration(what, isPlainObject(role) ? role : {}, [
      'decisions',
      'skip',
      'learnable',
      'counted',
    ]);
    const decisions = textsOf(fields);
    const fewest = decisions.reduce((least, id) => {
      const of = optionsOf.get(id);
      if (of === undefined || seen.has(id)) {
        throw new AlgorithmError(
          `${what} names '${id}', which is ${of === undefined ? 'no choice of the space' : 'named twice'}`,
        );
      }
      seen.add(id);
      return Math.min(least, of);
    }, Infinity);
    const counted = fields.value('counted') ?? true;
    if (typeof counted !== 'boolean') return fields.refuse('counted', 'true or false');
    return {
      decisions,
      skip: numbersOf(fields, 'skip', fewest),
      learnable: numbersOf(fields, 'learnable', fewest),
      counted,
    };
  });
}

function textsOf(fields: Configuration): readonly string[] {
  const value: unknown = fields.value('decisions');
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const texts = list.flatMap((id) => (typeof id === 'string' ? [id] : []));
  return texts.length > 0 && texts.length === list.length
    ? texts
    : fields.refuse('decisions', 'a list of ids of choices');
}

function numbersOf(fields: Configuration, field: 'skip' | 'learnable', of: number): readonly number[] {
  const value: unknown = fields.value(field) ?? [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const numbers = list.flatMap((option) =>
    typeof option === 'number' && Number.isInteger(option) && option >= 0 && option < of ? [option] : [],
  );
  const isList = Array.isArray(value) && numbers.length === list.length;
  return isList ? numbers : fields.refuse(field, `a list of options below ${of}`);
}

function choicesIn({ nodes }: View): readonly { readonly id: string; readonly of: number }[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'int' || node.kind === 'float') return [];
    const below = node.sub.flatMap(choicesIn);
    return node.kind === 'length' ? below : [{ id: node.id, of: node.of }, ...below];
  });
}
