import { parseArgs } from 'node:util';
import { errorText } from '../../foundation/errors/index.js';
import { findTemporalCli } from '../../setup/temporal-cli.mjs';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { kills } from './kills.js';
import { matrixTable, spreadOf, type Cell } from './matrix-table.js';
import { namedOneOf } from '../named-one-of.js';
import { compareRuns } from './run-comparison.js';
import { runSearch, type SearchRun } from './run-search.js';
import { searchKinds, type SearchKind } from './search-kinds.js';
import { victims, type Victim } from './victims.js';

/** Kinds that run only when `--search` names them. */
const onlyNamed: readonly SearchKind[] = ['light', 'gpu'];

/**
 * Kills, with SIGKILL and at random moments, each part of each kind of search, and compares everything that a search
 * leaves with the undisturbed one. Prints one JSON line a cell and one with the totals; the table goes to standard
 * error. Answers 1 when anything differed.
 */
export async function run(benchArguments: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...benchArguments],
    options: {
      rounds: { type: 'string', default: '1' },
      kills: { type: 'string', default: '3' },
      search: {
        type: 'string',
        multiple: true,
        default: searchKinds.filter((name) => !onlyNamed.includes(name)),
      },
      victim: { type: 'string', multiple: true, default: [...victims] },
      seed: { type: 'string', default: String(Date.now()) },
    },
  });
  const cli = await findTemporalCli();
  if (cli.kind === 'missing') throw new Error(`${cli.reason}: ${cli.remedy}.`);
  const plan = {
    cli: cli.path,
    rounds: readCount(values.rounds, '--rounds'),
    kills: readCount(values.kills, '--kills'),
    seed: values.seed,
  };
  const names = values.search.map((name) => namedOneOf(searchKinds, name, 'kind of search'));
  const chosen = values.victim.map((name) => namedOneOf(victims, name, 'victim'));
  console.error(`random moments of --seed ${values.seed}`);
  const began = Date.now();
  const cells: Cell[] = [];
  for (const name of names) {
    const undisturbed = await runSearch(cli.path, name, null);
    console.error(`${name}, undisturbed: ${undisturbed.seconds.toFixed(1)} s`);
    for (const victim of chosen) {
      // Light evaluations run inside the search worker.
      if (name === 'light' && (victim === 'evaluating process' || victim === 'trainer worker')) continue;
      const cell = await runCell(plan, name, victim, undisturbed);
      cells.push(cell);
      console.log(JSON.stringify(cell));
    }
  }
  const total = (count: (cell: Cell) => number): number => cells.reduce((sum, cell) => sum + count(cell), 0);
  const totals = {
    runs: total(({ runs }) => runs),
    kills: total(({ kills }) => kills),
    lost: total(({ lost }) => lost),
    duplicated: total(({ duplicated }) => duplicated),
    zombies: total(({ zombies }) => zombies),
    mismatches: total(({ mismatches }) => mismatches),
    weights: total(({ weights }) => weights),
    seconds: Math.round((Date.now() - began) / 1000),
    seed: values.seed,
  };
  console.log(JSON.stringify(totals));
  console.error(`\n${matrixTable(cells)}\n`);
  for (const { search, victim, problems } of cells) {
    for (const problem of problems) console.error(`${search}, ${victim} killed: ${problem}`);
  }
  return totals.lost + totals.duplicated + totals.zombies + totals.mismatches === 0 ? 0 : 1;
}

interface Plan {
  readonly cli: string;
  readonly rounds: number;
  readonly kills: number;
  readonly seed: string;
}

async function runCell(plan: Plan, name: SearchKind, victim: Victim, undisturbed: SearchRun): Promise<Cell> {
  let [killed, lost, duplicated, zombies, weights] = [0, 0, 0, 0, 0];
  const problems: string[] = [];
  const restarts: number[] = [];
  const nextStarts: number[] = [];
  const retries: number[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const random = new RandomStream(fork(fork(fork(rngFromSeed(plan.seed), name), victim), round));
    let found: SearchRun;
    try {
      found = await runSearch(plan.cli, name, kills(victim, plan.kills, random));
    } catch (error) {
      problems.push(`round ${round}: ${errorText(error)}`);
      continue;
    }
    const differences = compareRuns(undisturbed, found);
    killed += found.kills;
    lost += differences.lost;
    weights += differences.weights;
    duplicated += differences.duplicated;
    zombies += differences.zombies;
    problems.push(...differences.mismatches.map((mismatch) => `round ${round}: ${mismatch}`));
    restarts.push(...found.recoveries.restarts);
    nextStarts.push(...found.recoveries.nextStarts);
    retries.push(...found.recoveries.retries);
    console.error(`${name}, ${victim} killed ${found.kills} times: ${found.seconds.toFixed(1)} s`);
  }
  return {
    ...{ search: name, victim, runs: plan.rounds, kills: killed, lost, duplicated, zombies },
    mismatches: problems.length,
    weights,
    problems,
    restart: spreadOf(restarts),
    nextStart: spreadOf(nextStarts),
    retry: spreadOf(retries),
  };
}

function readCount(text: string, option: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new Error(`${option} takes whole numbers above 0, not "${text}".`);
  }
  return count;
}
