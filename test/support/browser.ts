import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { packagedBinaryPath } from '../../setup/packaged-binaries.mjs';

/** A Chromium of this machine, or undefined: then browser tests are skipped. */
export const chromiumPath = [
  process.env['DURAMEN_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  // Where .ci/run puts it on a machine that has none.
  packagedBinaryPath('chromium'),
].find((candidate) => candidate !== undefined && existsSync(candidate));

/** Starts a browser that talks to nothing but the pages that a test opens. */
export async function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined)
    throw new Error('No Chromium was found: install it, or set DURAMEN_CHROMIUM.');
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
