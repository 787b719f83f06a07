import type { SearchPhase } from '../../searches/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { ReportData } from './report-data.js';

/** What the page of `duramen ui` is told when it is loaded. */
export interface DeskSettings {
  /** Goes with every message that changes something. */
  readonly token: string;
}

/** A search in the list of a home. */
export interface ListedSearch {
  readonly id: string;
  readonly phase: SearchPhase | 'open';
  readonly level: string;
  readonly trials: number;
  readonly budget: number | null;
  readonly best: number | null;
  readonly bestMetric: string;
  /** Milliseconds since 1970 of its first and last record; null where that is not known. */
  readonly begun: number | null;
  readonly last: number | null;
  readonly tags: readonly string[];
  /** Why its journal cannot be read; null where it can. */
  readonly problem: string | null;
}

/** Answer of `GET /api/searches`. */
export interface SearchList {
  readonly home: string;
  /** Why nothing can be changed; null where it can. */
  readonly readOnly: string | null;
  readonly searches: readonly ListedSearch[];
}

/** Answer of `GET /api/report`. */
export interface LiveReport {
  readonly report: ReportData;
  readonly readOnly: string | null;
  /** Where the workflow says that the search stands; null without a server that knows it. */
  readonly phase: SearchPhase | null;
  readonly concurrency: number | null;
}

/** Data of an event of `GET /api/events`; its id is the number of records. */
export interface JournalEvent {
  readonly records: number;
  readonly phase: SearchPhase | null;
}

/** Body of `POST /api/steer`. */
export interface SteeringRequest {
  readonly search: string;
  readonly action: string;
  readonly value: Json;
}
