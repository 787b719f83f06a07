import type { Ma2mlOptions } from '../../algorithms/index.js';
import { costModes, feasibleOptimum, type CostMode, type CostResult, type CostTask } from './cost-study.js';
import type { TableName } from './study-table.js';
import { expectedAt, type Arm, type Task, type TaskResult } from './study.js';
import { difference, estimate, figure, medianOf, rounded, type Estimate } from './summary.js';

const evaluations = 512;
const costEvaluations = 800;
/** Multiply-adds. */
const costTargets = [40e6, 60e6] as const;

/** Settings of one arm; learning rates are those that suit the arm, not one for all. */
const ma2ml = (options: Ma2mlOptions): Arm => ({ kind: 'ma2ml', options });
const cheap: Ma2mlOptions = { stepsPerRound: 10, actionsPerStep: 2, learningRate: 0.03, klWeight: 0.1 };
export const arms = {
  full: ma2ml({}),
  'off-nocredit': ma2ml({ variant: 'off-nocredit' }),
  'no-kl': ma2ml({ variant: 'no-kl' }),
  'on-credit 0.3': ma2ml({ variant: 'on-credit', learningRate: 0.3 }),
  'on-nocredit 0.3': ma2ml({ variant: 'on-nocredit', learningRate: 0.3 }),
  'lite 0.1': ma2ml({ variant: 'lite', learningRate: 0.1 }),
  'lite 0.2': ma2ml({ variant: 'lite', learningRate: 0.2 }),
  'lite 0.3': ma2ml({ variant: 'lite', learningRate: 0.3 }),
  'full, M 2': ma2ml(cheap),
  'off-nocredit, M 2': ma2ml({ ...cheap, variant: 'off-nocredit' }),
  screened: ma2ml({ screen: 32 }),
  'evolution 20/5': { kind: 'evolution', options: { populationSize: 20, tournamentSize: 5 } },
  random: { kind: 'random' },
  independent: { kind: 'independent' },
  sequential: { kind: 'sequential' },
} as const satisfies Record<string, Arm>;
export type ArmName = keyof typeof arms;

const liteArms = ['lite 0.1', 'lite 0.2', 'lite 0.3'] as const;
const barTables = ['naval', 'protein'] as const;

/** Seeds of each arm. */
export interface Seeds {
  /** Arms with agents. */
  readonly agents: number;
  /** `independent` and `sequential`, which scatter more and cost nothing. */
  readonly parts: number;
  /** Arms on the tables that are only reported. */
  readonly reported: number;
  /** Searches under a cost. */
  readonly costs: number;
}

/** The results of an arm on a table, by seed. */
export type Results = readonly TaskResult[];

/** Runs searches, each of them once. */
export interface Runner {
  run(task: Task): Promise<TaskResult>;
  run(task: CostTask): Promise<CostResult>;
}

/** Runs what an experiment needs; an arm that several experiments need runs once. */
export class Experiments {
  constructor(
    private readonly runner: Runner,
    readonly seeds: Seeds,
  ) {}

  async results(table: TableName, arm: ArmName, count: number, length = evaluations): Promise<Results> {
    const tasks = Array.from({ length: count }, (_, seed) => ({
      table,
      arm: arms[arm],
      seed,
      evaluations: length,
    }));
    return Promise.all(tasks.map((task) => this.runner.run(task)));
  }

  /** An arm on a table with bars. */
  onBars(table: TableName, arm: ArmName): Promise<Results> {
    const parts = arm === 'independent' || arm === 'sequential';
    return this.results(table, arm, parts ? this.seeds.parts : this.seeds.agents);
  }

  private async found(table: TableName, arm: ArmName): Promise<readonly number[]> {
    return (await this.onBars(table, arm)).map(({ best }) => best[evaluations] ?? NaN);
  }

  private async expected(table: TableName, arm: ArmName, at: number): Promise<readonly number[]> {
    return (await this.onBars(table, arm)).map((result) => expectedAt(result, at));
  }

