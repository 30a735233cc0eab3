import { type Content, element } from './markup.js';

export interface PartPlace {
  /** Begins every id of the section. */
  id: string;
  /** Of the parts' headings: 2 where the section is the whole page. */
  level: 2 | 3;
}

/** Left out where there is nothing to show. */
export function part(title: string, { level }: PartPlace, content: Content): Content {
  if (isEmpty(content)) return undefined;
  return [element(`h${level}`, {}, title), content];
}

export function folded(title: string, { level }: PartPlace, content: Content): Content {
  if (isEmpty(content)) return undefined;
  return element('details', {}, element('summary', {}, element(`h${level}`, {}, title)), content);
}

function isEmpty(content: Content): boolean {
  return content === undefined || (Array.isArray(content) && content.every(isEmpty));
}
