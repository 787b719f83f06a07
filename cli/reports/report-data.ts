import { z } from 'zod';
import type { Json } from '../../foundation/json/index.js';

/** The version of the contract; another number means that a reader of this one cannot rely on the fields below. */
export const reportFormat = 'ReportData/1';

const place = z.int().nonnegative();
const milliseconds = z.number();
const json: z.ZodType<Json> = z.json();

const metric = z.object({
  name: z.string(),
  goal: z.enum(['maximize', 'minimize', 'observe']),
  atMost: z.number().nullable(),
  atLeast: z.number().nullable(),
});

/** The decision (`id`) whose option `is`, or whose number lies `above`, makes another one active; null: always. */
const when = z
  .union([z.object({ id: z.string(), is: place }), z.object({ id: z.string(), above: z.number() })])
  .nullable();

const column = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('number'),
    id: z.string(),
    name: z.string(),
    when,
    low: z.number(),
    high: z.number(),
    log: z.boolean(),
    /** Distance of neighbouring values; null where every number is possible. */
    step: z.number().nullable(),
  }),
  z.object({
    kind: z.literal('category'),
    id: z.string(),
    name: z.string(),
    when,
    options: z.array(z.string()),
  }),
]);

const level = z.object({
  name: z.string(),
  algorithm: z.string(),
  /** Those that decide first, then those that are only observed. */
  metrics: z.array(metric),
  /** Decisions of the level's space, conditional ones included, in the order of the space. */
  columns: z.array(column),
  /** Decisions beyond those. */
  moreColumns: place,
});

const intervention = z.object({
  /** Index of the trial from which it acts. */
  index: place,
  kind: z.string(),
  text: z.string(),
  at: milliseconds.nullable(),
});

const search = z.object({
  id: z.string(),
  /** Place of its level in `levels`. */
  level: place,
  /** Place in `trials` of the outer trial that it evaluates; null for the root. */
  outer: place.nullable(),
  phase: z.enum(['finished', 'cancelled', 'failed', 'paused', 'open']),
  /** Why it ended; null while it is open. */
  reason: z.string().nullable(),
  trajectoryHash: z.string().nullable(),
  budget: z.record(z.string(), json),
  concurrency: z.int().positive(),
  /** Places in `trials`: the best trial, or the Pareto front with the best first metric first. */
  best: z.array(place),
  /** Place in `trials`: the best trial, or the knee of the front; null while nothing is scored. */
  knee: place.nullable(),
  interventions: z.array(intervention),
});

const attempt = z.object({
  attempt: z.int().positive(),
  /** Milliseconds since 1970; null where the build that began it kept no times. */
  at: milliseconds.nullable(),
  /** How long it took; null where it was lost with its worker, or still runs. */
  milliseconds: milliseconds.nullable(),
  end: z.enum(['finished', 'parked', 'timeout', 'lost', 'givenUp']).nullable(),
  /** Step of the checkpoint that it went on from; null: from the beginning. */
  startedFrom: z.number().nullable(),
});

const trial = z.object({
  /** Place of its search in `searches`. */
  search: place,
  index: place,
  source: z.enum(['algorithm', 'enqueued', 'initial']),
  state: z.enum(['open', 'scored', 'infeasible', 'stopped', 'failed', 'cancelled']),
  /** Failure class and message, why it is infeasible, or where it was stopped; null for the others. */
  reason: z.object({ class: z.string(), message: z.string() }).nullable(),
  /** In the order of the level's metrics; null where it has none. */
  values: z.array(z.number().nullable()),
  /** In the order of the level's columns, categories by their number; null where a decision is not active. */
  choices: z.array(z.number().nullable()),
  cost: z.number().nullable(),
  proposedAt: milliseconds.nullable(),
  toldAt: milliseconds.nullable(),
  reused: z.boolean(),
  timed: z.boolean(),
  mixed: z.boolean(),
  /** Place in `searches` of the search that evaluated it; of an equal one where the result was taken over. */
  inner: place.nullable(),
  /** The inner search ran for another trial. */
  shared: z.boolean(),
  attempts: z.array(attempt),
});

const curve = z.object({
  trial: place,
  steps: z.array(z.number()),
  /** A row for each metric that was reported, by its name. */
  values: z.record(z.string(), z.array(z.number().nullable())),
});

const details = z.object({
  trial: place,
  parameters: json,
  attributes: z.record(z.string(), json),
  artifacts: z.record(z.string(), z.string()),
  machine: z.string().nullable(),
  stack: z.string().nullable(),
  log: z.array(z.string()),
  /** Lines of the log that are left out. */
  moreLog: place,
});

const layerCost = z.object({
  node: z.string(),
  operation: z.string(),
  output: z.string(),
  parameters: z.number(),
  multiplyAdds: z.number(),
  cycles: z.number().nullable(),
  utilization: z.number().nullable(),
  words: z.number().nullable(),
  /** Microjoules. */
  energy: z.number().nullable(),
});

