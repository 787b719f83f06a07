import type { Json } from '../../foundation/json/index.js';
import type { Program } from './tree.js';
import { partsOf, treeOf } from './tree.js';

/** A place of a program. */
export interface Visit {
  readonly path: string;
  /** The key or index under which it stands; null at the root. */
  readonly key: string | number | null;
  readonly value: Json;
  readonly parent: Json | null;
}

/** Every place of a program, outer before inner, in order; what is quoted is one place. */
export function* walk(program: Program): Generator<Visit, void, undefined> {
  yield* below({ path: '', key: null, value: treeOf(program), parent: null });
}

function* below(visit: Visit): Generator<Visit, void, undefined> {
  yield visit;
  for (const [key, value, path] of partsOf(visit.value, visit.path)) {
    yield* below({ path, key, value, parent: visit.value });
  }
}
