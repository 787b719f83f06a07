import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isPlainObject, type Json } from '../../../foundation/json/index.js';
import { sharedDirectory } from '../../support/shared.js';

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

export interface SpaceCase {
  readonly id: string;
  readonly space: Json;
  readonly facts: CaseFacts;
}

export interface ConstructionCase {
  readonly id: string;
  readonly space: Json;
  readonly rejected: boolean;
}

export interface PartitionCase {
  readonly id: string;
  readonly space: Json;
  readonly where: { readonly hints: string };
  readonly full_space_size: number | string;
  readonly part_space_size: number | string;
  readonly part_decision_ids: readonly string[];
  readonly materialised: readonly { readonly numbers: readonly number[]; readonly value: Json }[];
}

export interface MutationCase {
  readonly id: string;
  readonly space: Json;
  readonly operator: 'uniform' | 'swap';
  readonly where?: { readonly hints: string };
  readonly parent: readonly number[];
  readonly reachable: readonly (readonly number[])[];
}

export interface CrossoverCase {
  readonly id: string;
  readonly operator: 'segmented' | 'pmx' | 'ox' | 'uniform' | 'average' | 'kpoint' | 'cycle';
  readonly space?: Json;
  readonly parents: readonly (readonly number[])[];
  readonly cuts?: readonly number[];
  readonly k?: number;
  readonly start?: number;
  readonly end?: number;
  readonly independent_points?: readonly string[];
  readonly children_in_order?: readonly (readonly number[])[];
  readonly possible_child_sets?: readonly (readonly (readonly number[])[])[];
}

/** A program of the define-by-run cases. */
export type CaseProgram =
  | number
  | {
      readonly op: 'oneof';
      readonly candidates: readonly (number | { readonly lambda: CaseProgram })[];
      readonly name?: string;
    }
  | {
      readonly op: 'manyof';
      readonly k: number;
      readonly candidates: readonly (number | { readonly lambda: CaseProgram })[];
    }
  | { readonly op: 'float'; readonly min: number; readonly max: number }
  | { readonly op: 'add'; readonly args: readonly CaseProgram[] }
  | { readonly op: 'sum' | 'twice'; readonly of: CaseProgram };

export interface DefineByRunCase {
  readonly id: string;
  readonly program: CaseProgram;
  readonly require_names: boolean;
  readonly first_run_value?: number;
  readonly decision_ids?: readonly string[];
  readonly space_size?: number | string;
  readonly sweep?: readonly { readonly numbers: readonly number[]; readonly value: number }[];
  readonly apply?: readonly { readonly numbers: readonly number[]; readonly value?: number }[];
}

export interface RewriteCase {
  readonly id: string;
  readonly input: Json;
  readonly operation: { readonly [name: string]: Json };
  readonly result: Json;
}

/** The sections of the case file that concern spaces; those of algorithms are read by their own tests. */
export interface SpaceSections {
  readonly space_cases: readonly SpaceCase[];
  readonly construction_cases: readonly ConstructionCase[];
  readonly partition_cases: readonly PartitionCase[];
  readonly mutation_cases: readonly MutationCase[];
  readonly crossover_cases: readonly CrossoverCase[];
  readonly define_by_run_cases: readonly DefineByRunCase[];
  readonly rewrite_cases: readonly RewriteCase[];
}

/**
 * One section of the behaviour cases, and a line that says how many there are; without the shared folder there are
 * none. `Sections` says what the sections hold.
 */
export function readSection<Sections, K extends keyof Sections & string>(
  name: K,
  wanted: number,
): Sections[K] | readonly [] {
  const directory = sharedDirectory();
  if (directory === undefined) return [];
  const text = readFileSync(path.join(directory, 'conformance', 'pyglove.json'), 'utf8');
  const section = (JSON.parse(text) as Sections)[name];
  const count = Array.isArray(section) ? section.length : 0;
  if (count !== wanted) throw new Error(`The section ${name} has ${count} cases, not ${wanted}.`);
  process.stdout.write(`conformance ${name}: ${count} cases\n`);
  return section;
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
