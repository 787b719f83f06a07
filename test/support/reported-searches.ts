import { decode } from '../../search-spaces/index.js';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Outcome } from '../../algorithms/index.js';
import {
  algorithmUpdates,
  type Completion,
  type JournalRecord,
  planSearch,
  type SearchContext,
  type SearchDefinition,
  SearchLoop,
} from '../../searches/index.js';
import { ArtifactStore, emptyJournal, FileBlobStore, JournalStore, TrialStore } from '../../storage/index.js';

/** What a simulated evaluation came to. */
export interface SimulatedTrial {
  readonly outcome: Outcome;
  readonly milliseconds: number;
  readonly reports?: readonly { readonly step: number; readonly metrics: Readonly<Record<string, number>> }[];
  readonly log?: readonly string[];
  readonly stack?: string;
  readonly artifacts?: Readonly<Record<string, string>>;
  /** Attempts that were lost before, by how long they took. */
  readonly lost?: readonly number[];
}

/** Evaluates a trial of the innermost level. */
export type Simulate = (
  parameters: Json,
  context: SearchContext,
  dice: RandomStream,
  index: number,
) => SimulatedTrial;

/** Metrics that an outer level adds to those of the best trial inside. */
export type SimulateMeasure = (
  parameters: Json,
  context: SearchContext,
  level: number,
) => Readonly<Record<string, number>>;

/** A search that is to be written into a home as if it had run there. */
export interface WrittenSearch {
  readonly definition: SearchDefinition;
  readonly simulate: Simulate;
  readonly measure?: SimulateMeasure;
  /** Trials of the root after which it stays open. */
  readonly openAfter?: number;
  /** Leaves out the records of trials: quick to write, for very many trials. */
  readonly bare?: boolean;
  /** Closes it as failed for this reason once the trials are told. */
  readonly failed?: string;
  /** Leaves the times of the records out, as builds before did. */
  readonly withoutTimes?: boolean;
}

/** 1 December 2026. */
const firstInstant = Date.UTC(2026, 11, 1, 8);

/** Takes a search's decisions, with simulated outcomes, and writes its journals, trial records and attempts into a home. */
export async function writeSearch(home: string, search: WrittenSearch): Promise<void> {
  await new SearchWriter(home, search).write(search.definition.name, 0, {}, firstInstant);
}

class SearchWriter {
  private readonly journals: JournalStore<JournalRecord>;
  private readonly artifacts: ArtifactStore;
  private readonly trials: TrialStore;

  constructor(
    home: string,
    private readonly search: WrittenSearch,
  ) {
    const blobs = new FileBlobStore(home);
    this.journals = new JournalStore(blobs);
    this.artifacts = new ArtifactStore(blobs);
    this.trials = new TrialStore(home);
  }

  /** Writes a search of a level; answers its best trial and when it ended. */
  async write(
    id: string,
    levelIndex: number,
    context: SearchContext,
    begun: number,
  ): Promise<{ readonly completion: Completion; readonly ended: number }> {
    const { definition, openAfter = Infinity } = this.search;
    const plan = planSearch(id, definition, levelIndex, context);
    const loop = SearchLoop.open(plan);
    const updates = algorithmUpdates(this.artifacts);
    const { level } = plan;
    const records: JournalRecord[] = [
      { kind: 'opened', search: id, definition, level: levelIndex, context, version: '0' },
    ];
    /** When each of the places becomes free. */
    const places = Array.from({ length: level.concurrency }, () => begun);
    let now = begun;
    const drain = (at: number): void => {
      for (const record of loop.drainRecords())
        records.push(this.search.withoutTimes === true ? record : { ...record, at: Math.round(at) });
    };
    const running: { readonly index: number; readonly completion: Completion; readonly ends: number }[] = [];
    for (;;) {
      if (levelIndex === 0 && loop.state.recorded >= openAfter) break;
      const step = loop.step();
      drain(now);
      if (step.kind === 'end' || step.kind === 'failed') break;
      if (step.kind === 'update') loop.applyUpdate(await updates(plan, step.request));
      else if (step.kind === 'start') {
        const place = places.indexOf(Math.min(...places));
        const { index, genome } = step.open.trial;
        const parameters = decode(level.space, genome, { violated: 'allow' });
        const from = Math.max(now, places[place] ?? now);
        const done = await this.evaluate(id, levelIndex, context, index, parameters, genome, from);
        places[place] = done.ends;
        running.push({ index, ...done });
      } else if (step.kind === 'idle') {
        running.sort((a, b) => a.ends - b.ends);
        const next = running.shift();
        if (next === undefined) break;
        now = Math.max(now, next.ends);
        loop.complete(next.index, next.completion);
        drain(now);
      }
    }
    const best = loop.state.candidates[0];
    if (!(levelIndex === 0 && Number.isFinite(openAfter))) {
      const { trajectoryHash, end } = loop.state;
      const { failed } = this.search;
      records.push(
        levelIndex === 0 && failed !== undefined
          ? { kind: 'closed', phase: 'failed', reason: failed, trajectoryHash }
          : { kind: 'closed', phase: 'finished', reason: end?.kind ?? 'trials', trajectoryHash },
      );
    }
    const epoch = await this.journals.openEpoch(id, 'token');
    await this.journals.append(id, epoch, emptyJournal, records);
    const scored: Outcome =
      best === undefined
        ? { kind: 'infeasible', reason: 'no trial inside has a score' }
        : { kind: 'scored', metrics: best.metrics };
    const inner = best === undefined ? {} : { [level.name]: decode(level.space, best.genome), ...best.inner };
    return { completion: { outcome: scored, inner: { search: id, parameters: inner } }, ended: now };
  }

