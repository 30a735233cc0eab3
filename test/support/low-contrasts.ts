/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// For the functions that run inside the browser.
/**
 * Texts of a page whose colour is too near to their ground's. Runs inside the browser, so it uses nothing from outside.
 * @param least Of the ratio of WCAG 2.2: (lighter + 0.05) / (darker + 0.05), relative luminances.
 */
export function lowContrasts(least: number): string[] {
  const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([red = 0, green = 0, blue = 0]: number[]) => {
    const linear = (value: number) =>
      value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const ground = (element: Element | null): number[] => {
    for (let one = element; one !== null; one = one.parentElement) {
      const colour = channels(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || (colour[3] ?? 0) > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const found: string[] = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '',
    );
    if (!own || element.closest('script, style, title, desc') !== null || element.getClientRects().length === 0)
      continue;
    const style = getComputedStyle(element);
    const text = luminance(channels(element instanceof SVGElement ? style.fill : style.color));
    const behind = luminance(ground(element));
    const ratio = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    if (ratio < least) found.push(`${ratio.toFixed(2)}: ${element.outerHTML.slice(0, 120)}`);
  }
  return found;
}
