import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorText } from '../../foundation/errors/index.js';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { findTemporalCli } from '../../setup/temporal-cli.mjs';
import { compareRuns } from '../kill-matrix/run-comparison.js';
import { runSearch, type SearchRun } from '../kill-matrix/run-search.js';
import { searchKinds } from '../kill-matrix/search-kinds.js';
import { namedOneOf } from '../named-one-of.js';
import { ownDisk, runOnOwnDisk } from './disk.js';
import { soaked } from './disturbing.js';
import type { FaultKind } from './faults.js';
import { soakTable, type SoakedKind } from './soak-table.js';
import { SteppedClock } from './stepped-clock.js';

/** Kinds of search, in their turns: those of the kill matrix that need no GPU. */
const kinds = searchKinds.filter((kind) => kind !== 'gpu');

/**
 * Searches of all kinds, one after the other until the time is over, each under random faults: kills, frozen processes,
 * pauses, odd messages, a full disk, stepped clocks. Compares what each leaves with the undisturbed search. Prints one
 * JSON line a kind and a table to standard error; answers 1 when anything differed.
 */
export async function run(benchArguments: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      minutes: { type: 'string', default: '60' },
      faults: { type: 'string', default: '5' },
      'longest-freeze': { type: 'string', default: '60' },
      'full-disk': { type: 'string', default: '20' },
      search: { type: 'string', multiple: true, default: [...kinds] },
      seed: { type: 'string', default: String(Date.now()) },
    },
  });
  const searches = values.search.map((name) => namedOneOf(kinds, name, 'kind of search'));
  const numbers = {
    minutes: positive(values.minutes, '--minutes'),
    faults: positive(values.faults, '--faults'),
    longestFreeze: positive(values['longest-freeze'], '--longest-freeze'),
    fullDisk: positive(values['full-disk'], '--full-disk'),
  };
  const disk = ownDisk();
  if (disk === null) {
    const ended = runOnOwnDisk();
    if (ended !== null) return ended;
    console.error('No disk is filled: this system gives no mount namespace to its users.');
  }
  const cli = await findTemporalCli();
  if (cli.kind === 'missing') throw new Error(`${cli.reason}: ${cli.remedy}.`);
  const folder = mkdtempSync(join(tmpdir(), 'duramen-clock-'));
  try {
    const clock = new SteppedClock(folder);
    return await soak(cli.path, { ...numbers, searches, seed: values.seed, disk, clock });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface SoakPlan {
  readonly minutes: number;
  readonly faults: number;
  readonly longestFreeze: number;
  readonly fullDisk: number;
  readonly searches: readonly string[];
  readonly seed: string;
  readonly disk: string | null;
  readonly clock: SteppedClock;
}

async function soak(cli: string, plan: SoakPlan): Promise<number> {
  console.error(`random faults of --seed ${plan.seed}`);
  const end = Date.now() + plan.minutes * 60_000;
  const undisturbed = new Map<string, SearchRun>();
  const found = new Map<string, SoakedKind>();
  for (let round = 0; Date.now() < end; round += 1) {
    const name = plan.searches[round % plan.searches.length];
    if (name === undefined) break;
    const expected = undisturbed.get(name) ?? (await runSearch(cli, name, null));
    undisturbed.set(name, expected);
    const faults = new Map<FaultKind, number>();
    const random = new RandomStream(fork(fork(rngFromSeed(plan.seed), name), round));
    const disturbance = soaked({
      random,
      limits: { ...plan, disk: plan.disk !== null, light: name === 'light' },
      faults: plan.faults,
      clock: plan.clock,
      disk: plan.disk,
      noted: ({ kind }) => faults.set(kind, (faults.get(kind) ?? 0) + 1),
    });
    console.error(`${name}, round ${round}`);
    const before = found.get(name);
    const compared = await runSearch(cli, name, disturbance).then(
      (run) => {
        const { mismatches, ...differences } = compareRuns(expected, run);
        return { ...differences, problems: mismatches };
      },
      (error: unknown) => ({ ...nothing, problems: [errorText(error)] }),
    );
    const after = added(before ?? { ...nothing, search: name, runs: 0, faults: {}, mismatches: 0 }, faults, {
      ...compared,
      problems: compared.problems.map((problem) => `round ${round}: ${problem}`),
    });
    found.set(name, after);
    for (const problem of after.problems.slice(before?.problems.length ?? 0)) console.error(`  ${problem}`);
  }
  const all = [...found.values()];
  for (const kind of all) console.log(JSON.stringify(kind));
  console.error(`\n${soakTable(all)}\n`);
  for (const { search, problems } of all) {
    for (const problem of problems) console.error(`${search}, ${problem}`);
  }
  const bad = all.reduce(
    (sum, kind) => sum + kind.lost + kind.duplicated + kind.zombies + kind.mismatches,
    0,
  );
  return bad === 0 ? 0 : 1;
}

type Compared = Pick<SoakedKind, 'lost' | 'duplicated' | 'zombies' | 'weights' | 'problems'>;

const nothing: Compared = { lost: 0, duplicated: 0, zombies: 0, weights: 0, problems: [] };

function added(before: SoakedKind, faults: ReadonlyMap<FaultKind, number>, more: Compared): SoakedKind {
  const counts: Partial<Record<FaultKind, number>> = { ...before.faults };
  for (const [kind, count] of faults) counts[kind] = (counts[kind] ?? 0) + count;
  const problems = [...before.problems, ...more.problems];
  return {
    search: before.search,
    runs: before.runs + 1,
    faults: counts,
    lost: before.lost + more.lost,
    duplicated: before.duplicated + more.duplicated,
    zombies: before.zombies + more.zombies,
    mismatches: problems.length,
    weights: before.weights + more.weights,
    problems,
  };
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new Error(`${option} takes numbers above 0, not "${text}".`);
  return value;
}