const network = z.object({
  trial: place,
  svg: z.string(),
  parameters: z.number(),
  multiplyAdds: z.number(),
  layers: z.array(layerCost),
  accelerator: z
    .object({
      rows: z.number(),
      columns: z.number(),
      configuration: z.record(z.string(), json),
      /** Square millimetres by part. */
      area: z.record(z.string(), z.number()),
      /** Why it cannot run the network; null where it can. */
      problem: z.string().nullable(),
      /** Microseconds for one example. */
      latency: z.number().nullable(),
      /** Microjoules by part for one example. */
      energy: z.record(z.string(), z.number()),
      utilization: z.number().nullable(),
    })
    .nullable(),
});

const figure = z.object({ name: z.string(), value: z.number().nullable() });

const learned = z.object({
  search: z.string(),
  /** Why it cannot be read; null where it can. */
  problem: z.string().nullable(),
  algorithm: z.string(),
  figures: z.array(figure),
  notes: z.array(z.string()),
  warning: z.string().nullable(),
  groups: z.array(
    z.object({
      name: z.string(),
      figures: z.array(figure),
      moreDecisions: place,
      decisions: z.array(
        z.object({
          id: z.string(),
          moreOptions: place,
          options: z.array(z.object({ name: z.string(), probability: z.number() })),
        }),
      ),
    }),
  ),
  history: z
    .object({ columns: z.array(z.string()), rows: z.array(z.array(z.number().nullable())) })
    .nullable(),
});

const similarity = z.object({
  /** In the order of rows and columns; the hash of a record, null for the search itself. */
  tasks: z.array(z.object({ task: z.string(), hash: z.string().nullable() })),
  distances: z.array(z.array(z.number())),
  /** What counts as near; null where there are too few records to tell. */
  threshold: z.number().nullable(),
});

const retraining = z.object({
  metric: z.string(),
  repetitions: place,
  trials: place,
  /** Place of the chosen candidate; null where none was chosen. */
  chosen: place.nullable(),
  chosenText: z.string(),
  candidates: z.array(
    z.object({
      source: z.string(),
      searched: z.number().nullable(),
      retrained: z.string(),
      mean: z.number().nullable(),
      parameters: json,
    }),
  ),
  correlations: z.array(z.string()),
});

const comparison = z.object({
  id: z.string(),
  level: z.string(),
  metrics: z.array(metric),
  /** Values of its scored trials, in the order of its metrics. */
  values: z.array(z.array(z.number().nullable())),
});

/**
 * All that a page shows of a search and of the searches inside it, as plain JSON. `duramen export --format json` writes
 * it, report pages embed it, and `duramen ui` serves it.
 */
export const reportDataSchema = z.object({
  format: z.literal(reportFormat),
  id: z.string(),
  seed: z.union([z.number(), z.string()]),
  tags: z.array(z.string()),
  /** Journal records that it was made from. */
  records: place,
  /** Whether all decisions were taken again and found to follow; null where nobody checked. */
  verified: z.object({ holds: z.boolean(), text: z.string() }).nullable(),
  /** Times of the first and the last record, or of the files of a journal without times; milliseconds since 1970. */
  span: z.object({ first: milliseconds, last: milliseconds }).nullable(),
  /** Outermost level first, from that of the root search on. */
  levels: z.array(level),
  /** The root, then the searches inside it, outer ones before inner ones. */
  searches: z.array(search),
  /** Search by search, each in the order of the index. */
  trials: z.array(trial),
  curves: z.array(curve),
  details: z.array(details),
  /** Of points of the root's front, the knee first. */
  networks: z.array(network),
  learned: z.array(learned),
  /** How alike the tasks are that the search could start from, or why nobody can read that. */
  similarity: z.union([similarity, z.string()]).nullable(),
  retraining: retraining.nullable(),
  machines: z.array(z.object({ name: z.string(), trials: place })),
  comparisons: z.array(comparison),
  definition: json,
});

// JSON of any shape is immutable by its own type, which is recursive.
type Immutable<T> = [Json] extends [T]
  ? T
  : T extends (infer Element)[]
    ? readonly Immutable<Element>[]
    : T extends object
      ? { readonly [Key in keyof T]: Immutable<T[Key]> }
      : T;

export type ReportData = Immutable<z.infer<typeof reportDataSchema>>;
export type ReportLevel = ReportData['levels'][number];
export type ReportColumn = ReportLevel['columns'][number];
export type ReportMetric = ReportLevel['metrics'][number];
export type ReportSearch = ReportData['searches'][number];
export type ReportTrial = ReportData['trials'][number];
export type ReportCurve = ReportData['curves'][number];
export type ReportDetails = ReportData['details'][number];
export type ReportNetwork = ReportData['networks'][number];
export type ReportComparison = ReportData['comparisons'][number];
