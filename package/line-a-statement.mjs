// What is minified stands in one line. Of an error that nobody caught Node shows the line that raised it: a wall of code
// before the message. With a line for every statement that is a line to read; the package grows by a kilobyte or two.

/** @returns a plugin of rolldown's */
export function lineAStatement() {
  return {
    name: 'line-a-statement',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = broken(chunk.code, startsIn(this.parse(chunk.code)));
      }
    },
  };
}

/** Where a statement, a case or a member of a class begins: a new line there means nothing to JavaScript. */
function startsIn(node) {
  const listed = ['body', 'consequent', 'cases'].flatMap((name) => (Array.isArray(node[name]) ? node[name] : []));
  return [...listed.map(({ start }) => start), ...childrenOf(node).flatMap(startsIn)];
}

function childrenOf(node) {
  return Object.values(node)
    .flat()
    .filter((value) => typeof value === 'object' && value !== null && typeof value.type === 'string');
}

function broken(code, starts) {
  const places = [0, ...[...new Set(starts)].sort((one, other) => one - other), code.length];
  return places
    .slice(1)
    .map((place, index) => code.slice(places[index], place))
    .filter((line) => line !== '')
    .join('\n');
}
