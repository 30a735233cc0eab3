import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../../lib/compare/result.js';
import { loadResult, saveResult } from '../../lib/compare/result-file/result-file.js';
import { runComparison } from '../../lib/compare/runner/run-comparison.js';
import { recordingExecutor, specificationOf } from '../support/recording-executor.js';
import {
  anyComparison,
  asDocument,
  changed,
  isValidByAjv,
  type Place,
  REMOVED,
  resultOf,
} from '../support/result-documents.js';

let directory: string;
let result: ComparisonResult;
const at = (name: string) => join(directory, name);
/** A file with these in it. */
const written = (name: string, content: unknown) => {
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  return at(name);
};
const document = (changes: object = {}) => ({ ...(asDocument(result) as object), ...changes });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vnetperf-result-'));
  result = await runComparison(
    specificationOf(),
    recordingExecutor(({ nth }) => (nth === 4 ? 'broken' : undefined)).options,
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('a result file', () => {
  it('holds what was saved', async () => {
    await fc.assert(
      fc.asyncProperty(anyComparison, async (comparison) => {
        const saved = await resultOf(comparison);
        await saveResult(at('any.json'), saved);
        expect(await loadResult(at('any.json'))).toEqual(asDocument(saved));
      }),
      { numRuns: 30 },
    );
  });

  it('is replaced as a whole, with nothing left beside it', async () => {
    mkdirSync(at('alone'));
    const path = at('alone/result.json');
    await saveResult(path, { ...result, state: 'running' });
    const before = statSync(path).ino;
    await saveResult(path, result);
    expect(statSync(path).ino).not.toBe(before);
    expect((await loadResult(path)).state).toBe('complete');
    expect(readdirSync(at('alone'))).toEqual(['result.json']);
    expect(statSync(path).mode & 0o777).toBe(0o644 & ~process.umask());
  });

  it('takes the place of what a killed process left behind', async () => {
    mkdirSync(at('killed'));
    writeFileSync(at('killed/.result.json.part'), '{"format":');
    await saveResult(at('killed/result.json'), result);
    expect(readdirSync(at('killed'))).toEqual(['result.json']);
  });

  it('is written behind a symbolic link, which stays', async () => {
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere/result.json'), at('link.json'));
    writeFileSync(at('elsewhere/result.json'), '');
    await saveResult(at('link.json'), result);
    expect(readFileSync(at('elsewhere/result.json'), 'utf8')).toContain('vnetperf-result');
    expect(statSync(at('link.json')).isFile()).toBe(true);
  });

  it.each([
    ['a directory that is not there', () => at('none/result.json'), 'No such file or directory'],
    ['a directory', () => directory, 'it is a directory'],
    ['a device', () => '/dev/null', 'it is no regular file'],
    ['a file as a directory', () => `${written('plain', 'x')}/result.json`, 'Not a directory'],
    ['a full disk', () => '/dev/full', 'it is no regular file'],
  ])('cannot be %s', async (_, path, reason) => {
    await expect(saveResult(path(), result)).rejects.toMatchObject({
      code: 'ERR_RESULT_FILE',
      message: `cannot write the result ${path()}: ${reason}`,
      remedy: expect.any(String),
    });
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('stays as it was when the new one cannot be written', async () => {
    const path = at('kept.json');
    await saveResult(path, result);
    const broken = structuredClone(result);
    broken.runs[0]!.elapsedSeconds = Number.NaN;
    await expect(saveResult(path, broken)).rejects.toMatchObject({
      code: 'ERR_RESULT_FILE',
      message: `cannot write the result ${path}: runs[0].elapsedSeconds is not a number`,
    });
    expect(await loadResult(path)).toEqual(asDocument(result));
  });

  it('of a process that was killed says running, and can be resumed', async () => {
    const path = at('running.json');
    const stop = new Error('killed');
    const save = async (current: ComparisonResult) => {
      await saveResult(path, current);
      if (current.runs.length === 7) throw stop;
    };
    await expect(runComparison(specificationOf(), { ...recordingExecutor().options, save })).rejects.toBe(stop);
    const before = await loadResult(path);
    expect(before).toMatchObject({ state: 'running', runs: { length: 7 } });
    const resumed = await runComparison(specificationOf(), { ...recordingExecutor().options, resume: before });
    expect(resumed).toMatchObject({ state: 'complete', runs: { length: 15 } });
  });

  it('of the first version still loads', async () => {
    const path = new URL('../fixtures/result-1.0.json', import.meta.url).pathname;
    const old = await loadResult(path);
    expect(isValidByAjv(JSON.parse(readFileSync(path, 'utf8')))).toBe(true);
    expect(old).toMatchObject({ formatVersion: '1.0', state: 'complete' });
    expect(old.analysis?.cells.every(({ medianBitsPerSecond }) => medianBitsPerSecond! > 0)).toBe(true);
  });

  it('of a newer minor version loads, with keys that nobody knows here', async () => {
    const newer = document({ formatVersion: '1.7', more: { than: 'before' } });
    Object.assign(newer, { runs: result.runs.map((run) => ({ ...run, mood: 'good' })) });
    const loaded = await loadResult(written('newer.json', newer));
    expect(loaded).toMatchObject({
      formatVersion: '1.7',
      more: { than: 'before' },
      runs: { length: result.runs.length },
    });
  });
});

describe('a file that is no result is refused: it', () => {
  const refusal = async (path: string) =>
    await loadResult(path).then(
      () => expect.unreachable(),
      (error) => error,
    );

  it.each([
    ['is not there', () => at('missing.json'), 'No such file or directory'],
    ['is a directory', () => directory, 'it is a directory'],
    ['is a device', () => '/dev/zero', 'it is no regular file'],
    [
      'is larger than a text can be',
      () => {
        truncateSync(written('huge.json', ''), 600_000_000);
        return at('huge.json');
      },
      'it is larger than 500 MB',
    ],
    [
      'is a pipe',
      () => {
        rmSync(at('pipe'), { force: true });
        execFileSync('mkfifo', [at('pipe')]);
        return at('pipe');
      },
      'it is no regular file',
    ],
  ])('%s', async (_, path, reason) => {
    const name = path();
    expect(await refusal(name)).toMatchObject({
      code: 'ERR_RESULT_FILE',
      message: `cannot read ${name}: ${reason}`,
      remedy: expect.any(String),
    });
  });

  it('may not be read', async () => {
    const path = written('secret.json', document());
    chmodSync(path, 0);
    const nobody = 65534;
    const user = process.geteuid!();
    // Root may read everything.
    if (user === 0) process.seteuid!(nobody);
    const error = await refusal(path).finally(() => user === 0 && process.seteuid!(user));
    expect(error).toMatchObject({ code: 'ERR_RESULT_FILE', message: `cannot read ${path}: Permission denied` });
  });

  it.each([
    ['is empty', '', /is not JSON: /],
    ['was cut off', '{"format":"vnetperf-result",', /is not JSON: /],
    ['is of another program', { start: {}, intervals: [], end: {} }, /is JSON, but no result of a comparison$/],
    ['is a number', 4, /is JSON, but no result of a comparison$/],
    ['is null', null, /is JSON, but no result of a comparison$/],
  ])('%s', async (_, content, message) => {
    expect(await refusal(written('other.json', content))).toMatchObject({
      code: 'ERR_RESULT_FORMAT',
      message: expect.stringMatching(message),
      remedy: expect.any(String),
    });
  });

  it('is of another major version', async () => {
    const path = written('major.json', { format: 'vnetperf-result', formatVersion: '2.0' });
    expect(await refusal(path)).toMatchObject({
      code: 'ERR_RESULT_FORMAT',
      message: `${path} is a result of format 2.0, and this vnetperf reads format 1`,
    });
  });
});

describe('what is wrong in a result is named by its place:', () => {
  const sysctl = 'net.ipv4.tcp_congestion_control';
  it.each<[string, Place, unknown]>([
    ['runs[0].measurement.bitsPerSecond must be a number', ['runs', 0, 'measurement', 'bitsPerSecond'], '4'],
    ['runs[2].measurement.streams[1].bytes is missing', ['runs', 2, 'measurement', 'streams', 1, 'bytes'], REMOVED],
    ['runs[3].failure is missing', ['runs', 3, 'failure'], REMOVED],
    ['runs[3].failure.code must be a text', ['runs', 3, 'failure', 'code'], 7],
    ['runs[3].outcome must be one of measured, failed', ['runs', 3, 'outcome'], 'lost'],
    ['runs[3].measurement is missing', ['runs', 3, 'outcome'], 'measured'],
    ['runs[1].outcome is missing', ['runs', 1, 'outcome'], REMOVED],
    ['runs[1].block must be a whole number', ['runs', 1, 'block'], 0.5],
    ['runs[1] must be an object', ['runs', 1], 'run'],
    ['runs must be a list', ['runs'], {}],
    ['plan.seed must be a whole number', ['plan', 'seed'], 1.5],
    ['plan.seed must be at most 4294967295', ['plan', 'seed'], 2 ** 32],
    ['plan.seed must be at least 0', ['plan', 'seed'], -1],
    ['state must be one of running, complete, interrupted, time-limit', ['state'], 'over'],
    ['formatVersion must match ^1\\.[0-9]+$', ['formatVersion'], 'one'],
    [`environment.sysctls["${sysctl}"] must be a text`, ['environment', 'sysctls', sysctl], 1],
    ['environment.mitigations["a/b ~c"] must be a text', ['environment', 'mitigations', 'a/b ~c'], 1],
    ['analysis.cells[0].outliers must be a list', ['analysis', 'cells', 0, 'outliers'], null],
    ['analysis.contrasts[0].interval must have at least 2 entries', ['analysis', 'contrasts', 0, 'interval'], [1]],
    ['analysis must be an object', ['analysis'], []],
    ['the first cell is not the baseline', ['plan', 'cells', 0], REMOVED],
    ['two cells are called c1', ['plan', 'cells', 1, 'id'], 'c1'],
    ['runs[4].cell is c9, which is not in the plan', ['runs', 4, 'cell'], 'c9'],
  ])('%s', async (flaw, place, value) => {
    const path = written('damaged.json', changed(document(), place, value));
    await expect(loadResult(path)).rejects.toMatchObject({
      code: 'ERR_RESULT_INVALID',
      message: `${path} is a damaged result: ${flaw}`,
      remedy: expect.any(String),
    });
  });

  it('a run that is there twice', async () => {
    const path = written('twice.json', document({ runs: [...result.runs, result.runs[5]] }));
    const { cell, block } = result.runs[5]!;
    await expect(loadResult(path)).rejects.toMatchObject({
      message: `${path} is a damaged result: runs[15] is the second of ${cell} in block ${block}`,
    });
  });
});
