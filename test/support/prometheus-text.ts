/** A reader of Prometheus' text format 0.0.4, written from its description and from nothing of ours; it is strict. */

interface ReadSample {
  /** Of the line, `_sum` and `_count` included. */
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface ReadFamily {
  name: string;
  type: string;
  help: string;
  samples: ReadSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*/;

/** @throws Error at the first line that a Prometheus would refuse, or that its linter would. */
export function readPrometheusText(text: string): ReadFamily[] {
  if (!text.endsWith('\n') && text !== '') throw new Error('the last line has no end');
  const families: ReadFamily[] = [];
  let help: { name: string; text: string } | undefined;
  const seen = new Set<string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(line);
    if (comment !== null) {
      const [, keyword, name = '', rest = ''] = comment;
      if (NAME.exec(name)?.[0] !== name) throw new Error(`no name: ${line}`);
      if (keyword === 'HELP') help = { name, text: unescaped(rest, 'n\\') };
      else {
        if (help?.name !== name) throw new Error(`a type without its help: ${line}`);
        if (!['gauge', 'counter', 'summary', 'histogram', 'untyped'].includes(rest))
          throw new Error(`no type: ${line}`);
        if (families.some((family) => family.name === name)) throw new Error(`twice: ${line}`);
        families.push({ name, type: rest, help: help.text, samples: [] });
      }
      continue;
    }
    if (line.startsWith('#') || line === '') throw new Error(`an unexpected line: ${line}`);
    const sample = readSample(line);
    const family = families.at(-1);
    const suffixes = family?.type === 'summary' ? ['', '_sum', '_count'] : [''];
    if (family === undefined || !suffixes.some((suffix) => sample.name === family.name + suffix)) {
      throw new Error(`a sample of another family: ${line}`);
    }
    if (family.type !== 'summary' && 'quantile' in sample.labels) throw new Error(`a quantile of a ${family.type}`);
    if (family.type !== 'counter' && /_total$/.test(family.name)) throw new Error(`${family.name} is no counter`);
    const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (seen.has(series)) throw new Error(`a series twice: ${line}`);
    seen.add(series);
    family.samples.push(sample);
  }
  const empty = families.find(({ samples }) => samples.length === 0);
  if (empty !== undefined) throw new Error(`${empty.name} has no sample`);
  return families;
}

function readSample(line: string): ReadSample {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new Error(`no name: ${line}`);
  const labels: Record<string, string> = {};
  let rest = line.slice(name.length);
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      const label = LABEL.exec(rest)?.[0];
      const value = label === undefined ? null : /^="((?:[^"\\\n]|\\["\\n])*)"/.exec(rest.slice(label.length));
      if (label === undefined || value === null) throw new Error(`no label: ${line}`);
      if (label.startsWith('__') || label in labels) throw new Error(`a label that may not be: ${line}`);
      labels[label] = unescaped(value[1]!, 'n"\\');
      rest = rest.slice(label.length + value[0].length);
      if (rest.startsWith(',')) rest = rest.slice(1);
      else if (!rest.startsWith('}')) throw new Error(`labels without their end: ${line}`);
    }
    rest = rest.slice(1);
  }
  const number = /^ (NaN|[+-]?Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(rest)?.[1];
  if (number === undefined) throw new Error(`no value: ${line}`);
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) };
}

function unescaped(text: string, known: string): string {
  return text.replaceAll(/\\(.?)/gs, (_, character: string) => {
    if (character === '' || !known.includes(character)) throw new Error(`no escape: \\${character}`);
    return character === 'n' ? '\n' : character;
  });
}
