/** A reader of as much XML 1.0 as JUnit's files have, and what the schema of Ant's task and of Jenkins both ask of them. */

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Of its own text nodes, put together. */
  text: string;
}

const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** @throws Error where it is not well-formed. */
export function readXml(document: string): XmlElement {
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${JSON.stringify(document.slice(at, at + 40))}`);
  };
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const found = new RegExp(pattern.source, `${pattern.flags}y`);
    found.lastIndex = at;
    const match = found.exec(document);
    if (match === null) return undefined;
    at += match[0].length;
    return match;
  };
  // XML 1.0, 2.2: nothing else may stand in a document, in whatever way it is written.
  const forbidden = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.exec(document);
  if (forbidden !== null) throw new Error(`a character that XML has not: ${JSON.stringify(forbidden[0])}`);
  const resolved = (text: string) =>
    text.replaceAll(/&([^;]*);?/g, (whole, name: string) => {
      const number = /^#(\d+)$/.exec(name)?.[1];
      const value = number === undefined ? REFERENCES[name] : String.fromCodePoint(Number(number));
      if (value === undefined || !whole.endsWith(';')) fail(`a reference to nothing (${whole})`);
      return value!;
    });
  const element = (): XmlElement => {
    const name = take(/<([a-z-]+)/)?.[1] ?? fail('no element');
    const attributes: Record<string, string> = {};
    for (;;) {
      const attribute = take(/\s+([a-z]+)="([^"<]*)"/);
      if (attribute === undefined) break;
      if (attribute[1]! in attributes) fail('an attribute twice');
      // 3.3.3: white space as such becomes a space, and stays what it is where a reference stands for it.
      attributes[attribute[1]!] = resolved(attribute[2]!.replaceAll(/[\t\n\r]/g, ' '));
    }
    if (take(/\/>/) !== undefined) return { name, attributes, children: [], text: '' };
    if (take(/>/) === undefined) fail('a tag without its end');
    const children: XmlElement[] = [];
    let text = '';
    for (;;) {
      // 2.11: ends of lines become line feeds before anything else.
      const words = take(/[^<]+/)?.[0].replaceAll(/\r\n?/g, '\n');
      if (words?.includes(']]>')) fail('an end of CDATA');
      if (words !== undefined) text += resolved(words);
      if (take(new RegExp(`</${name}>`)) !== undefined) return { name, attributes, children, text };
      children.push(element());
    }
  };
  if (take(/<\?xml version="1\.0" encoding="UTF-8"\?>\n/) === undefined) fail('no declaration');
  const root = element();
  if (take(/\n$/) === undefined) fail('more behind the root');
  return root;
}

const COUNT = /^\d+$/;
const SECONDS = /^\d+(\.\d+)?$/;
const ANY = /^/s;
const TOKEN = /^\S(.*\S)?$/s;

interface Shape {
  attributes: Record<string, RegExp>;
  /** In this order; `*` any number of any of them. */
  children: readonly string[];
}

const VERDICT: Shape = { attributes: { message: ANY, type: ANY }, children: [] };
const SHAPES: Readonly<Record<string, Shape>> = {
  testsuites: { attributes: {}, children: ['testsuite*'] },
  testsuite: {
    attributes: {
      id: COUNT,
      package: TOKEN,
      name: ANY,
      timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
      hostname: TOKEN,
      tests: COUNT,
      failures: COUNT,
      errors: COUNT,
      time: SECONDS,
    },
    children: ['properties', 'testcase*', 'system-out', 'system-err'],
  },
  properties: { attributes: {}, children: ['property*'] },
  property: { attributes: { name: TOKEN, value: ANY }, children: [] },
  testcase: { attributes: { name: ANY, classname: ANY, time: SECONDS }, children: ['error?', 'failure?'] },
  error: VERDICT,
  failure: VERDICT,
  'system-out': { attributes: {}, children: [] },
  'system-err': { attributes: {}, children: [] },
};

/** The first place that a validator would refuse; undefined where there is none. */
export function junitFlaw({ name, attributes, children }: XmlElement): string | undefined {
  const shape = SHAPES[name];
  if (shape === undefined) return `there is no element ${name}`;
  const [wanted, there] = [Object.keys(shape.attributes).sort(), Object.keys(attributes).sort()];
  if (wanted.join() !== there.join()) return `${name} has ${there}, not ${wanted}`;
  const wrong = wanted.find((attribute) => !shape.attributes[attribute]!.test(attributes[attribute]!));
  if (wrong !== undefined) return `${name} has ${wrong}="${attributes[wrong]}"`;
  const order = new RegExp(
    `^${shape.children.map((child) => `(${child.replace(/[*?]$/, '')} )${/[*?]$/.exec(child) ?? ''}`).join('')}$`,
  );
  if (!order.test(children.map((child) => `${child.name} `).join('')))
    return `${name} has ${children.map((child) => child.name)}`;
  if (name === 'testsuite') {
    const cases = children.filter((child) => child.name === 'testcase');
    const count = (what: string) =>
      `${cases.filter((one) => one.children.some((child) => child.name === what)).length}`;
    const counted = { tests: `${cases.length}`, failures: count('failure'), errors: count('error') };
    const off = Object.entries(counted).find(([attribute, value]) => attributes[attribute] !== value);
    if (off !== undefined) return `${off[0]} is ${attributes[off[0]]}, and there are ${off[1]}`;
  }
  return children.map(junitFlaw).find((flaw) => flaw !== undefined);
}
