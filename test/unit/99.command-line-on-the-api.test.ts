import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const LIB = fileURLToPath(new URL('../../lib', import.meta.url));

/** The API itself, and rooms that hold words, limits, facts of the machine and the layout of lines. */
const OPEN = [
  /^index\.ts$/,
  /^api\//,
  /^configuration\//,
  /^platform\//,
  /^report\//,
  /^(iperf3-)?errors\.ts$/,
  /^strerror\.ts$/,
];
/** A whole result as a document is the API's business. */
const OF_THE_API = /^report\/comparison\/(csv|html|markdown|section-of|svg|text)\.ts$/;
/** What words mean, by names: nothing of it runs, builds, finds or looks at anything. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'compare/plan/blocks.ts': ['plannedBlocks'],
  'compare/plan/cells.ts': ['kindOptions', 'planCells'],
  'compare/plan/factors.ts': ['factorLevels', 'factorNamed', 'parseVariedFactor'],
  'compare/suite/container-networks.ts': ['CONTAINER_NETWORKS', 'containerNetworkCells'],
  'compare/verdict/analyse.ts': ['blocksForVerdict'],
  'topology/hosts/host-cores.ts': ['hostCoresOf'],
  'topology/kinds.ts': ['kinds', 'resolveKindOptions', 'topologyKind'],
  'topology/options.ts': ['DOCKER_PATHS'],
  'topology/shell-words.ts': ['quoted'],
  'topology/state-directory.ts': ['stateDirectory'],
  'traffic/session.ts': ['Interruption'],
};

interface Import {
  file: string;
  /** Below lib/. */
  from: string;
  /** Values alone: a type does nothing. */
  names: string[];
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name));
}

/** Of values, also by import() and export from. */
function importsOf(path: string): Import[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (specifier: ts.Node, names: string[]) => {
    if (!ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return;
    const from = relative(LIB, resolve(dirname(path), specifier.text.replace(/\.js$/, '.ts')));
    found.push({ file: relative(LIB, path), from, names });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && !node.importClause?.isTypeOnly) {
      const bindings = node.importClause?.namedBindings;
      const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : undefined;
      const values = named?.filter(({ isTypeOnly }) => !isTypeOnly).map((one) => (one.propertyName ?? one.name).text);
      if (values === undefined || values.length > 0) add(node.moduleSpecifier, values ?? ['*']);
    }
    if (ts.isExportDeclaration(node) && !node.isTypeOnly && node.moduleSpecifier) add(node.moduleSpecifier, ['*']);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0]!, ['*']);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isAllowed({ from, names }: Import): boolean {
  if (from.startsWith('cli/')) return true;
  if (OF_THE_API.test(from)) return false;
  return OPEN.some((room) => room.test(from)) || names.every((name) => WORDS[from]?.includes(name));
}

describe('the command line', () => {
  const imports = filesBelow(join(LIB, 'cli')).flatMap(importsOf);

  it('does what it does by the API alone', () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(imports.filter((one) => !isAllowed(one))).toEqual([]);
    expect(imports.map(({ from }) => from)).toEqual(expect.arrayContaining(['api/run-test.ts', 'api/run-across.ts']));
  });

  it('has no exception that it does not need', () => {
    const needed = Object.entries(WORDS).flatMap(([from, names]) =>
      names.filter((name) => !imports.some((one) => one.from === from && one.names.includes(name))),
    );
    expect(needed).toEqual([]);
    expect(imports.filter(({ from }) => !existsSync(join(LIB, from)))).toEqual([]);
  });
});

it('what is below the command line knows nothing of it', () => {
  const rooms = filesBelow(LIB).filter((path) => !path.startsWith(join(LIB, 'cli')));
  expect(rooms.flatMap(importsOf).filter(({ from }) => from.startsWith('cli/'))).toEqual([]);
});

it('all that the API’s files export for the command line is exported by the package', async () => {
  const index = importsOf(join(LIB, 'index.ts')).map(({ from }) => from);
  const used = filesBelow(join(LIB, 'cli'))
    .flatMap(importsOf)
    .map(({ from }) => from);
  expect(used.filter((from) => from.startsWith('api/') && !index.includes(from))).toEqual([]);
});
