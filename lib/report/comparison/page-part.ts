import { type Content, element } from './markup.js';

export interface PartPlace {
  /** Begins every id of the section. */
  id: string;
  /** Of the parts' headings: 2 where the section is the whole page. */
  level: 2 | 3;
  /** Many cells make long details: they are folded then. */
  long: boolean;
}

/** Left out where there is nothing to show. */
export function part(title: string, { level }: PartPlace, content: Content): Content {
  if (isEmpty(content)) return undefined;
  return [element(`h${level}`, {}, title), content];
}

/** Open as long as the page stays one that a person reads to its end. */
export function detail(title: string, place: PartPlace, content: Content): Content {
  return place.long ? folded(title, place, content) : part(title, place, content);
}

export function folded(title: string, { level }: PartPlace, content: Content): Content {
  if (isEmpty(content)) return undefined;
  return element('details', {}, element('summary', {}, element(`h${level}`, {}, title)), content);
}

function isEmpty(content: Content): boolean {
  return content === undefined || (Array.isArray(content) && content.every(isEmpty));
}
