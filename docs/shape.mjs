// What is left of a command's output when its figures are taken away: two runs of the same command have the same shape.

/** Said or not said by what was measured and by what else the machine does, not by the command. */
const FOLLOWS_FROM_FIGURES = [
  /^limited by: /,
  /^try: /,
  /^other processes used /,
  /^(warning|note) +/,
  /^ +remedy: /,
  /: outliers?, counted like every run/,
  /lost in the receiving socket's full buffer/,
  /^the kernel paced the sender/,
];

const NUMBER = /(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w]*[.:]\d)/g;
const ADDRESS = /(?<![\w.])(?:\d+\.){3}\d+(?:\/\d+)?/g;
/** Characters that no output has stand for addresses while figures are taken away. */
const FIRST_PRIVATE = 0xe000;
/** @param lines as printed. @returns one line for every run of lines that differ in figures alone. */
export function shapeOf(lines) {
  const shapes = [];
  // Of a table of cells the rows say what limited each; below it stand sentences about its figures.
  let inTable = false;
  let inVerdict = false;
  for (const line of lines) {
    if (FOLLOWS_FROM_FIGURES.some((pattern) => pattern.test(line))) continue;
    if (/^(Written|For a verdict): /.test(line)) inVerdict = false;
    if (inVerdict && line !== '') continue;
    if (inTable && line === '') [inTable, inVerdict] = [false, true];
    const shape = inTable ? line.split(/ {2,}/)[0] : lineShape(line);
    if (/ {2}limited by$/.test(line)) inTable = true;
    if (shapes.at(-1) !== shape) shapes.push(shape);
  }
  return shapes;
}

function lineShape(line) {
  const addresses = [];
  const shape = line
    .replace(/fe80::[\da-f:]+/g, '(link-local)')
    .replace(ADDRESS, (address) => String.fromCharCode(FIRST_PRIVATE + addresses.push(address) - 1))
    .replace(NUMBER, '#')
    .replace(/ +/g, ' ')
    .trimEnd()
    .replace(/# [KMGT]?(Bytes|bits\/sec|bit\/s|packets\/GB)/g, '# $1')
    .replace(/# [kM]?B\/call/g, '# B/call')
    .replace(/# [kM] (packets)/g, '# $1')
    .replace(/# [kM]\/s/g, '# /s')
    .replace(/# (us|ms|s)\b/g, '# s')
    .replace(/# round trips?(, # lost)?/, '# round trips')
    .replace(/ ?<- .*$/, '')
    .replace(/ (steal|irq) # %/g, '')
    .replace(/^core # (client |server |both |)/, 'core # end ')
    .replace(/^(no|#) migrations?; .*/, 'migrations; bytes by core')
    .replace(/offloads agree; .*/, 'offloads agree');
  return shape.replace(/[\ue000-\uf8ff]/g, (character) => addresses[character.charCodeAt(0) - FIRST_PRIVATE]);
}
