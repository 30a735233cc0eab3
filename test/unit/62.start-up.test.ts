import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Terminal } from '../../lib/cli/output/terminal-line.js';
import { StartUpLine } from '../../lib/cli/start-up-line.js';
import { VnetperfError } from '../../lib/errors.js';
import { type BuildProgress, BuildWaits } from '../../lib/topology/build-watch.js';
import { lastWords, messageOf } from '../../lib/topology/daemon-log.js';

class FakeTerminal implements Terminal {
  written = '';
  constructor(
    readonly isTTY: boolean,
    readonly columns: number | undefined = 80,
  ) {}
  write(text: string): void {
    this.written += text;
  }
}

const started: BuildProgress = { type: 'wait-started', kind: 'ovs', what: 'dockerd on host1', timeoutMs: 30_000 };
const ended: BuildProgress = { type: 'wait-ended', kind: 'ovs', what: 'dockerd on host1', elapsedMs: 3_000 };

describe('what is being waited for', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const afterMs = (terminal: FakeTerminal, ms: number, environment = {}) => {
    const line = new StartUpLine(terminal, environment);
    line.handle(started);
    vi.advanceTimersByTime(ms);
    return line;
  };

  it('stands on a terminal in one line, with the time it has taken and may take', () => {
    const terminal = new FakeTerminal(true);
    const line = afterMs(terminal, 300);
    expect(terminal.written).toBe('\rwaiting for dockerd on host1: 0 s of 30 s\u001b[K');
    vi.advanceTimersByTime(3_000);
    expect(terminal.written).toContain('\rwaiting for dockerd on host1: 3 s of 30 s\u001b[K');
    line.handle(ended);
    expect(terminal.written.endsWith('\r\u001b[K')).toBe(true);
    expect(terminal.written).not.toContain('\n');
    const { written } = terminal;
    vi.advanceTimersByTime(5_000);
    line.close();
    expect(terminal.written).toBe(written);
  });

  it('does not flicker, and does not wrap', () => {
    const terminal = new FakeTerminal(true, 20);
    afterMs(terminal, 200).handle(ended);
    expect(terminal.written).toBe('');
    afterMs(terminal, 300).close();
    expect(terminal.written).toBe('\rwaiting for dockerd\u001b[K\r\u001b[K');
  });

  it.each([
    ['something that is no terminal', false, {}],
    ['a terminal that cannot move its cursor', true, { TERM: 'dumb' }],
  ])('is one plain line on %s, when it takes long', (_, isTTY, environment) => {
    const terminal = new FakeTerminal(isTTY);
    afterMs(terminal, 1_900, environment).handle(ended);
    expect(terminal.written).toBe('');
    afterMs(terminal, 25_000, environment).handle(ended);
    expect(terminal.written).toBe('vnetperf: waiting for dockerd on host1, up to 30 s\n');
  });
});

describe('the waits of a lab', () => {
  it('are told with their bounds, and add up', async () => {
    const events: BuildProgress[] = [];
    const waits = new BuildWaits('ovs', undefined, { onProgress: (event) => events.push(event) });
    await waits.during('one', 30_000, () => Promise.resolve());
    await expect(waits.during('other', 5_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(events).toEqual([
      { type: 'wait-started', kind: 'ovs', what: 'one', timeoutMs: 30_000 },
      { type: 'wait-ended', kind: 'ovs', what: 'one', elapsedMs: expect.any(Number) },
      { type: 'wait-started', kind: 'ovs', what: 'other', timeoutMs: 5_000 },
      { type: 'wait-ended', kind: 'ovs', what: 'other', elapsedMs: expect.any(Number) },
    ]);
    expect(waits.totalMs).toBeGreaterThan(0);
  });

  it('end with an interruption that says of what, or with the error they were ended by', async () => {
    const controller = new AbortController();
    const waits = new BuildWaits('ovs', 'net1', { signal: controller.signal });
    waits.check();
    controller.abort();
    await expect(waits.during('one', 1, () => Promise.reject(new Error('killed')))).rejects.toMatchObject({
      code: 'ERR_INTERRUPTED',
      message: 'net1 was interrupted while it waited for one, and is gone',
    });
    expect(() => waits.check()).toThrow('net1 was interrupted before it stood, and is gone');
    const late = new VnetperfError('no more time', { code: 'ERR_CELL_TIMEOUT' });
    expect(() => new BuildWaits('ovs', undefined, { signal: AbortSignal.abort(late) }).check()).toThrow(late);
  });
});

describe('the log of a daemon', () => {
  it.each([
    [
      'time="2026-01-31T12:00:00.1Z" level=info msg="stopping event stream" error="<nil>" module=libcontainerd',
      'stopping event stream',
    ],
    [
      'time="2026-01-31T12:00:00.1Z" level=warning msg="could not use \\"x\\"" error="exit status 1" plugin=a.b',
      'could not use "x": exit status 1',
    ],
    ['time="2026-01-31T12:00:00Z" level=info msg=serving... address=/run/x.sock', 'serving...'],
    ['failed to start daemon: no space', 'failed to start daemon: no space'],
    ['2026-01-31T12:00:00Z|00002|reconnect|INFO|unix:db.sock: connecting...', 'unix:db.sock: connecting...'],
    ['ovsdb-server: I/O error: conf.db: open failed', 'ovsdb-server: I/O error: conf.db: open failed'],
    ['2026-01-31 12:00:00.123 <ERR> Cannot create control socket', 'Cannot create control socket'],
    [
      '2026-01-31 12:00:00.123456 C | etcdmain: listen: address already in use',
      'etcdmain: listen: address already in use',
    ],
    ['{"level":"fatal","msg":"discovery failed","error":"timeout"}', 'discovery failed: timeout'],
    ['{"level":"fatal"', '{"level":"fatal"'],
    ['x'.repeat(300), `${'x'.repeat(240)}...`],
  ])('%s', (line, message) => {
    expect(messageOf(line)).toBe(message);
  });

  it('is read from its end, without what is said twice in a row', () => {
    const directory = mkdtempSync(join(tmpdir(), 'vnetperf-log-'));
    try {
      const file = join(directory, 'log');
      writeFileSync(file, '');
      expect(lastWords(file)).toEqual([]);
      writeFileSync(file, 'one\n\ntwo\ntwo\ntwo\nthree');
      expect(lastWords(file)).toEqual(['one', 'two', 'three']);
      writeFileSync(file, Array.from({ length: 5_000 }, (_, line) => `message ${line}\n`).join(''));
      expect(lastWords(file)).toEqual([4994, 4995, 4996, 4997, 4998, 4999].map((line) => `message ${line}`));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
