import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const DEADLINE_MS = 30_000;
/** Nothing that a browser does on its own: no update, no sync, no first visit. */
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** A page from disk in a browser with a profile of its own, and all that it asked for or complained of. */
export class ChromiumPage {
  readonly #profile: string;
  readonly #context: BrowserContext;
  readonly page: Page;
  /** Addresses, the file itself left out. */
  readonly requests: string[] = [];
  readonly complaints: string[] = [];

  private constructor(profile: string, context: BrowserContext, page: Page) {
    this.#profile = profile;
    this.#context = context;
    this.page = page;
  }

  static async open(path: string): Promise<ChromiumPage> {
    const profile = mkdtempSync(join(tmpdir(), 'vnetperf-chromium-'));
    let context: BrowserContext | undefined;
    try {
      context = await chromium.launchPersistentContext(profile, {
        executablePath: '/usr/bin/chromium',
        headless: true,
        args: ARGUMENTS.split(' '),
        timeout: DEADLINE_MS,
      });
      context.setDefaultTimeout(DEADLINE_MS);
      const opened = new ChromiumPage(profile, context, await context.newPage());
      await opened.#load(pathToFileURL(path).href);
      return opened;
    } catch (error) {
      await context?.close();
      rmSync(profile, { recursive: true, force: true });
      throw error;
    }
  }

  async #load(address: string): Promise<void> {
    await this.page.route('**/*', async (route) => {
      const url = route.request().url();
      if (url === address) return await route.continue();
      this.requests.push(url);
      await route.abort();
    });
    this.page.on('console', (message) => this.complaints.push(message.text()));
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
    await this.page.goto(address, { waitUntil: 'load' });
  }

  async show(width: number, colorScheme: 'light' | 'dark'): Promise<void> {
    await this.page.setViewportSize({ width, height: 900 });
    await this.page.emulateMedia({ colorScheme });
  }

  async close(): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
