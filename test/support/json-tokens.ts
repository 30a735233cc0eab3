/**
 * A JSON reader that keeps what JSON.parse drops: the order of keys and keys that stand twice. For judging printed
 * documents, so it is strict and has nothing in common with the printer.
 */
export type JsonNode =
  | { type: 'object'; members: [key: string, value: JsonNode][] }
  | { type: 'array'; items: JsonNode[] }
  | { type: 'string' | 'number' | 'boolean' | 'null'; text: string };

const TOKEN =
  /\s*(?:([[\]{},:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false)|(null))/uy;

export function readJson(text: string): JsonNode {
  TOKEN.lastIndex = 0;
  let token = next(text);
  const node = value();
  if (token !== undefined) throw new SyntaxError(`more after the document: ${token.text}`);
  return node;

  function take(): Token {
    const taken = token;
    if (taken === undefined) throw new SyntaxError('the document ends too early');
    token = next(text);
    return taken;
  }

  function expect(punctuation: string): void {
    const taken = take();
    if (taken.text !== punctuation) throw new SyntaxError(`${punctuation} expected, ${taken.text} found`);
  }

  function value(): JsonNode {
    const first = take();
    if (first.type !== 'punctuation') return { type: first.type, text: first.text };
    if (first.text === '{') return { type: 'object', members: list('}', member) };
    if (first.text === '[') return { type: 'array', items: list(']', value) };
    throw new SyntaxError(`a value expected, ${first.text} found`);
  }

  function member(): [string, JsonNode] {
    const key = take();
    if (key.type !== 'string') throw new SyntaxError(`a key expected, ${key.text} found`);
    expect(':');
    return [JSON.parse(key.text) as string, value()];
  }

  function list<T>(close: string, item: () => T): T[] {
    if (token?.text === close) {
      take();
      return [];
    }
    const items = [item()];
    for (;;) {
      const separator = take();
      if (separator.text === close) return items;
      if (separator.text !== ',') throw new SyntaxError(`, or ${close} expected, ${separator.text} found`);
      items.push(item());
    }
  }
}

interface Token {
  type: 'punctuation' | 'string' | 'number' | 'boolean' | 'null';
  text: string;
}

function next(text: string): Token | undefined {
  const start = TOKEN.lastIndex;
  const match = TOKEN.exec(text);
  if (match === null) {
    if (text.slice(start).trim() === '') return undefined;
    throw new SyntaxError(`not JSON: ${text.slice(start, start + 40)}`);
  }
  const [, punctuation, string, number, boolean, nothing] = match;
  if (punctuation !== undefined) return { type: 'punctuation', text: punctuation };
  if (string !== undefined) return { type: 'string', text: string };
  if (number !== undefined) return { type: 'number', text: number };
  if (boolean !== undefined) return { type: 'boolean', text: boolean };
  return { type: 'null', text: nothing as string };
}

/** Every value with the way to it, for example `end.streams[0].sender.bytes`, in document order. */
export interface Leaf {
  path: string;
  type: JsonNode['type'];
  /** undefined for objects and arrays. */
  text: string | undefined;
}

export function leaves(node: JsonNode, path = ''): Leaf[] {
  if (node.type === 'object') {
    const own = { path, type: node.type, text: undefined };
    return [own, ...node.members.flatMap(([key, value]) => leaves(value, path === '' ? key : `${path}.${key}`))];
  }
  if (node.type === 'array') {
    const own = { path, type: node.type, text: undefined };
    return [own, ...node.items.flatMap((item, index) => leaves(item, `${path}[${index}]`))];
  }
  return [{ path, type: node.type, text: node.text }];
}

/** Paths that stand more than once. */
export function duplicates(all: Leaf[]): string[] {
  const seen = new Set<string>();
  return all.flatMap(({ path }) => {
    if (seen.has(path)) return [path];
    seen.add(path);
    return [];
  });
}
