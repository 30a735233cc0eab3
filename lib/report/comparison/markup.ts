/**
 * HTML and SVG as nested calls. Strings become text: only what these functions made is taken as markup, so nothing that
 * came from a file can become a tag.
 */
export class Markup {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** For what this program wrote itself and what escaping would break: a style sheet, embedded JSON. */
  static trusted(text: string): Markup {
    return new Markup(text);
  }
}

export type Content = Markup | string | number | undefined | readonly Content[];
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Elements that HTML ends by themselves. */
const VOID = new Set(['meta', 'br']);

export function element(name: string, attributes: Attributes, ...content: Content[]): Markup {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeMarkup(typeof value === 'number' ? coordinate(value) : value!)}"`)
    .join('');
  if (VOID.has(name)) return Markup.trusted(`<${name}${list}>`);
  return Markup.trusted(`<${name}${list}>${render(content)}</${name}>`);
}

export function render(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string') return escapeMarkup(content);
  if (typeof content === 'number') return coordinate(content);
  return content.map(render).join('');
}

/** As text and inside double quotes alike. What XML cannot hold at all becomes a replacement character. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]|\p{Cs}|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Two decimals are a hundredth of a pixel. */
function coordinate(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}
