/// <reference lib="dom" />
import { formatDuration, formatNumber } from '../../../number-format.js';
import type { ListedSearch, SearchList } from '../../desk-messages.js';
import { element } from '../dom.js';
import type { DeskConnection } from './desk-connection.js';

const lookMilliseconds = 2000;

/** All searches of the home. */
export class SearchListPage {
  private readonly body = element('div', {});
  private readonly message = element('p', { class: 'muted', role: 'status' });
  private readonly field = element('input', {
    type: 'search',
    id: 'find',
    placeholder: 'name or tag',
    autocomplete: 'off',
  });
  private shown = '';
  private list: SearchList | null = null;

  constructor(
    place: HTMLElement,
    private readonly connection: DeskConnection,
  ) {
    this.field.addEventListener('input', () => this.draw());
    place.replaceChildren(
      element(
        'main',
        {},
        element(
          'header',
          {},
          element('div', { class: 'titles' }, element('h1', {}, 'Searches')),
          this.message,
        ),
        element(
          'div',
          { class: 'choices' },
          element('label', { class: 'choice', for: 'find' }, element('span', {}, 'find'), this.field),
        ),
        this.body,
      ),
    );
  }

  start(): void {
    void this.look();
  }

  private async look(): Promise<void> {
    try {
      this.list = await this.connection.searches();
      this.draw();
    } catch (error) {
      this.message.textContent = error instanceof Error ? error.message : String(error);
      this.message.className = 'bad';
    }
    setTimeout(() => void this.look(), lookMilliseconds);
  }

  private draw(): void {
    if (this.list === null) return;
    const { home, readOnly, searches } = this.list;
    this.message.className = 'muted';
    this.message.textContent = `${searches.length} in ${home}.${readOnly === null ? '' : ` ${readOnly}`}`;
    const wanted = this.field.value.trim().toLowerCase();
    const found = searches.filter(({ id, tags }) =>
      [id, ...tags].some((text) => text.toLowerCase().includes(wanted)),
    );
    const text = JSON.stringify(found);
    if (text === this.shown) return;
    this.shown = text;
    this.body.replaceChildren(
      found.length === 0
        ? element(
            'p',
            { class: 'empty' },
            searches.length === 0
              ? 'There are no searches in this home yet: "duramen run FILE" starts one, and it appears here.'
              : 'No search is named so.',
          )
        : element('ul', { class: 'searches' }, found.map(searchItem)),
    );
  }
}

function searchItem(search: ListedSearch): HTMLElement {
  const { id, phase, level, trials, budget, best, bestMetric, begun, last, tags, problem } = search;
  const share = budget === null || budget === 0 ? null : Math.min(1, trials / budget);
  const address = `/search/${id.split('/').map(encodeURIComponent).join('/')}`;
  const took = begun === null || last === null ? '' : formatDuration(last - begun);
  return element(
    'li',
    {},
    element(
      'div',
      { class: 'search-name' },
      element('a', { href: address }, id),
      element('span', { class: `phase ${phase}` }, problem === null ? phase : 'damaged'),
      tags.map((tag) => element('span', { class: 'tag' }, tag)),
    ),
    problem === null
      ? element(
          'div',
          { class: 'search-facts' },
          element(
            'span',
            {},
            best === null ? 'nothing scored' : element('b', {}, formatNumber(best)),
            best === null ? null : ` ${bestMetric}`,
          ),
          element(
            'span',
            {},
            `${trials}${budget === null ? '' : ` of ${budget}`} trials`,
            share === null
              ? null
              : element(
                  'span',
                  { class: 'share-bar', 'aria-hidden': 'true' },
                  element('i', { style: `width:${100 * share}%` }),
                ),
          ),
          element('span', { class: 'muted' }, level),
          element(
            'span',
            { class: 'muted' },
            last === null
              ? ''
              : `${new Date(last).toISOString().slice(0, 16).replace('T', ' ')} UTC${took === '' ? '' : ` · ${took}`}`,
          ),
        )
      : element('p', { class: 'bad' }, problem),
  );
}
