/// <reference lib="dom" />
import type { Json } from '../../../foundation/json/index.js';
import type { ReportDetails } from '../report-data.js';
import type { ReportModel } from './report-model.js';
import type { Selection } from './selection.js';

/** What a reader may do to a search whose page is live. */
export interface LiveSearch {
  /** Null: everything may be done; else why it is only shown. */
  readonly readOnly: string | null;
  /** Sends a message; answers the sentence to show, or throws an error whose message is one. */
  readonly send: (action: string, value?: Json) => Promise<string>;
  readonly details: (trial: number) => Promise<ReportDetails | null>;
}

/** What the panels of a page share. */
export interface PageContext {
  /** The newest data. */
  model: ReportModel;
  readonly selection: Selection;
  /** Shows all about a trial. */
  readonly open: (trial: number) => void;
  /** Null for a page that was written to a file. */
  readonly live: LiveSearch | null;
}

/** A part of the page; `refresh` draws it anew after the data or the selection changed. */
export interface Panel {
  readonly element: HTMLElement;
  readonly refresh: () => void;
}
