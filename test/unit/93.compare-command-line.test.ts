import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCompareArguments } from '../../lib/cli/compare/arguments.js';
import { compareOptions } from '../../lib/cli/compare/options.js';
import { parseTimeLimit } from '../../lib/cli/compare/quantities.js';
import { checkResultPath } from '../../lib/cli/compare/result-path.js';
import { comparisonSpecification } from '../../lib/cli/compare/specification.js';
import { splitWords } from '../../lib/cli/compare/split-words.js';
import { helpOn } from '../../lib/cli/help/help-text.js';
import { formatUsageError, UsageError } from '../../lib/cli/usage-error.js';
import { factorNames } from '../../lib/compare/plan/factors.js';

function asked(line: string) {
  const command = parseCompareArguments(line === '' ? [] : line.split(' '));
  if (command.command !== 'compare') throw new Error(`${line} is ${command.command}`);
  return command;
}

function specified(line: string) {
  return comparisonSpecification(asked(line), 7);
}

function refused(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return formatUsageError(error as UsageError);
  }
  throw new Error('was accepted');
}

describe('what compare is asked', () => {
  it('is networks, factors, programs, and options of the tests', () => {
    expect(
      asked(
        'bridge veth --vary pin=off,auto --vary=streams=1,2 -t 3 --peer iperf3 --runs 20 --seed 9 -uR -J --mtu 9000',
      ),
    ).toMatchObject({
      kinds: ['bridge', 'veth'],
      factors: [
        { name: 'pin', levels: ['off', 'auto'] },
        { name: 'streams', levels: ['1', '2'] },
      ],
      peers: [['iperf3']],
      blocks: 20,
      seed: 9,
      json: true,
      given: [
        { name: 'time', words: ['-t', '3'], iperf3: true },
        { name: 'udp', words: ['-u'], iperf3: true },
        { name: 'reverse', words: ['-R'], iperf3: true },
        { name: 'mtu', words: ['--mtu', '9000'], iperf3: false },
      ],
      words: 'bridge veth --vary pin=off,auto --vary streams=1,2 -t 3 --peer iperf3 --runs 20 -u -R --mtu 9000'.split(
        ' ',
      ),
    });
    expect(asked('--vary topology=bridge,veth')).toMatchObject({ kinds: ['bridge', 'veth'], factors: [] });
    expect(parseCompareArguments(['--help'])).toEqual({ command: 'help' });
    expect(parseCompareArguments(['--resume', 'x.json', '-J', '--time-limit', '10m'])).toEqual({
      command: 'resume',
      path: 'x.json',
      json: true,
      reference: false,
      timeLimitSeconds: 600,
      limits: [],
      files: {},
    });
  });

  it.each([
    ['', 'compare needs the kinds of network to measure, for example: vnetperf compare bridge --vary pin=off,auto'],
    ['bridge', 'one cell is nothing to compare', 'vnetperf compare bridge --vary pin=off,auto'],
    ['bridgge', 'there is no network of the kind "bridgge"', 'Did you mean bridge?'],
    ['bridge --vary colour=red', "there is no factor 'colour' to vary", factorNames.join(', ')],
    ['bridge --vary pin', "--vary takes FACTOR=LEVEL,LEVEL, not 'pin'"],
    ['bridge --vary pin=', "--vary takes FACTOR=LEVEL,LEVEL, not 'pin='"],
    [
      'bridge --vary send-path=copy,teleport',
      "send-path has no level 'teleport'",
      'It has copy, sendfile, splice, zerocopy, auto.',
    ],
    ['bridge --vary streams=1,x', "streams has no level 'x'", 'It has numbers from 1 to 128.'],
    ['bridge --vary streams=1,', "streams has no level ''"],
    ['bridge --vary streams=1,1', 'streams=1 is asked for twice'],
    ['bridge --vary streams=1,200', 'number of parallel streams'],
    ['bridge --vary pin=off,0', 'does not say which side it is for'],
    ['bridge --vary pin=off,0:8000', 'core 8000 is not one that this process may use'],
    ['bridge --vary mtu=1500,1', 'MTU 1 is not possible'],
    ['veth nosuch', 'there is no network of the kind "nosuch"', 'Choose one of: loopback'],
    ['bridge -P 2 --vary streams=1,2', '-P 2 fixes what --vary streams=1,2 varies', 'Leave one of them out.'],
    ['bridge -u --vary protocol=tcp,udp', '-u fixes what --vary protocol=tcp,udp varies'],
    ['bridge --pin auto --vary pin=off,auto', '--pin auto fixes what --vary pin=off,auto varies'],
    ['bridge --vary streams=1,2 --vary streams=3', 'streams is varied twice'],
    ['bridge --vary topology=veth', 'the networks stand there twice'],
    ['bridge veth -t 0', 'a comparison needs tests that end: -t 0 does not'],
    ['bridge veth -t 0.5', 'a comparison needs tests that end'],
    ['bridge veth -c host', 'compare has no use for -c'],
    ['bridge veth -s', 'compare has no use for -s'],
    ['bridge veth --json-stream', 'compare has no use for --json-stream'],
    ['bridge veth -v', 'compare has no use for -v'],
    ['bridge veth --output -', '--output needs the name of a file'],
    ['bridge veth --dry-run -J', '--dry-run prints the plan for a person'],
    ['bridge veth --one-off', 'compare has no use for -1'],
    ['bridge veth --peer iperf3 --image x', 'bridge takes no --image'],
    ['bridge veth --no-such', "unrecognized option '--no-such'"],
    ['bridge veth --precision 2', "bad value for --precision: '2'"],
    ['bridge veth --runs 0', "bad value for --runs: '0' (a whole number from 1 to 1000)"],
    ['bridge veth --seed -1', "bad value for --seed: '-1'"],
    ['bridge veth --time-limit soon', "bad value for --time-limit: 'soon'"],
    ['--resume x.json bridge', '--resume goes on with what stands in the file: what is bridge to do there?'],
    ['--resume x.json --runs 3', 'what is --runs to do there?'],
    ['--suite everything', "there is no suite 'everything'", '--suite container-networks'],
    ['--suite container-networks bridge', '--suite container-networks has its own networks'],
    [
      `bridge veth loopback routed --vary streams=1,2,3,4,5 --vary congestion=cubic,reno,bbr,default`,
      'that makes 80 cells (max = 64)',
    ],
  ])('%s is refused in a sentence', (line, ...words) => {
    const text = refused(() => specified(line));
    for (const word of words) expect(text).toContain(word);
    expect(text).toMatch(/^vnetperf: /);
    expect(text).toContain('Usage: vnetperf compare KIND... ');
  });

  it.each([
    ['600', 600],
    ['90s', 90],
    ['10m', 600],
    ['1h', 3600],
    ['1h30m', 5400],
  ])('takes %s as a time', (text, seconds) => {
    expect(parseTimeLimit(text)).toBe(seconds);
  });

  it.each(['', '0', '10x', 'm', '-5', '1.5h', '10 m', '99999999'])('does not take %j as a time', (text) => {
    expect(() => parseTimeLimit(text)).toThrow('--time-limit');
  });

  it.each([
    ['iperf3', ['iperf3']],
    ['  taskset  -c 1 iperf3 ', ['taskset', '-c', '1', 'iperf3']],
    [`'my iperf' "a b"c\\ d '' $HOME *`, ['my iperf', 'a bc d', '', '$HOME', '*']],
    [`"a\\"b\\c" 'x\\'`, ['a"b\\c', 'x\\']],
  ])('splits the command %s as a shell quotes it', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it.each(["'a", '"a', 'a\\'])('does not take the unfinished command %s', (text) => {
    expect(() => splitWords(text)).toThrow(`the command ${text} `);
  });
});

describe('a comparison', () => {
  it('takes two seconds a run, ten blocks and a warm-up, and several intervals a run', () => {
    expect(specified('bridge veth')).toMatchObject({
      seed: 7,
      blocks: 10,
      warmUpBlocks: 1,
      secondsPerRun: 2,
      command: ['compare', 'bridge', 'veth', '--seed', '7'],
    });
    const [baseline] = specified('bridge veth').cells;
    expect(baseline?.request.configuration).toMatchObject({
      intervalSeconds: 0.5,
      settings: { durationSeconds: 2 },
    });
    expect(specified('bridge veth -t 1 -O 1').secondsPerRun).toBe(2);
    expect(specified('bridge veth -n 10M').secondsPerRun).toBe(0);
    expect(specified('bridge veth -t 30').cells[0]?.request.configuration.intervalSeconds).toBe(1);
    expect(specified('bridge veth -t 1 -i 0.1').cells[0]?.request.configuration.intervalSeconds).toBe(0.1);
  });

  it('may take more blocks where a precision is wanted', () => {
    expect(specified('bridge veth --precision 2% --time-limit 10m')).toMatchObject({
      blocks: 100,
      precision: 0.02,
      timeLimitSeconds: 600,
    });
    expect(specified('bridge veth --precision 2% --runs 30').blocks).toBe(30);
  });

  it('means by each level what run means by its option', () => {
    const { cells } = specified('bridge --vary pin=off,0: --vary streams=1,2 -l 8K --peer iperf3');
    const two = cells.find(({ levels }) => levels.pin === '0:' && levels.streams === '2' && levels.tool === 'vnetperf');
    expect(two?.request).toMatchObject({
      topologyKind: 'bridge',
      pin: { client: [0], server: [] },
      configuration: { cores: [0], settings: { parallel: 2, lengthBytes: 8192 } },
    });
    const peer = cells.find(({ levels }) => levels.pin === '0:' && levels.streams === '2' && levels.tool === 'iperf3');
    expect(peer?.request).toMatchObject({
      pin: { client: [0], server: [] },
      peer: { command: ['iperf3'], clientOptions: ['-P', '2', '-l', '8K', '-t', '2', '-i', '0.5'] },
    });
  });

  it('--pin auto says why', () => {
    const [baseline, twin, auto] = specified('bridge --vary pin=off,auto').cells;
    expect(baseline?.remarks).toEqual([]);
    expect(twin?.remarks).toEqual([]);
    expect(auto?.remarks).toEqual([expect.stringMatching(/^--pin auto: /)]);
  });
});

describe('the result file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vnetperf-result-path-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('does not take the place of anything else', async () => {
    const path = join(directory, 'letter.json');
    writeFileSync(path, '{"dear": "friend"}');
    await expect(checkResultPath(path, ['compare', 'bridge'])).rejects.toMatchObject({
      code: 'ERR_OUTPUT_EXISTS',
      message: `${path} exists and is no result of a comparison: it is not overwritten`,
      remedy: 'Give another file with --output, or another --seed.',
    });
    await expect(checkResultPath(join(directory, 'new.json'), [])).resolves.toBeUndefined();
    await expect(checkResultPath(join(directory, 'no/such/place.json'), [])).rejects.toMatchObject({
      code: 'ERR_RESULT_FILE',
    });
  });
});

describe('compare --help', () => {
  it('has every option of its own and every factor', () => {
    for (const { long } of compareOptions) expect(helpOn(['compare'])).toMatch(new RegExp(`--${long}( |$)`, 'm'));
    for (const name of factorNames) expect(helpOn(['compare'])).toMatch(new RegExp(`^ +${name} `, 'm'));
    expect(helpOn([])).toContain('\n  compare KIND...');
  });

  it('fits a terminal', () => {
    for (const line of helpOn(['compare']).split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});
