/// <reference lib="dom" />
import type { DeskSettings } from '../desk-messages.js';
import { unpacked, type PackedReport } from '../packed-trials.js';
import { startDesk } from './desk/desk.js';
import { ReportView } from './report-view.js';

/** Draws what is embedded in the page: a report, or the live page of a home. */
export function startPage(): void {
  const place = document.getElementById('page');
  const report = document.getElementById('report-data')?.textContent ?? null;
  const settings = document.getElementById('desk-settings')?.textContent ?? null;
  if (place === null) return;
  // Only the frame of the page writes this data, so its type is known.
  if (report !== null) {
    const view = new ReportView(unpacked(JSON.parse(report) as PackedReport));
    place.replaceChildren(view.element);
    view.refresh();
  } else if (settings !== null) startDesk(place, JSON.parse(settings) as DeskSettings);
  document.documentElement.dataset['ready'] = 'yes';
}
