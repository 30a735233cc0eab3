// The shape of the API as text: what is exported and what that is made of, without a comment, in alphabetical order. It
// changes when the API does, and not when a file moves or a sentence gets better.
import ts from 'typescript';
import { declarations } from './declarations.mjs';

const head =
  '// The shape of the API. `npm run api:snapshot` writes it; a change to it is a change for everybody who uses it.';

export function apiShape() {
  const { file, exported } = declarations();
  const printer = ts.createPrinter({ removeComments: true });
  const names = new Set(exported.flatMap((each) => each.declarations));
  const imports = [];
  const inner = [];
  const outer = [];
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement)) continue;
    const text = printer.printNode(ts.EmitHint.Unspecified, statement, file).trim();
    if (ts.isImportDeclaration(statement)) imports.push(text);
    else (declaredIn(statement).some((node) => names.has(node)) ? outer : inner).push(text);
  }
  const exports = `export {\n${exported.map(({ name }) => `    ${name},\n`).join('')}};`;
  return [head, imports.sort(), exports, outer.sort(byName), inner.sort(byName), ''].flat().join('\n');
}

function declaredIn(statement) {
  return ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [statement];
}

/** By what is declared: `declare function runTest(` and `interface TestResult {` stand under R and T. */
function byName(a, b) {
  const name = (text) =>
    text.replace(/^(export |declare |abstract |const |function |class |interface |type |enum )+/, '');
  return name(a) < name(b) ? -1 : 1;
}
