import type { Json } from '../../foundation/json/index.js';
import {
  type Choices,
  decode,
  encode,
  fix,
  part,
  points,
  toDict,
} from '../../search-spaces/genomes/index.js';
import { first } from '../../search-spaces/enumeration/index.js';
import type { Space } from '../../search-spaces/language/index.js';
import { valueOrThrow } from '../../search-spaces/ground/index.js';
import type { Where } from '../../search-spaces/views/index.js';
import { level, type Level } from './define-search.js';
import type { LevelOptions } from './level-options.js';
import { DefinitionError } from '../definition/definition-error.js';
import type { SearchResult } from '../loop/progress.js';

/** Options of a level that a flow makes; its name, its space and where it starts belong to the flow. */
export type FlowLevel = Omit<
  LevelOptions<Space>,
  'name' | 'space' | 'restOf' | 'initial' | 'dependsOn' | 'measure'
>;

/**
 * Runs one stage of a flow and gives its result: in workflow code `(levels) => search(levels, evaluator)`. Stages have
 * names of their own, so each is a durable search that the flow finds again when it runs again.
 */
export type RunStage = (levels: Level | readonly [Level, ...Level[]]) => Promise<SearchResult>;

/** What a flow of several searches ends with. */
export interface FlowResult {
  /** The best point, a value of the whole space; null where no stage found a feasible one. */
  readonly best: Json;
  readonly metrics: Readonly<Record<string, number>>;
  readonly stages: readonly SearchResult[];
}

/** One search over the whole space. */
export function joint(space: Space, options: FlowLevel): Level {
  return level({ ...options, name: 'joint', space });
}

/**
 * A search over the decisions that `where` selects, each of whose trials is a search over the rest of the space: the
 * point of the outer level is the space of the inner one, whose points are values of the whole space.
 */
export function factorised(
  space: Space,
  where: Where,
  options: { readonly outer: FlowLevel; readonly inner: FlowLevel },
): readonly [Level, Level] {
  return [
    level({ ...options.outer, name: 'outer', space: part(space, where) }),
    level({
      ...options.inner,
      name: 'inner',
      space: part(space, { not: where }),
      restOf: 'outer',
    }),
  ];
}

/**
 * Searches the parts of a space one after the other, the other decisions staying as they are in the best point so far
 * (at first `start`, by default the first point). Decisions below one of a part belong to that part.
 */
export async function separate(
  space: Space,
  parts: readonly Where[],
  options: FlowLevel,
  run: RunStage,
  flow: { readonly start?: Json; readonly rounds?: number } = {},
): Promise<FlowResult> {
  const { start = decode<Space>(space, first(space)), rounds = 1 } = flow;
  let found: FlowResult = { best: null, metrics: {}, stages: [] };
  for (let stage = 0; stage < rounds * parts.length; stage += 1) {
    const where = parts[stage % parts.length];
    if (where === undefined) throw new DefinitionError('parts', 'there is nothing to search.');
    const incumbent = found.best ?? start;
    const result = await run(
      level({
        ...options,
        name: `part-${stage}`,
        space: around(space, where, incumbent),
        // From the second stage on the incumbent has been evaluated: the search never falls behind it.
        ...(found.best === null ? {} : { initial: [incumbent] }),
      }),
    );
    const stages = [...found.stages, result];
    const best = result.best;
    found = best === null ? { ...found, stages } : { best: best.parameters, metrics: best.metrics, stages };
  }
  return found;
}

/**
 * First the parts of a space one after the other, as `separate` does, then one search over the whole space that starts
 * from the best points of all stages.
 */
export async function hybrid(
  space: Space,
  parts: readonly Where[],
  options: { readonly separate: FlowLevel; readonly joint: FlowLevel },
  run: RunStage,
  flow: { readonly start?: Json; readonly rounds?: number } = {},
): Promise<FlowResult> {
  const before = await separate(space, parts, options.separate, run, flow);
  const bests = before.stages.flatMap(({ best }) => (best === null ? [] : [best.parameters]));
  const different = new Map(bests.reverse().map((value) => [JSON.stringify(value), value]));
  const result = await run(
    level({ ...options.joint, name: 'joint', space, initial: [...different.values()] }),
  );
  const stages = [...before.stages, result];
  const { best } = result;
  return best === null ? { ...before, stages } : { best: best.parameters, metrics: best.metrics, stages };
}

/** The space of the decisions that `where` selects, and of all below them, around a point of the whole space. */
function around(space: Space, where: Where, value: Json): Space {
  const genome = valueOrThrow(encode<Space>(space, value));
  const selected = points(part(space, where)).map(({ id }) => id);
  const belongs = (id: string): boolean =>
    selected.some((own) => id === own || id.startsWith(`${own}[=`) || id.startsWith(`${own}[#`));
  const choices: Record<string, number> = {};
  for (const [id, chosen] of Object.entries(toDict(space, genome))) {
    if (typeof chosen === 'number' && !belongs(id)) choices[id] = chosen;
  }
  return fix(space, choices satisfies Choices);
}
