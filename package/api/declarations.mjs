// The one file of types of the package, as TypeScript reads it.
import { join } from 'node:path';
import ts from 'typescript';
import { checkout } from '../packed.mjs';

/** @returns the file with its checker, and what it exports: name and declarations, in alphabetical order. */
export function declarations() {
  const path = join(checkout, 'dist', 'index.d.ts');
  const program = ts.createProgram([path], { module: ts.ModuleKind.NodeNext, types: ['node'], noEmit: true });
  const file = program.getSourceFile(path);
  if (file === undefined) throw new Error('dist/index.d.ts is missing: run "npm run build:lib".');
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(file)).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return { name: symbol.name, symbol: target, declarations: target.declarations ?? [] };
  });
  return { file, checker, exported: exported.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
