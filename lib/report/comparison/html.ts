import { createHash } from 'node:crypto';
import { cpuPatterns } from './cpu-kinds.js';
import { element, Markup, render } from './markup.js';
import { pageSection } from './page-section.js';
import { PAGE_STYLE } from './page-style.js';
import type { ReportSection } from './section.js';

/** What a mail or a chat still takes. A page above it says so and points to the file. */
const LARGEST_DATA_BYTES = 5_000_000;

/**
 * A page that stands by itself: no request to anywhere, and no script, so that it opens under the strictest policy, in
 * a mail's preview and from a disk alike. What folds is `details`, what a pointer is told is `title`, and the browser
 * does both without a script.
 */
export function htmlReport(sections: readonly ReportSection[]): string {
  const title = sections.length === 1 ? sections[0]!.heading : `${sections.length} measurements`;
  const style = Markup.trusted(PAGE_STYLE);
  const digest = createHash('sha256').update(PAGE_STYLE).digest('base64');
  const data = sections.map(({ data }) => jsonText(data));
  const fits = data.reduce((sum, text) => sum + Buffer.byteLength(text), 0) <= LARGEST_DATA_BYTES;
  const page = element(
    'html',
    { lang: 'en' },
    element(
      'head',
      {},
      element('meta', { charset: 'utf-8' }),
      element('meta', {
        'http-equiv': 'Content-Security-Policy',
        content: `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
      }),
      element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      element('meta', { name: 'color-scheme', content: 'light dark' }),
      element('title', {}, `${title} - vnetperf`),
      element('style', {}, style),
    ),
    element(
      'body',
      {},
      // Once a page, before its first use, and never undisplayed: what is not displayed fills nothing.
      element('svg', { width: 0, height: 0, 'aria-hidden': 'true', class: 'patterns' }, cpuPatterns()),
      element('header', {}, element('h1', {}, title)),
      element(
        'main',
        {},
        sections.map((section, index) => pageSection(section, { id: `s${index + 1}`, alone: sections.length === 1 })),
      ),
      element('footer', {}, footerText(sections, fits)),
      fits ? data.map(dataBlock) : undefined,
    ),
  );
  return `<!doctype html>\n${render(page)}\n`;
}

/** Not a script: browsers execute nothing of this type, and the page's policy would not let them. */
function dataBlock(text: string, index: number): Markup {
  return element('script', { type: 'application/json', id: `result-${index + 1}` }, Markup.trusted(text));
}

/** `<` can end a script element or open a comment in it; JSON has another way to write it. */
function jsonText(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function footerText(sections: readonly ReportSection[], fits: boolean): string {
  const files = sections.flatMap(({ sources }) => sources).join(', ');
  return fits
    ? `Made from ${files}, which this page carries as JSON in its source. It loads nothing and runs no script.`
    : `Made from ${files}, too large for this page to carry: keep the file. The page loads nothing and runs no script.`;
}
