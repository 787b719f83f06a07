/// <reference lib="dom" />
import type { Json } from '../../../../foundation/json/index.js';
import type {
  DeskSettings,
  JournalEvent,
  LiveReport,
  SearchList,
  SteeringRequest,
} from '../../desk-messages.js';
import type { ReportData, ReportDetails } from '../../report-data.js';

/** Talks to the server that the page is from. Every failure is an error whose message is one sentence. */
export class DeskConnection {
  constructor(private readonly settings: DeskSettings) {}

  async searches(): Promise<SearchList> {
    // Only the server of the page answers, so the types of its answers are known.
    return (await this.get('/api/searches')) as SearchList;
  }

  async report(search: string, compare: readonly string[]): Promise<LiveReport> {
    const asked = new URLSearchParams([['search', search], ...compare.map((id) => ['compare', id])]);
    return (await this.get(`/api/report?${asked.toString()}`)) as LiveReport;
  }

  async details(search: string, index: number): Promise<ReportDetails | null> {
    const asked = new URLSearchParams({ search, index: String(index) });
    return (await this.get(`/api/trial?${asked.toString()}`)) as ReportDetails | null;
  }

  async verify(search: string): Promise<ReportData['verified']> {
    return (await this.get(
      `/api/verify?${new URLSearchParams({ search }).toString()}`,
    )) as ReportData['verified'];
  }

  /** Answers the sentence to show. */
  async steer(search: string, action: string, value: Json): Promise<string> {
    const request: SteeringRequest = { search, action, value };
    const answer = await this.read('/api/steer', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-duramen-token': this.settings.token },
      body: JSON.stringify(request),
    });
    return (answer as { readonly message: string }).message;
  }

  /** Calls back whenever the search has gone on; `lost` tells whether the server answers. */
  follow(search: string, grown: (event: JournalEvent) => void, lost: (isLost: boolean) => void): void {
    const source = new EventSource(`/api/events?${new URLSearchParams({ search }).toString()}`);
    source.onopen = () => lost(false);
    source.onmessage = ({ data }) => grown(JSON.parse(String(data)) as JournalEvent);
    source.onerror = () => {
      lost(true);
      // The browser tries again by itself unless the server refused, such as one that is just starting.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.follow(search, grown, lost), 1000);
    };
  }

  private async get(path: string): Promise<unknown> {
    return this.read(path, {});
  }

  private async read(path: string, init: RequestInit): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(path, init);
    } catch (error) {
      throw new Error('"duramen ui" does not answer: start it again, on the same --port.', { cause: error });
    }
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    // A page of an earlier run has its token: the new page has the new one.
    if (response.status === 403) location.reload();
    throw new Error(
      (answer as { readonly error?: string }).error ?? `The server answered ${response.status}.`,
    );
  }
}
