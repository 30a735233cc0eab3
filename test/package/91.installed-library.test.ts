import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledPackage } from '../support/installed-package.js';

const fixture = fileURLToPath(new URL('../fixtures/result-1.0.json', import.meta.url));

let installed: InstalledPackage;
beforeAll(async () => {
  installed = await InstalledPackage.make();
});
afterAll(async () => await installed?.dispose());

/** A server and a client of one process: what a program that embeds the package does. */
const loopbackTest = `
async function bitsPerSecond() {
  const server = await startServer({ port: 0 });
  try {
    const test = runTest({ host: '127.0.0.1', port: server.port, settings: { durationSeconds: 1 } });
    let intervals = 0;
    for await (const { streams } of test) intervals += streams.some(({ bytes }) => bytes > 0) ? 1 : 0;
    const { bitsPerSecond } = await test;
    return { intervals, measured: bitsPerSecond > 0 };
  } finally {
    await server.close();
  }
}`;
const answer = { intervals: 1, measured: true };

async function run(name: string, source: string): Promise<unknown> {
  await installed.write(name, source);
  return JSON.parse((await installed.run('node', name)).stdout);
}

describe('the installed package is', () => {
  it('imported', async () => {
    const source = `
      import { runTest, startServer } from 'vnetperf';
      console.log(JSON.stringify(await bitsPerSecond()));
      ${loopbackTest}`;
    expect(await run('import.mjs', source)).toEqual(answer);
  });

  it('required', async () => {
    const source = `
      const { runTest, startServer, VnetperfError } = require('vnetperf');
      if (!(new VnetperfError('x', { code: 'ERR_X' }) instanceof Error)) throw new Error('another class');
      bitsPerSecond().then((answer) => console.log(JSON.stringify(answer)));
      ${loopbackTest}`;
    expect(await run('require.cjs', source)).toEqual(answer);
  });

  it('used in workers, two at once', async () => {
    const source = `
      import { isMainThread, parentPort, Worker } from 'node:worker_threads';
      import { once } from 'node:events';
      import { runTest, startServer } from 'vnetperf';
      if (isMainThread) {
        const worker = async () => (await once(new Worker(new URL(import.meta.url)), 'message'))[0];
        console.log(JSON.stringify(await Promise.all([worker(), worker()])));
      } else {
        parentPort.postMessage(await bitsPerSecond());
      }
      ${loopbackTest}`;
    expect(await run('worker.mjs', source)).toEqual([answer, answer]);
  });

  it('the same library, imported and required', async () => {
    const source = `
      const required = require('vnetperf');
      import('vnetperf').then((imported) => console.log(JSON.stringify(imported.runTest === required.runTest)));`;
    expect(await run('both.cjs', source)).toBe(true);
  });

  it('silent, and leaves the process as it finds it', async () => {
    const source = `
      const state = () => JSON.stringify([process.eventNames(), process.exitCode, process.cwd(), process.env, Reflect.ownKeys(globalThis).length]);
      const before = state();
      await import('vnetperf');
      console.log(JSON.stringify(state() === before));`;
    await installed.write('silent.mjs', source);
    expect(await installed.run('node', 'silent.mjs')).toEqual({ stdout: 'true\n', stderr: '' });
  });
});

describe('the published schema', () => {
  it('is found: a result is read, and what is wrong in a damaged one is told', async () => {
    const result = JSON.parse(readFileSync(fixture, 'utf8'));
    const damaged = { ...result, plan: { ...result.plan, seed: 0.5 } };
    const path = await installed.write('damaged.json', JSON.stringify(damaged));
    const source = `
      import { loadResult } from 'vnetperf';
      const { runs } = await loadResult(${JSON.stringify(fixture)});
      const flaw = await loadResult(${JSON.stringify(path)}).catch((error) => error.message);
      console.log(JSON.stringify({ runs: runs.length, flaw }));`;
    expect(await run('results.mjs', source)).toEqual({
      runs: result.runs.length,
      flaw: `${path} is a damaged result: plan.seed must be a whole number`,
    });
  });

  it('can be imported by its name', async () => {
    const source = `
      import schema from 'vnetperf/schema/result-v1.json' with { type: 'json' };
      console.log(JSON.stringify(schema.$id));`;
    expect(await run('schema.mjs', source)).toBe('urn:vnetperf:schema:result:1');
  });
});
