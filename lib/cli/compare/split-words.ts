import { VnetperfError } from '../../errors.js';

/** Words as a POSIX shell separates and unquotes them, and no more than that: nothing is expanded, no shell runs. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else word += character;
    } else if (character === '\\' && (quote === undefined || /["\\$`]/.test(text[index + 1] ?? ''))) {
      index++;
      if (index === text.length) throw unfinished(text, 'ends with a backslash');
      word = (word ?? '') + text[index]!;
    } else if (character === quote) {
      quote = undefined;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined) throw unfinished(text, `has a ${quote} without its second`);
  if (word !== undefined) words.push(word);
  return words;
}

function unfinished(text: string, how: string): VnetperfError {
  return new VnetperfError(`the command ${text} ${how}`, {
    code: 'ERR_PEER_WORDS',
    remedy: 'Quote it as for a shell.',
  });
}
