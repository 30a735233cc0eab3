import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledPackage } from '../support/installed-package.js';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await InstalledPackage.make();
});
afterAll(async () => await installed?.dispose());

/** Uses what the README shows, with the types that a reader would write down, or leave to be inferred. */
const use = `
async function measured(): Promise<number> {
  const server: RunningServer = await startServer({ port: 0 });
  server.on('test-end', (end) => { const failed: boolean | undefined = end.incomplete; void failed; });
  try {
    const test = runTest({ host: '127.0.0.1', port: server.port, settings: { durationSeconds: 1 } });
    test.on('interval', ({ cpuPercent }) => { const percent: number = cpuPercent; void percent; });
    for await (const { streams } of test) for (const { bytes } of streams) void (bytes + 1);
    const result: TestResult = await test;
    const text: string = formatResult(result, 'json');
    void text;
    return result.bitsPerSecond;
  } catch (error) {
    if (error instanceof VnetperfError) { const code: string = error.code; console.error(code, error.remedy); }
    throw error;
  } finally {
    await server.close();
  }
}
measured().then((bitsPerSecond) => console.log(bitsPerSecond > 0 ? 'measured' : 'nothing'));
// Not what they are not: a type that is any would let these pass.
export async function refused(): Promise<void> {
  // @ts-expect-error
  await runTest({ host: 5 });
  // @ts-expect-error
  await startServer({ port: 'x' });
}
`;
const imports = `
import { formatResult, runTest, startServer, VnetperfError } from 'vnetperf';
import type { RunningServer, TestResult } from 'vnetperf';
`;

// node16 knows nothing of require() for ES modules: import() is the way there.
const throughImport = `
import type { RunningServer, TestResult } from 'vnetperf' with { 'resolution-mode': 'import' };
async function main(): Promise<void> {
const { formatResult, runTest, startServer, VnetperfError } = await import('vnetperf');
${use.replace('export ', '')}
}
main();
`;

/** Which files a program has says which module system they are of: one ES modules', one CommonJS's, where both can be. */
interface Project {
  compilerOptions: object;
  sources: Record<string, string>;
}

const projects: Record<string, Project> = {
  nodenext: {
    compilerOptions: { module: 'nodenext' },
    sources: { 'esm.mts': imports + use, 'commonjs.cts': imports + use },
  },
  node16: {
    compilerOptions: { module: 'node16' },
    sources: { 'esm.mts': imports + use, 'commonjs.cts': throughImport },
  },
  bundler: {
    compilerOptions: { module: 'esnext', moduleResolution: 'bundler' },
    sources: { 'esm.mts': imports + use },
  },
  // What TypeScript 5 takes with `module: commonjs`, where nothing else is asked for; it reads no "exports".
  node10: {
    compilerOptions: { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
    sources: { 'commonjs.cts': imports + use },
  },
};

describe('a TypeScript project, strict, with all types checked, compiles and runs, by the resolution of', () => {
  it.each(Object.entries(projects))('%s', async (name, { compilerOptions, sources }) => {
    const room = `typed-${name}`;
    const files = Object.keys(sources);
    for (const [file, source] of Object.entries(sources)) await installed.write(`${room}/${file}`, source);
    const settings = {
      target: 'es2022',
      // Not the browser's, and nothing younger: all that the package's types need must come with it.
      lib: ['es2022'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [`${modules}/@types`],
      outDir: 'out',
      ...compilerOptions,
    };
    await installed.write(`${room}/tsconfig.json`, JSON.stringify({ compilerOptions: settings, files }));
    const compiled = await installed
      .run('node', `${modules}/typescript/bin/tsc`, '-p', room)
      .then(({ stdout }) => stdout)
      .catch(({ stdout }) => stdout);
    expect(compiled).toBe('');
    for (const file of files) {
      const program = `${room}/out/${file.replace(/ts$/, 'js')}`;
      expect((await installed.run('node', program)).stdout).toBe('measured\n');
    }
  });
});
