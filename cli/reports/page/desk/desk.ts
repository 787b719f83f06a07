/// <reference lib="dom" />
import type { DeskSettings } from '../../desk-messages.js';
import { DeskConnection } from './desk-connection.js';
import { LiveSearchPage } from './live-search-page.js';
import { SearchListPage } from './search-list-page.js';

/** Shows the list of searches, or the search that the address names. */
export function startDesk(place: HTMLElement, settings: DeskSettings): void {
  const connection = new DeskConnection(settings);
  const prefix = '/search/';
  if (location.pathname.startsWith(prefix)) {
    const search = location.pathname.slice(prefix.length).split('/').map(decodeURIComponent).join('/');
    document.title = `${search}: Duramen`;
    new LiveSearchPage(place, connection, search).start();
  } else new SearchListPage(place, connection).start();
}
