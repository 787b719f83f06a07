import { embeddedJson, embeddedScript, html, Markup } from './markup.js';
import type { Content } from './markup.js';
import { pageStyle } from './page-style.js';

/** What the page is made of. */
export interface PageParts {
  readonly title: string;
  readonly body: Content;
  /** Read by the program; plain JSON. */
  readonly data: unknown;
  readonly program: string;
  /** Style sheets of libraries. */
  readonly styles: string;
}

/** A whole page in one file: it loads nothing, and its content security policy forbids the browser to. */
export function pageFrame({ title, body, data, program, styles }: PageParts): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${new Markup(styles)}${new Markup(pageStyle)}
        </style>
      </head>
      <body>
        ${body}
        <script type="application/json" id="report-data">
          ${embeddedJson(data)}
        </script>
        <script>
          ${embeddedScript(program)};
        </script>
      </body>
    </html> `.text;
}

/** A part of the page under a heading. */
export function section(id: string, heading: string, ...content: readonly Content[]): Markup {
  return html`<section id="${id}">
    <h2>${heading}</h2>
    ${content}
  </section> `;
}

/** A cell of a table; numbers are sorted as numbers and stand to the right. */
export type TableCell = Markup | string | { readonly text: string; readonly value: number };

/** A table whose columns can be sorted by clicking on their headings. */
export function sortableTable(
  columns: readonly string[],
  rows: readonly (readonly TableCell[])[],
  foot: readonly TableCell[] | null = null,
): Markup {
  const heads = columns.map((column) => html`<th scope="col"><button type="button">${column}</button></th>`);
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map(tableCell)}
      </tr> `,
  );
  return html`<div class="scroll">
    <table class="sortable">
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
      ${
        foot === null
          ? null
          : html`<tfoot>
              <tr>
                ${foot.map(tableCell)}
              </tr>
            </tfoot>`
      }
    </table>
  </div>`;
}

function tableCell(cell: TableCell): Markup {
  if (cell instanceof Markup || typeof cell === 'string') return html`<td>${cell}</td>`;
  return html`<td class="number" data-value="${cell.value}">${cell.text}</td>`;
}
