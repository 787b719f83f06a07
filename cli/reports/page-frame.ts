import type { DeskSettings } from './desk-messages.js';
import { embeddedJson, embeddedScript, html, Markup } from './markup.js';
import { packed } from './packed-trials.js';
import { pageStyle } from './page-style.js';
import type { ReportData } from './report-data.js';

/** A report as a whole page in one file: it loads nothing, and its content security policy forbids the browser to. */
export function filePage(data: ReportData, program: string): string {
  return frame(`${data.id}: report`, 'report-data', packed(data), program, "default-src 'none'");
}

/** The page that `duramen ui` serves; it talks to the server that it is from, and to nothing else. */
export function deskPage(settings: DeskSettings, program: string): string {
  return frame('Duramen', 'desk-settings', settings, program, "default-src 'none'; connect-src 'self'");
}

function frame(title: string, dataId: string, data: unknown, program: string, policy: string): string {
  // Without 'unsafe-eval': the program makes no code from texts.
  const whole = `${policy}; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(whole)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${new Markup(pageStyle)}
        </style>
      </head>
      <body>
        <div id="page">
          <noscript
            >This page draws itself with its own script, which loads nothing: allow it to run.</noscript
          >
        </div>
        <script type="application/json" id="${dataId}">
          ${embeddedJson(data)}
        </script>
        <script>
          ${embeddedScript(program)};
        </script>
      </body>
    </html> `.text;
}
