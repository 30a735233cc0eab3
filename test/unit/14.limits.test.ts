import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../lib/cli/parse-options.js';
import { formatUsageError, UsageError } from '../../lib/cli/usage-error.js';
import { resolveClient } from '../../lib/configuration/resolve-client.js';
import type { TestSettings } from '../../lib/configuration/settings.js';
import { RequestError } from '../../lib/errors.js';
import { topologyKind } from '../../lib/topology/kinds.js';
import { refusedCommandLines } from '../support/refused-command-lines.js';

/** The error for a command line, which must be refused. */
function refusal(argv: readonly string[]): UsageError {
  try {
    parseOptions(argv, {});
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error as UsageError;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
}

const usage = "\n\nUsage: vnetperf [-s|-c host] [options]\nTry `vnetperf --help' for more information.";

describe('every limit of the command line', () => {
  it.each(refusedCommandLines)('%s: %i', (line, number, message) => {
    const error = refusal(line.split(' ').filter((word) => word !== ''));
    expect(error).toMatchObject({ iperf3Number: number, message, exitStatus: 1, kind: 'parameter' });
    expect(formatUsageError(error)).toBe(`iperf3: parameter error - ${message}${usage}`);
  });

  it('stands inside the limit', () => {
    const accepted = [
      '-c h -p 65535 --cport 1 -i 0.1 -A 1024,1024 --snd-timeout 0 -b 0/1000 -t 86400 -P 128 -w 512M -M 32767',
      '-c h -u -l 16 -S 255 -L 1 -O 600',
      '-c h -u -l 65507 -S 0 -L 0xfffff -O 0',
      '-c h -l 1M -P 1 --dscp 63 -k 1',
      '-s --idle-timeout 86400 --server-max-duration 0 --server-bitrate-limit 1/60 --time-skew-threshold 1',
    ];
    for (const line of accepted) expect(() => parseOptions(line.split(' '), {}), line).not.toThrow();
  });
});

describe('words that are no options', () => {
  it.each([
    ['--nonsense', "unrecognized option '--nonsense'"],
    ['-c h -y', "invalid option -- 'y'"],
    ['-c h -p', "option requires an argument -- 'p'"],
    ['-c h --port', "option '--port' requires an argument"],
    ['-s --daemon=1', "option '--daemon' doesn't allow an argument"],
    // Only for run.
    ['-c h --dry-run', "unrecognized option '--dry-run'"],
  ])('%s', (line, message) => {
    const error = refusal(line.split(' '));
    expect(error).toMatchObject({ kind: 'syntax', exitStatus: 1, message });
    expect(formatUsageError(error)).toBe(`vnetperf: ${message}${usage}`);
  });
});

describe('what was probably meant', () => {
  it.each([
    ['-c h --paralel 4', "vnetperf: unrecognized option '--paralel'", 'did you mean --parallel?'],
    ['-c h --revrese', "vnetperf: unrecognized option '--revrese'", 'did you mean --reverse?'],
    ['run veth --sendpath=auto', "vnetperf: unrecognized option '--sendpath=auto'", 'did you mean --send-path?'],
    ['compair veth --vary pin=off,auto', "vnetperf: unrecognized option '--vary'", 'did you mean vnetperf compare?'],
  ])('%s', (line, message, remedy) => {
    const [first, second, third] = formatUsageError(refusal(line.split(' '))).split('\n');
    expect([first, second, third]).toEqual([message, `  ${remedy}`, '']);
  });

  it.each([
    ['rnu', /there is no command 'rnu' \(did you mean vnetperf run\?\)/],
    ['docter', /there is no command 'docter' \(did you mean vnetperf doctor\?\)/],
    ['bridge', /there is no command 'bridge' \(to build a network and measure it: vnetperf run bridge\)/],
    ['', /^must either be a client \(-c\) or server \(-s\)$/],
  ])("'%s'", (word, message) => {
    expect(refusal([word]).message).toMatch(message);
  });

  it.each([
    ['loopbakc', / Did you mean loopback\?$/],
    ['docker-bride', / Did you mean docker-bridge\?$/],
    ['ovs-tos', / Did you mean ovs-tso\?$/],
    ['token-ring', /^Choose one of: loopback, .*\.$/],
  ])('%s as the kind of a network', (word, remedy) => {
    expect(() => topologyKind(word)).toThrow(expect.objectContaining({ remedy: expect.stringMatching(remedy) }));
  });
});

describe('words that no compiler has checked', () => {
  it.each([
    [{ protocol: 'token-ring' }, "there is no protocol 'token-ring'", 'Choose one of: tcp, udp, sctp.'],
    [{ direction: 'sideways' }, "there is no direction 'sideways'", 'Choose one of: forward, reverse, bidirectional.'],
    [{ sendPath: 'mail' }, "there is no sendPath 'mail'", 'Choose one of: copy, sendfile, splice, zerocopy, auto.'],
    [{ receivePath: 'mail' }, "there is no receivePath 'mail'", 'Choose one of: copy, discard, mmap, auto.'],
  ])('%j', (settings, message, remedy) => {
    const resolve = () => resolveClient({ host: 'h', settings: settings as Partial<TestSettings> });
    expect(resolve).toThrow(RequestError);
    expect(resolve).toThrow(expect.objectContaining({ message, remedy, code: 'ERR_SETTING' }));
  });
});

describe('of several mistakes', () => {
  it.each([
    ['-p 0 -t -1 -c h', 26],
    ['-t -1 -p 0 -c h', 5],
    // While reading before what does not go together.
    ['-s -t 5 -p 0', 26],
    ['-c h -D -n 5x', 38],
    ['-c h --time-skew-threshold 0', 29],
    // In iperf3's order.
    ['-c h -D --rcv-timeout 1000', 3],
    ['-c h --rcv-timeout 1000 --username n', 32],
    ['-c h --username n -l 2M', 22],
    ['-c h -u -F f -l 70000', 34],
    ['-c h -l 2M -t 1 -n 1', 7],
    // A role is looked for last.
    ['-l 2M', 7],
    ['-t 1 -n 1', 16],
  ])('%s: the first is reported', (line, number) => {
    expect(refusal(line.split(' ')).iperf3Number).toBe(number);
  });

  it('a spelling mistake does not overtake a value before it', () => {
    expect(refusal(['-c', 'h', '-p', '0', '--nonsense']).iperf3Number).toBe(26);
    expect(refusal(['-c', 'h', '--nonsense', '-p', '0']).kind).toBe('syntax');
  });
});
