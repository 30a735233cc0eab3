import { describe, expect, it } from 'vitest';
import { helpOn } from '../../lib/cli/help/help-text.js';
import { parseTopologyArguments, topologyOptionTables } from '../../lib/cli/topology-arguments.js';
import { formatUsageError, UsageError } from '../../lib/cli/usage-error.js';

describe('vnetperf topology', () => {
  it.each([
    [['up', 'bridge'], { command: 'up', kind: 'bridge', name: 'bridge', network: {} }],
    [
      ['up', '--mtu', '9000', 'veth', '--name=blue', '--offload', 'tx=off'],
      {
        command: 'up',
        kind: 'veth',
        name: 'blue',
        network: { mtuBytes: 9000, offloads: [{ feature: 'tx', on: false }] },
      },
    ],
    [['down', 'blue'], { command: 'down', name: 'blue' }],
    [['ls'], { command: 'ls', json: false }],
    [['ls', '-J'], { command: 'ls', json: true }],
    [
      ['exec', 'blue', 'client', '--', 'ip', '-4', '--', 'address'],
      { command: 'exec', name: 'blue', endpoint: 'client', program: 'ip', words: ['-4', '--', 'address'] },
    ],
    [
      ['exec', 'blue', 'client', 'ls', '-h'],
      { command: 'exec', name: 'blue', endpoint: 'client', program: 'ls', words: ['-h'] },
    ],
    [['gc'], { command: 'gc', engine: undefined, ovsDatabase: undefined }],
    [['gc', '--engine', 'podman'], { command: 'gc', engine: { program: 'podman', host: undefined } }],
    [
      ['gc', '--docker-host', 'unix:///run/d.sock', '--ovs-db', 'unix:/run/db.sock'],
      { command: 'gc', engine: { program: 'docker', host: 'unix:///run/d.sock' }, ovsDatabase: 'unix:/run/db.sock' },
    ],
    [['--help'], { command: 'help' }],
    [['exec', '--help'], { command: 'help' }],
    [['up', '-h'], { command: 'help' }],
  ])('%j', (argv, command) => {
    expect(parseTopologyArguments(argv)).toMatchObject(command);
  });

  it.each([
    [[], 'topology needs a command: up, down, ls, exec or gc'],
    [['start'], "topology has no command 'start'"],
    [['up'], 'topology up needs the kind of network to build, for example: topology up bridge'],
    [['up', 'veth', 'bridge'], "what is 'bridge'?"],
    [['down'], 'topology down needs the name of a network'],
    [['ls', 'blue'], "what is 'blue'?"],
    [
      ['exec', 'blue', 'client', '--'],
      'topology exec needs a network, an endpoint and a command: exec NAME client -- ip address',
    ],
    [['gc', 'everything'], "what is 'everything'?"],
    [['gc', '--mtu', '1400'], "unrecognized option '--mtu'"],
    [['up', 'veth', '--name'], "option '--name' requires an argument"],
    [['up', 'veth', '--mtu', '1'], 'MTU'],
  ])('refuses %j', (argv, message) => {
    const error = caught(() => parseTopologyArguments(argv));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain(message);
    expect(formatUsageError(error)).toMatch(/^vnetperf: [\s\S]*\nUsage: vnetperf topology up\|down\|ls\|exec\|gc /);
  });

  it('--help explains every option, and fits a terminal', () => {
    const text = helpOn(['topology']);
    for (const { long } of Object.values(topologyOptionTables).flat()) expect(text).toContain(`--${long}`);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

function caught(act: () => unknown): UsageError {
  try {
    act();
  } catch (error) {
    return error as UsageError;
  }
  throw new Error('it was not refused');
}