  /** E1: one joint search finds more than parts searched in turn, and these more than parts searched alone. */
  async jointBeatsSeparate(): Promise<Line> {
    const passes: boolean[] = [];
    const tables = await byTable(barTables, async (table) => {
      const [full, sequential, independent, random] = await Promise.all([
        this.found(table, 'full'),
        this.found(table, 'sequential'),
        this.found(table, 'independent'),
        this.found(table, 'random'),
      ]);
      const joint = difference(full, sequential);
      const order = difference(sequential, independent);
      passes.push(joint.mean >= 0.03, order.mean >= 0.05);
      return {
        full: figure(estimate(full)),
        sequential: figure(estimate(sequential)),
        independent: figure(estimate(independent)),
        random: figure(estimate(random)),
        'full - sequential': figure(joint),
        'sequential - independent': figure(order),
        'random - sequential': figure(difference(random, sequential)),
      };
    });
    return {
      experiment: 'E1',
      claim: 'joint beats separate, best@512',
      tables,
      passed: passes.every(Boolean),
    };
  }

  /** E2: an agent's own credit against one weight for all. */
  async credit(): Promise<Line> {
    const passes: boolean[] = [];
    const tables = await byTable(barTables, async (table) => {
      const few = difference(
        await this.expected(table, 'full, M 2', 128),
        await this.expected(table, 'off-nocredit, M 2', 128),
      );
      const many = difference(
        await this.expected(table, 'full', 128),
        await this.expected(table, 'off-nocredit', 128),
      );
      passes.push(few.mean >= 0.05, many.mean >= 0);
      return { 'M 2, K 10': figure(few), 'M 4, K 20': figure(many) };
    });
    return {
      experiment: 'E2',
      claim: 'credit, J@128 of full - off-nocredit',
      tables,
      passed: passes.every(Boolean),
    };
  }

  /** E3: learning from the whole history against the best of three learning rates of REINFORCE. */
  async offPolicy(): Promise<Line> {
    const gains: number[] = [];
    const tables = await byTable(barTables, async (table) => {
      const full = await this.expected(table, 'full', 256);
      const lite = await Promise.all(
        liteArms.map(async (arm) => ({ arm, values: await this.expected(table, arm, 256) })),
      );
      const best = lite.reduce((most, one) =>
        estimate(one.values).mean > estimate(most.values).mean ? one : most,
      );
      const gain = difference(full, best.values);
      gains.push(gain.mean);
      return {
        full: figure(estimate(full)),
        ...Object.fromEntries(lite.map(({ arm, values }) => [arm, figure(estimate(values))])),
        'best of lite': best.arm,
        'full - best of lite': figure(gain),
        'full - on-nocredit 0.3': figure(
          difference(full, await this.expected(table, 'on-nocredit 0.3', 256)),
        ),
        'full - on-credit 0.3': figure(difference(full, await this.expected(table, 'on-credit 0.3', 256))),
      };
    });
    const passed = gains.every((gain) => gain >= 0) && estimate(gains).mean >= 0.02;
    return { experiment: 'E3', claim: 'off-policy, J@256', tables, passed };
  }

  /** E4: the divergence from target policies against early collapse. */
  async divergence(): Promise<Line> {
    const gains: number[] = [];
    const falls: number[] = [];
    const tables = await byTable(barTables, async (table) => {
      const gain = difference(await this.found(table, 'full'), await this.found(table, 'no-kl'));
      gains.push(gain.mean);
      const start = difference(
        await this.expected(table, 'full', 64),
        await this.expected(table, 'no-kl', 64),
      );
      const falling = (await this.onBars(table, 'full')).map((result) => result.falls);
      falls.push(...falling);
      return {
        'best@512, full - no-kl': figure(gain),
        'J@64, full - no-kl': figure(start),
        'rounds with a fall': rounded(estimate(falling).mean, 4),
      };
    });
    const passed = estimate(gains).mean >= 0.02 && estimate(falls).mean <= 0.02;
    return { experiment: 'E4', claim: 'divergence against early collapse', tables, passed };
  }

