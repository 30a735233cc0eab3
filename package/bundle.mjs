// What ships in dist/: a few files instead of some four hundred, which Node would open, parse and link one by one; that
// took four times as long as all the rest of a start. And one file of types, made of those of build-modules/.
import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { directImports } from './direct-imports.mjs';
import { lineAStatement } from './line-a-statement.mjs';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const external = /^(node:|@cfworker\/)/;

/** A file of dist/ each: the library, the command, and what runs as a process of its own. */
const programs = {
  index: path('lib/index.ts'),
  'cli/main': path('lib/cli/main.ts'),
  'processes/weave-sleeve': path('lib/topology/weave/sleeve-process.ts'),
  'processes/packet-queues': path('lib/topology/openvswitch/packet-queues-process.ts'),
};

async function bundle(input, output) {
  const made = await rolldown({ external, ...input });
  await made.write({ dir: path('dist'), format: 'esm', ...output });
  await made.close();
}

await rm(path('dist'), { recursive: true, force: true });
await bundle(
  {
    input: programs,
    platform: 'node',
    transform: { target: 'node20.19' },
    plugins: [directImports(programs.index), lineAStatement()],
  },
  {
    chunkFileNames: 'parts/[name].js',
    comments: { legal: false, jsdoc: false, annotation: false },
    // Loaded together, so one file each. A bare --version needs the first alone; the library the second, not the third.
    codeSplitting: {
      groups: [
        { name: 'start', test: /\/lib\/(errors|cli\/(usage-error|error-lines|reader-gone))\.ts$/, priority: 3 },
        { name: 'configuration', test: /\/lib\/configuration\//, priority: 2 },
        { name: 'command-line', test: /\/lib\/cli\/parse-options\.ts$/, priority: 1 },
      ],
    },
    // Four tenths of the size go, and every function and class keeps the name that a stack trace shows.
    minify: { compress: false, mangle: { toplevel: false }, codegen: true },
  },
);
await bundle({ input: { index: path('build-modules/index.d.ts') }, plugins: [dts({ dtsInput: true })] }, {});
await chmod(path('dist/cli/main.js'), 0o755);
