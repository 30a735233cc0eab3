import { wrapped } from '../../report/table-layout.js';
import type { DescribedOption, OptionGroup } from '../described-option.js';

/** Of help: what a terminal has at least. */
const COLUMNS = 80;
const MEANING_AT = 29;
const GAP = 2;

/** A group with its title; each option with its meaning. */
export function groupLines({ title, options }: OptionGroup): string[] {
  return ['', `${title}:`, ...options.flatMap(optionLines)];
}

/** `  -p, --port N       port of the server (5201)`, the meaning wrapped; below where there is no room beside. */
function optionLines(option: DescribedOption): string[] {
  const { short, long, value = '', meaning } = option;
  const gap = value === '' || value.startsWith('[') ? '' : ' ';
  return entryLines(`${short === undefined ? '   ' : `-${short},`} --${long}${gap}${value}`, meaning);
}

/** A word and what it means. */
export function entryLines(words: string, meaning: string, meaningAt = MEANING_AT): string[] {
  const left = `  ${words}`;
  const lines = wrapped(meaning, COLUMNS - meaningAt);
  const below = lines.map((line) => ' '.repeat(meaningAt) + line);
  if (left.length + GAP > meaningAt) return [left, ...below];
  return [left.padEnd(meaningAt) + lines[0], ...below.slice(1)];
}

/** Their names alone, many in a line: who looks for one finds it. */
export function nameLines(title: string, options: readonly DescribedOption[]): string[] {
  // Joined by what wrapping does not break at.
  const names = options.map(({ short, long }) => (short === undefined ? `--${long}` : `-${short}\u00a0--${long}`));
  const lines = wrapped(names.join(', '), COLUMNS - 2).map((line) => `  ${line.replaceAll('\u00a0', ' ')}`);
  return ['', `${title}:`, ...lines];
}

/** Paragraphs in lines of at most so many columns; a line that is indented stays as it is. */
export function paragraphLines(text: string): string[] {
  const lines: string[] = [];
  let paragraph: string[] = [];
  const end = () => {
    if (paragraph.length > 0) lines.push(...wrapped(paragraph.join(' '), COLUMNS));
    paragraph = [];
  };
  for (const line of text.trim().split('\n')) {
    if (line !== '' && !line.startsWith(' ')) {
      paragraph.push(line);
      continue;
    }
    end();
    lines.push(line);
  }
  end();
  return lines;
}
