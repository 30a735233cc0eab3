import { type Content, element, type Markup } from './markup.js';

export interface FigureOptions {
  /** Pixels; all heights follow from the figures. */
  width: number;
  /** Unique in the page. */
  id: string;
}

/** Widths at which text of 12 pixels stays legible: a page on a desk, a telephone or a panel. */
export const WIDE = 1120;
export const NARROW = 360;

/** A drawing with its name and what it shows in a sentence, for those who hear it. */
export function figure(
  { width, id }: FigureOptions,
  { height, title, description }: { height: number; title: string; description: string },
  ...content: Content[]
): Markup {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'figure',
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      width: Math.ceil(width),
      height: Math.ceil(height),
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-description`,
    },
    element('title', { id: `${id}-title` }, title),
    element('desc', { id: `${id}-description` }, description),
    ...content,
  );
}

/** What a pointer that rests on the mark is told. */
export function hover(text: string): Markup {
  return element('title', {}, text);
}

export function label(x: number, y: number, attributes: Record<string, string | number>, ...text: Content[]): Markup {
  return element('text', { x, y, ...attributes }, ...text);
}

export function line(className: string, x1: number, y1: number, x2: number, y2: number, ...content: Content[]): Markup {
  return element('line', { class: className, x1, y1, x2, y2 }, ...content);
}

/** Cut to what fits: a character of 12 pixels is a little over 6 wide. */
export function fitted(text: string, pixels: number): string {
  const characters = Math.max(4, Math.floor(pixels / 6.6));
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join('')}…`;
}
