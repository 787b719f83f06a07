import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';

/** Where screenshots lie for a person to look at. */
export const screenshotsFolder = fileURLToPath(new URL('../../test-output/temporal-ui', import.meta.url));

/** The page of a search in the Temporal UI, with what a person does there. */
export class SearchPage {
  private constructor(
    readonly page: Page,
    private readonly uiAddress: string,
  ) {}

  static async open(browser: Browser, uiAddress: string): Promise<SearchPage> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1300 } });
    page.setDefaultTimeout(30_000);
    return new SearchPage(page, uiAddress);
  }

  /** The UI renders its header twice and keeps dialogs hidden in the page: only what is visible counts. */
  visible(selector: string): Locator {
    return this.page.locator(selector).filter({ visible: true }).first();
  }

  async go(id: string): Promise<void> {
    await this.page.goto(`${this.uiAddress}/namespaces/default/workflows/${encodeURIComponent(id)}`);
    await this.visible('[data-testid="execution-status"]').waitFor();
  }

  /** Opens a tab: `search-attributes`, `memo`, `user-metadata`, `relationships`, `timeline`. */
  async tab(name: string): Promise<void> {
    await this.visible(`[data-testid="${name}-tab"]`).click();
    await this.page.waitForURL(new RegExp(`/${name}$`));
  }

  /** The JSON that the open tab shows. */
  async json(): Promise<string> {
    await this.visible('.cm-content').waitFor();
    return this.visible('.cm-content').innerText();
  }

  /** What the tab "User Metadata" shows once it holds a text; summary and details are frames of their own. */
  async metadata(holds: string): Promise<string> {
    await this.tab('user-metadata');
    for (let attempt = 0; ; attempt += 1) {
      const texts = await Promise.all(
        this.page.frames().map((frame) =>
          frame
            .locator('body')
            .innerText({ timeout: 1_000 })
            .catch(() => ''),
        ),
      );
      const text = texts.slice(1).join('\n');
      if (text.includes(holds)) return text;
      if (attempt === 20) throw new Error(`"${holds}" is not in the user metadata: ${text}`);
      await this.page.waitForTimeout(500);
      // The UI asks for the current details only when it loads the page.
      if (attempt % 4 === 3) await this.page.reload();
    }
  }

  /** Sends an update or a signal through its dialog; answers the problem that the dialog shows, if any. */
  async send(kind: 'update' | 'signal', name: string, data?: unknown): Promise<string | null> {
    await this.choose(`${kind}-button`);
    const modal = this.visible(`[data-testid="${kind}-confirmation-modal"]`);
    await modal.waitFor();
    await modal.locator(`[data-testid="${kind}-select-button"]`).click();
    await this.page.waitForTimeout(300);
    // An option shows the name and, in smaller letters, the description.
    const option = this.page.getByRole('option', { name: new RegExp(`^${name}\\b`) });
    await option.filter({ visible: true }).first().click();
    if (data !== undefined) {
      await modal.locator('.cm-content').first().click();
      await this.page.keyboard.press('ControlOrMeta+a');
      await this.page.keyboard.insertText(JSON.stringify(data));
    }
    await this.screenshot(`${kind}-${name}`);
    return this.answered(modal);
  }

  /** Presses a button whose dialog asks for a confirmation. */
  async confirm(button: string, modal: string): Promise<void> {
    await this.page.getByRole('button', { name: button }).filter({ visible: true }).first().click();
    await this.visible(`[data-testid*="${modal}"]`).locator('[data-testid="confirm-modal-button"]').click();
  }

  /** Presses "Request Cancellation". */
  async cancel(): Promise<void> {
    await this.choose('request-cancellation-button');
    const modal = this.visible('[data-testid="cancel-confirmation-modal"]');
    await this.answered(modal);
  }

  /** Follows a link in the user metadata to another search. */
  async follow(link: string): Promise<void> {
    for (const frame of this.page.frames()) {
      const found = frame.getByRole('link', { name: link }).first();
      if ((await found.count()) === 0) continue;
      const opened = this.page.context().waitForEvent('page', { timeout: 3_000 });
      await found.click();
      const tab = await opened.catch(() => null);
      // A link of the details opens a tab of its own.
      if (tab !== null) {
        const url = tab.url();
        await tab.close();
        await this.page.goto(url);
      }
      return;
    }
    throw new Error(`There is no link "${link}" in the user metadata.`);
  }

  async waitForStatus(status: RegExp): Promise<void> {
    await this.visible('[data-testid="execution-status"]').getByText(status).waitFor();
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshotsFolder, { recursive: true });
    await this.page.screenshot({ path: join(screenshotsFolder, `${name}.png`), fullPage: true });
  }

  private async choose(action: string): Promise<void> {
    await this.page.getByRole('button', { name: 'More Actions' }).filter({ visible: true }).first().click();
    await this.visible(`[data-testid="${action}"]`).click();
  }

  /** Presses the dialog's button; answers the lines that a dialog shows then, null when it closes, which is success. */
  private async answered(modal: Locator): Promise<string | null> {
    const lines = async (): Promise<readonly string[]> =>
      (await modal.innerText({ timeout: 1_000 }).catch(() => '')).split('\n');
    const button = modal.locator('[data-testid="confirm-modal-button"]');
    const before = new Set(await lines());
    await button.click();
    for (let attempt = 0; attempt < 80; attempt += 1) {
      await this.page.waitForTimeout(250);
      if (!(await modal.isVisible())) return null;
      if (!(await button.isEnabled({ timeout: 500 }).catch(() => false))) continue;
      const said = (await lines()).filter((line) => line.trim() !== '' && !before.has(line));
      if (said.length > 0 && (await modal.isVisible())) return said.join('\n');
    }
    throw new Error('The dialog neither closed nor showed a problem.');
  }
}
