import { describe, expect, it } from 'vitest';
import { ProgressLine, progressText } from '../../lib/cli/compare/progress-line.js';
import type { Terminal } from '../../lib/cli/output/terminal-line.js';
import type { Cell } from '../../lib/compare/result.js';
import type { ComparisonProgress } from '../../lib/compare/runner/progress.js';
import { durationWords } from '../../lib/report/duration-words.js';

class FakeTerminal implements Terminal {
  written = '';
  constructor(
    readonly isTTY: boolean,
    public columns: number | undefined = 80,
  ) {}
  write(text: string): void {
    this.written += text;
  }
  readonly listeners = new Set<() => void>();
  on(_: 'resize', listener: () => void): void {
    this.listeners.add(listener);
  }
  off(_: 'resize', listener: () => void): void {
    this.listeners.delete(listener);
  }
}

const cell: Cell = {
  id: 'c3',
  name: 'docker-bridge pin=auto',
  role: 'cell',
  levels: {},
  command: [],
  remarks: [],
};
const started: ComparisonProgress = {
  type: 'run-started',
  cell,
  block: 5,
  position: 3,
  index: 30,
  total: 55,
  secondsLeft: 62,
};

describe('the progress line', () => {
  it('says how far it is, what is measured and how long it takes', () => {
    expect(progressText(29, 55, cell.name, 62, 79)).toBe(
      '[==================>                ] 29/55  docker-bridge pin=auto   62 s left',
    );
    expect(progressText(3, 100, 'veth', undefined, 40)).toBe('[=>                      ]   3/100  veth');
  });

  it('never fills the terminal, and drops the least first', () => {
    for (let width = 0; width < 120; width++) {
      const text = progressText(29, 55, cell.name, 62, width);
      expect(text.length).toBeLessThanOrEqual(width);
    }
    expect(progressText(29, 55, cell.name, 62, 45)).toBe('29/55  docker-bridge pin=auto   62 s left');
    expect(progressText(29, 55, cell.name, 62, 30)).toBe('29/55   62 s left');
  });

  it('fits the terminal as soon as that has another width', () => {
    const terminal = new FakeTerminal(true);
    const line = new ProgressLine(terminal, {}, () => 0);
    line.handle(started);
    terminal.columns = 50;
    for (const resized of terminal.listeners) resized();
    expect(terminal.written.endsWith(`\r${progressText(29, 55, cell.name, 62, 49)}\u001b[K`)).toBe(true);
    line.close();
    expect(terminal.listeners.size).toBe(0);
  });

  it('is redrawn in its place and gone at the end', () => {
    const terminal = new FakeTerminal(true);
    const line = new ProgressLine(terminal, {}, () => 0);
    line.handle(started);
    expect(terminal.written).toBe(`\r${progressText(29, 55, cell.name, 62, 79)}\u001b[K`);
    line.close();
    expect(terminal.written.endsWith('\r\u001b[K')).toBe(true);
    expect(terminal.written).not.toContain('\n');
  });

  it('counts down between runs', () => {
    let now = 0;
    const terminal = new FakeTerminal(true);
    const line = new ProgressLine(terminal, {}, () => now);
    line.handle(started);
    terminal.written = '';
    now = 2_000;
    line.redraw();
    expect(terminal.written).toContain('60 s left');
    line.close();
  });

  it.each([
    ['something that is no terminal', false, {}],
    ['a terminal that cannot move its cursor', true, { TERM: 'dumb' }],
  ])('is nothing on %s', (_, isTTY, environment) => {
    const terminal = new FakeTerminal(isTTY);
    const line = new ProgressLine(terminal, environment);
    line.handle(started);
    line.clear();
    line.close();
    expect(terminal.written).toBe('');
  });
});

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [61.6, '62 s'],
    [119.6, '2 min'],
    [130, '2 min 10 s'],
    [7199, '119 min 59 s'],
    [11_100, '3 h 5 min'],
    [7200, '2 h'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(durationWords(seconds)).toBe(words);
  });
});
