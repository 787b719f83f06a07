import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Json } from '../../src/numerics/index.js';
import { isPlainObject } from '../../src/numerics/index.js';
import { sharedDirectory } from '../shared.js';

/** One full point of a space in the case file. */
export interface CasePoint {
  readonly numbers: readonly number[];
  readonly value: Json;
  readonly genome: Json;
  readonly decisions_by_id: Readonly<Record<string, number>>;
  readonly decisions_by_id_collapsed: Readonly<Record<string, Json>>;
  readonly decisions_with_inactive: Readonly<Record<string, number | null>>;
  readonly decisions_by_name_literal: Readonly<Record<string, Json>>;
}

export interface CaseDecisionPoint {
  readonly id: string;
  readonly kind: 'choice' | 'float';
  readonly num_candidates?: number;
  readonly candidate_subspace_sizes?: readonly (number | string)[];
  readonly conditional_on: string | null;
  readonly subchoice_of?: string;
  readonly subchoice_index?: number;
  readonly distinct?: boolean;
  readonly sorted?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly scale?: string | null;
  readonly name?: string;
  readonly hints?: string;
}

export interface CaseFacts {
  readonly space_size: number | string;
  readonly num_decision_points: number;
  readonly decision_points: readonly CaseDecisionPoint[];
  readonly first: CasePoint;
  readonly last?: CasePoint;
  readonly samples: readonly CasePoint[];
  readonly sweep: {
    readonly complete: boolean;
    readonly points: readonly { readonly numbers: readonly number[]; readonly value: Json }[];
    readonly pyglove_error?: string;
  };
  readonly encode_round_trips: boolean;
  readonly encode?: readonly {
    readonly value: Json;
    readonly numbers?: readonly number[];
    readonly rejected?: boolean;
  }[];
  readonly invalid_numbers: readonly { readonly numbers: readonly unknown[]; readonly reason: string }[];
  readonly genome_validity?: readonly {
    readonly genome: Json;
    readonly reason: string;
    readonly should_reject: boolean;
  }[];
  readonly random_law?: readonly { readonly numbers: readonly number[]; readonly p: string }[];
  readonly random_law_uniform_over_points?: boolean;
}

export interface CaseFile {
  readonly space_cases: readonly { readonly id: string; readonly space: Json; readonly facts: CaseFacts }[];
  readonly construction_cases: readonly {
    readonly id: string;
    readonly space: Json;
    readonly rejected: boolean;
  }[];
  readonly mutation_cases: readonly {
    readonly id: string;
    readonly space: Json;
    readonly operator: 'uniform' | 'swap';
    readonly where?: { readonly hints: string };
    readonly parent: readonly number[];
    readonly reachable: readonly (readonly number[])[];
  }[];
}

/** The behaviour cases of the space language; without the shared folder there are none. */
export function readCaseFile(): CaseFile {
  const directory = sharedDirectory();
  if (directory === undefined) return { space_cases: [], construction_cases: [], mutation_cases: [] };
  const text = readFileSync(path.join(directory, 'conformance', 'pyglove.json'), 'utf8');
  return JSON.parse(text) as CaseFile;
}

const kinds: Readonly<Record<string, string>> = {
  oneof: 'oneOf',
  manyof: 'manyOf',
  permutate: 'permutation',
};

/** A space of the case file in the form of this project. */
export function adapted(value: Json): Json {
  if (Array.isArray(value)) return value.map(adapted);
  if (!isPlainObject(value)) return value;
  const isNode = typeof value['$kind'] === 'string';
  const entries: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (!isNode) entries.push([key, adapted(member)]);
    else if (key === '$kind' && typeof member === 'string') entries.push([key, kinds[member] ?? member]);
    else if (key === 'hints') entries.push(['tags', [member]]);
    else if (key === 'scale')
      entries.push([key, member === null ? 'linear' : member === 'rlog' ? 'reverseLog' : member]);
    else entries.push([key, key === 'candidates' ? adapted(member) : member]);
  }
  return Object.fromEntries(entries);
}