  private async evaluate(
    id: string,
    levelIndex: number,
    context: SearchContext,
    index: number,
    parameters: Json,
    genome: readonly number[],
    from: number,
  ): Promise<{ readonly completion: Completion; readonly ends: number }> {
    const { definition, simulate, measure, bare = false } = this.search;
    const level = definition.levels[levelIndex];
    const next = definition.levels[levelIndex + 1];
    if (level !== undefined && next !== undefined) {
      const inside = { ...context, [level.name]: parameters };
      const { completion, ended } = await this.write(
        `${id}/${index}/${next.name}`,
        levelIndex + 1,
        inside,
        from,
      );
      const { outcome } = completion;
      if (outcome.kind !== 'scored') return { completion, ends: ended };
      const measured = measure?.(parameters, context, levelIndex) ?? {};
      const declared = [...level.metrics.map(({ name }) => name)];
      const all = { ...outcome.metrics, ...measured };
      const metrics = Object.fromEntries(Object.entries(all).filter(([name]) => declared.includes(name)));
      if (level.objective !== undefined)
        metrics['objective'] = (all['accuracy'] ?? 0) - 0.0001 * (all['latency'] ?? 0);
      return { completion: { ...completion, outcome: { kind: 'scored', metrics } }, ends: ended };
    }
    const dice = new RandomStream(fork(rngFromSeed(`${definition.seed} ${id}`), index));
    const found = simulate(parameters, context, dice, index);
    const lost = (found.lost ?? []).reduce((sum, milliseconds) => sum + milliseconds + 2_000, 0);
    const ends = from + lost + found.milliseconds;
    if (bare) return { completion: { outcome: found.outcome }, ends };
    const hash = await this.artifacts.put(
      new TextEncoder().encode(
        JSON.stringify({
          format: 'duramen-trial/1',
          ...{ search: id, index, seed: '0', attempt: (found.lost?.length ?? 0) + 1, parameters },
          outcome: found.outcome,
          reports: found.reports ?? [],
          attributes: {},
          artifacts: await this.stored(found.artifacts ?? {}),
          log: { lines: found.log ?? [], dropped: 0 },
          stack: found.stack ?? null,
          host: { processor: 'Some processor', platform: 'linux-x64', node: 'v22.0.0' },
        }),
      ),
    );
    const trial = await this.trials.open({ search: id, index, seed: '0', genome });
    let at = from;
    for (const milliseconds of found.lost ?? []) {
      const attempt = await trial.beginAttempt(null, 'here', at);
      await trial.endAttempt(attempt, { kind: 'lost', milliseconds });
      at += milliseconds + 2_000;
    }
    const attempt = await trial.beginAttempt((found.lost?.length ?? 0) > 0 ? 3 : null, 'here', at);
    await trial.endAttempt(attempt, { kind: 'finished', milliseconds: found.milliseconds });
    return { completion: { outcome: found.outcome, record: hash }, ends };
  }

  private async stored(
    artifacts: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>> {
    const hashes: Record<string, string> = {};
    for (const [name, text] of Object.entries(artifacts))
      hashes[name] = await this.artifacts.put(new TextEncoder().encode(text));
    return hashes;
  }
}