  /** Without interactions there is nothing to gain from searching jointly. */
  async negativeControl(): Promise<Line> {
    const passes: boolean[] = [];
    const tables = await byTable(['naval-additive', 'protein-additive'] as const, async (table) => {
      const [full, sequential, independent] = await Promise.all([
        this.found(table, 'full'),
        this.found(table, 'sequential'),
        this.found(table, 'independent'),
      ]);
      const joint = difference(full, sequential);
      const order = difference(sequential, independent);
      passes.push(Math.abs(joint.mean) <= 0.02, Math.abs(order.mean) <= 0.02);
      return {
        full: figure(estimate(full)),
        sequential: figure(estimate(sequential)),
        independent: figure(estimate(independent)),
        'full - sequential': figure(joint),
        'sequential - independent': figure(order),
      };
    });
    return {
      experiment: 'negative control',
      claim: 'no gap on additive tables',
      tables,
      passed: passes.every(Boolean),
    };
  }

  /** E5: the settings on tables for which they were not chosen. */
  async transfer(): Promise<Line> {
    const count = this.seeds.reported;
    const tables = await byTable(['phoneme', 'car', 'vehicle'] as const, async (table) => {
      const at128 = async (arm: ArmName, length: number): Promise<readonly number[]> =>
        (await this.results(table, arm, count, length)).map((result) => expectedAt(result, 128));
      const found = async (arm: ArmName): Promise<readonly number[]> =>
        (await this.results(table, arm, count)).map(({ best }) => best[evaluations] ?? NaN);
      const full = await at128('full', evaluations);
      const creditGain = difference(await at128('full, M 2', 128), await at128('off-nocredit, M 2', 128));
      return {
        'J@128, full': figure(estimate(full)),
        'J@128, lite 0.3': figure(estimate(await at128('lite 0.3', 128))),
        'J@128, credit at M 2': figure(creditGain),
        'J@128, full - no-kl': figure(difference(full, await at128('no-kl', evaluations))),
        'best@512, full - no-kl': figure(difference(await found('full'), await found('no-kl'))),
        'best@512, full - sequential': figure(difference(await found('full'), await found('sequential'))),
      };
    });
    return { experiment: 'E5', claim: 'transfer of settings, report only', tables, passed: null };
  }

  /** Proposals that the critic chooses, beside those of the policies and evolution; what is found, not what is claimed. */
  async screening(): Promise<Line> {
    const gains = new Map<number, number[]>();
    const tables = await byTable(['naval', 'protein', 'macro'] as const, async (table) => {
      const [screened, full, evolution] = await Promise.all(
        (['screened', 'full', 'evolution 20/5'] as const).map((arm) =>
          this.results(table, arm, this.seeds.agents),
        ),
      );
      const rows = [64, 128, 256, 512].map((moment) => {
        const found = (results: Results = []): readonly number[] =>
          results.map(({ best }) => best[moment] ?? NaN);
        const gain = difference(found(screened), found(full));
        gains.set(moment, [...(gains.get(moment) ?? []), gain.mean]);
        return [
          `best@${moment}`,
          {
            screened: figure(estimate(found(screened))),
            full: figure(estimate(found(full))),
            'evolution 20/5': figure(estimate(found(evolution))),
            'screened - full': figure(gain),
            'screened - evolution': figure(difference(found(screened), found(evolution))),
          },
        ] as const;
      });
      return Object.fromEntries(rows);
    });
    const passed = [...gains.values()].flat().every((gain) => gain >= 0);
    return { experiment: 'screening', claim: 'screened >= full at 64, 128, 256 and 512', tables, passed };
  }

  /** E6: a space with augmentation, architecture and hyper-parameters, by a surrogate. */
  async surrogate(): Promise<Line> {
    const length = 256;
    const names = ['full', 'lite 0.3', 'random', 'sequential', 'independent'] as const;
    const tables = await byTable(['jahs'] as const, async (table) => {
      const figures = await Promise.all(
        names.map(async (arm) => {
          const results = await this.results(table, arm, this.seeds.reported, length);
          const mean = (values: readonly number[]): number => rounded(estimate(values).mean, 2);
          const accuracy = figure(estimate(results.map(({ best }) => 100 * (best[length] ?? NaN))));
          const sizeMegabytes = mean(results.map(({ costs }) => costs['sizeMegabytes'] ?? NaN));
          return [
            arm,
            { accuracy, sizeMegabytes, latency: mean(results.map(({ costs }) => costs['latency'] ?? NaN)) },
          ];
        }),
      );
      return Object.fromEntries(figures) as Record<string, unknown>;
    });
    return { experiment: 'E6', claim: 'nearer to augmentation, best@256, report only', tables, passed: null };
  }

  /** Accuracy under a target for multiply-adds, by the ways in which a cost shapes the reward. */
  async costs(): Promise<Line> {
    const passes: boolean[] = [];
    const entries = costTargets.map(async (target) => {
      const modes = Object.keys(costModes) as CostMode[];
      const found = await Promise.all(
        modes.map(async (mode) => ({ mode, results: await this.underCost(mode, target) })),
      );
      const costOf = (results: readonly CostResult[]): readonly number[] =>
        results.map(({ greedy }) => greedy.cost / target);
      const free = estimate(costOf(found.find(({ mode }) => mode === 'unconstrained')?.results ?? []));
      const optimum = feasibleOptimum(target);
      const figures = found.map(({ mode, results }) => {
        const costs = costOf(results);
        const feasible = costs.filter((cost) => cost <= 1).length;
        const best = results.map(({ best }) => best?.accuracy ?? 0);
        const off = medianOf(costs.map((cost) => Math.abs(cost - 1)));
        if (mode !== 'unconstrained') passes.push(estimate(costs).mean < free.mean);
        if (mode === 'hard') passes.push(feasible === results.length, estimate(best).mean >= optimum - 0.01);
        if (mode.startsWith('tunas')) passes.push(off <= 0.12);
        const inPercent = (values: readonly number[]): readonly [number, number] =>
          figure(estimate(values.map((value) => 100 * value)));
        return [
          mode,
          {
            'greedy cost/T, median': rounded(medianOf(costs)),
            feasible: `${feasible} of ${results.length}`,
            'greedy accuracy': inPercent(results.map(({ greedy }) => greedy.accuracy)),
            'best accuracy': inPercent(best),
          },
        ] as const;
      });
      const head = { 'best feasible accuracy': rounded(100 * optimum) };
      return [`T = ${target / 1e6} M`, { ...head, ...Object.fromEntries(figures) }] as const;
    });
    return {
      experiment: 'costs',
      claim: 'NAS-Bench-Macro under a target for multiply-adds',
      tables: Object.fromEntries(await Promise.all(entries)),
      passed: passes.every(Boolean),
    };
  }

  private async underCost(mode: CostMode, target: number): Promise<readonly CostResult[]> {
    // Without a cost the target changes nothing: one search serves both.
    const counted = mode === 'unconstrained' ? 0 : target;
    const tasks = Array.from({ length: this.seeds.costs }, (_, seed): CostTask => ({
      ...{ kind: 'costs', mode, target: counted, seed, evaluations: costEvaluations },
    }));
    return Promise.all(tasks.map((task) => this.runner.run(task)));
  }
}

/** One experiment: figures are means with their standard errors. */
export interface Line {
  readonly experiment: string;
  readonly claim: string;
  readonly tables: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Null where there is no bar. */
  readonly passed: boolean | null;
}

async function byTable<T extends TableName>(
  tables: readonly T[],
  figures: (table: T) => Promise<Readonly<Record<string, unknown>>>,
): Promise<Line['tables']> {
  const entries = await Promise.all(tables.map(async (table) => [table, await figures(table)] as const));
  return Object.fromEntries(entries);
}

/** The arms that the page shows on the tables with bars. */
export async function armTable(
  experiments: Experiments,
  table: (typeof barTables)[number],
): Promise<
  readonly { readonly arm: ArmName; readonly expected: readonly Estimate[]; readonly best: Estimate }[]
> {
  const names = Object.keys(arms) as ArmName[];
  return Promise.all(
    names.map(async (arm) => {
      const results = await experiments.onBars(table, arm);
      return {
        arm,
        expected: [64, 128, 256, 512].map((at) => estimate(results.map((result) => expectedAt(result, at)))),
        best: estimate(results.map(({ best }) => best[evaluations] ?? NaN)),
      };
    }),
  );
}
