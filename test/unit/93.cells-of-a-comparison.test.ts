import { describe, expect, it } from 'vitest';
import { type CellsRequest, planCells } from '../../lib/compare/plan/cells.js';
import { factorNamed, factorNames, parseVariedFactor } from '../../lib/compare/plan/factors.js';
import { CONTAINER_NETWORKS, containerNetworkCells } from '../../lib/compare/suite/container-networks.js';

function plan(kinds: string[], vary: string[] = [], more: Partial<CellsRequest> = {}) {
  return planCells({ kinds, factors: vary.map(parseVariedFactor), given: [], peers: [], ...more });
}

const names = (planned: ReturnType<typeof plan>) => planned.cells.map(({ name }) => name);

function contrasts(planned: ReturnType<typeof plan>): string[] {
  const nameOf = (id: string) => planned.cells.find((cell) => cell.id === id)?.name;
  return planned.contrasts.map(({ cell, baseline }) => `${nameOf(cell)} / ${nameOf(baseline)}`);
}

describe('cells', () => {
  it('are every network with every level and every program; the first is the baseline, and stands there twice', () => {
    const planned = plan(['bridge', 'veth'], ['pin=off,auto'], { peers: [['iperf3']] });
    expect(names(planned)).toEqual([
      'bridge pin=off',
      'bridge pin=off (A/A)',
      'bridge pin=off iperf3',
      'bridge pin=auto',
      'bridge pin=auto iperf3',
      'veth pin=off',
      'veth pin=off iperf3',
      'veth pin=auto',
      'veth pin=auto iperf3',
    ]);
    expect(planned.cells.map(({ role }) => role).slice(0, 3)).toEqual(['baseline', 'twin', 'cell']);
    expect(new Set(planned.cells.map(({ id }) => id)).size).toBe(9);
    expect(planned.cells[1]).toMatchObject({
      levels: { topology: 'bridge', pin: 'off', tool: 'vnetperf' },
      command: ['vnetperf', 'run', 'bridge', '--pin', 'off'],
    });
    expect(planned.factors).toEqual([
      { name: 'topology', levels: ['bridge', 'veth'] },
      { name: 'pin', levels: ['off', 'auto'] },
      { name: 'tool', levels: ['vnetperf', 'iperf3'] },
    ]);
  });

  it('may be the same network twice', () => {
    const planned = plan(['bridge', 'bridge']);
    expect(names(planned)).toEqual(['bridge', 'bridge (A/A)', 'bridge (2)']);
    expect(planned.cells[2]).toMatchObject({
      levels: { topology: 'bridge (2)', tool: 'vnetperf' },
      command: ['vnetperf', 'run', 'bridge'],
    });
  });

  it('are held against the baseline, and against the cell that differs in one factor only', () => {
    expect(contrasts(plan(['bridge'], ['streams=1,2,4']))).toEqual([
      'bridge streams=2 / bridge streams=1',
      'bridge streams=4 / bridge streams=1',
    ]);
    expect(contrasts(plan(['bridge', 'veth'], ['pin=off,auto']))).toEqual([
      'bridge pin=auto / bridge pin=off',
      'veth pin=off / bridge pin=off',
      'veth pin=auto / bridge pin=off',
      'veth pin=auto / bridge pin=auto',
      'veth pin=auto / veth pin=off',
    ]);
  });

  it('that a program has no option for are left out, with a remark', () => {
    const planned = plan(['veth'], ['send-path=copy,sendfile,auto'], { peers: [['iperf3']] });
    expect(names(planned)).toEqual([
      'veth send-path=copy',
      'veth send-path=copy (A/A)',
      'veth send-path=copy iperf3',
      'veth send-path=sendfile',
      'veth send-path=sendfile iperf3',
      'veth send-path=auto',
    ]);
    expect(planned.cells[4]?.peer?.clientOptions).toEqual(['-Z']);
    expect(planned.remarks).toEqual([
      'veth send-path=auto iperf3 is left out: iperf3 has nothing like --send-path auto',
    ]);
    const option = { name: 'gso', words: ['--gso'], iperf3: false };
    const without = plan(['veth', 'bridge'], [], { peers: [['iperf3']], given: [option] });
    expect(without.remarks).toEqual([
      'veth iperf3 is left out: iperf3 has nothing like --gso',
      'bridge iperf3 is left out: iperf3 has nothing like --gso',
    ]);
    expect(() => plan(['veth'], [], { peers: [['iperf3']], given: [option] })).toThrow(
      'one cell is nothing to compare (veth iperf3 is left out: iperf3 has nothing like --gso)',
    );
  });

  it('get the options of their network only', () => {
    const given = [
      { name: 'image', words: ['--image', 'x'], iperf3: false },
      { name: 'time', words: ['-t', '1'], iperf3: true },
    ];
    const planned = plan(['veth', 'docker-bridge'], [], { given });
    expect(planned.cells.map(({ runWords }) => runWords.join(' '))).toEqual([
      'run veth -t 1',
      'run veth -t 1',
      'run docker-bridge --image x -t 1',
    ]);
  });
});

describe('levels as options', () => {
  it.each([
    ['pin=off', ['--pin', 'off'], []],
    ['pin=0+2:1+3', ['--pin', '0,2:1,3'], []],
    ['send-path=sendfile', ['--send-path', 'sendfile'], ['-Z']],
    ['send-path=copy', ['--send-path', 'copy'], []],
    ['send-path=splice', ['--send-path', 'splice'], undefined],
    ['receive-path=mmap', ['--receive-path', 'mmap'], undefined],
    ['receive-path=discard', ['--receive-path', 'discard'], ['--skip-rx-copy']],
    ['streams=4', ['-P', '4'], ['-P', '4']],
    ['protocol=tcp', [], []],
    ['protocol=udp', ['-u'], ['-u']],
    ['protocol=sctp', ['--sctp'], ['--sctp']],
    ['length=64K', ['-l', '64K'], ['-l', '64K']],
    ['congestion=bbr', ['-C', 'bbr'], ['-C', 'bbr']],
    ['congestion=default', [], []],
    ['mtu=9000', ['--mtu', '9000'], []],
    ['offload=tso=off+gso=off', ['--offload', 'tso=off,gso=off'], []],
    ['direction=forward', [], []],
    ['link-rate=1gbit', ['--link-rate', '1gbit'], []],
    ['link-rate=none', [], []],
    ['link-mtu=9000', ['--link-mtu', '9000'], []],
    ['link-mtu=default', [], []],
    ['underlay=6', ['--underlay', '6'], []],
    ['docker-path=A', ['--docker-path', 'A'], []],
    ['weave-path=sleeve', ['--weave-path', 'sleeve'], []],
    ['store=etcd', ['--store', 'etcd'], []],
    ['direction=reverse', ['-R'], ['-R']],
    ['direction=bidirectional', ['--bidir'], ['--bidir']],
  ])('%s', (text, words, peerWords) => {
    const { name, levels } = parseVariedFactor(text);
    expect(factorNamed(name).words(levels[0]!)).toEqual(words);
    expect(factorNamed(name).peerWords(levels[0]!)).toEqual(peerWords);
  });

  it('are those of the factors there are', () => {
    expect(factorNames).toEqual([
      'topology',
      'pin',
      'send-path',
      'receive-path',
      'streams',
      'protocol',
      'length',
      'congestion',
      'mtu',
      'offload',
      'link-rate',
      'link-mtu',
      'underlay',
      'docker-path',
      'weave-path',
      'store',
      'conf',
      'direction',
    ]);
    expect(() => factorNamed('constructor')).toThrow("there is no factor 'constructor'");
    expect(() => parseVariedFactor('direction=constructor')).toThrow("direction has no level 'constructor'");
  });
});

describe('the suite of container networks', () => {
  const kinds = ['loopback', 'veth', 'docker-bridge'];
  const kindsWithLink = ['loopback', 'veth', 'hosts', 'flannel-vxlan'];

  it('measures each network pinned, unpinned, and by UDP at 100 Mbit/s with round trips', () => {
    const { cells } = containerNetworkCells(kinds, [{ name: 'time', words: ['-t', '1'], iperf3: true }]);
    expect(cells.slice(0, 4).map(({ id, name, role, runWords }) => [id, name, role, runWords.join(' ')])).toEqual([
      ['loopback-pinned', 'loopback TCP pinned', 'baseline', 'run loopback --pin auto -t 1'],
      ['loopback-pinned-again', 'loopback TCP pinned (A/A)', 'twin', 'run loopback --pin auto -t 1'],
      ['loopback-unpinned', 'loopback TCP unpinned', 'cell', 'run loopback --pin off -t 1'],
      ['loopback-udp', 'loopback UDP 100 Mbit/s', 'cell', 'run loopback --pin auto -u -b 100M --latency -t 1'],
    ]);
    expect(cells).toHaveLength(10);
  });

  it('holds networks across two hosts against the bare link, and leaves their threads no choice of cores', () => {
    const { cells, contrasts: pairs } = containerNetworkCells(['loopback', 'veth', 'hosts', 'vxlan', 'calico'], []);
    expect(pairs.map(({ cell, baseline }) => `${cell} / ${baseline}`)).toEqual([
      'veth-pinned / loopback-pinned',
      'vxlan-pinned / hosts-pinned',
      'calico-pinned / hosts-pinned',
      'veth-unpinned / loopback-unpinned',
      'loopback-unpinned / loopback-pinned',
      'veth-unpinned / veth-pinned',
    ]);
    expect(cells.map(({ id }) => id)).not.toContain('vxlan-unpinned');
    expect(cells.map(({ id }) => id)).toContain('vxlan-udp');
  });

  it('gives the options of a link to the networks that have one', () => {
    const given = [{ name: 'link-rate', words: ['--link-rate', '1gbit'], iperf3: false }];
    const { cells } = containerNetworkCells(kindsWithLink, given);
    const withRate = cells.filter(({ runWords }) => runWords.includes('--link-rate'));
    expect(new Set(withRate.map(({ levels }) => levels.topology))).toEqual(new Set(['hosts', 'flannel-vxlan']));
  });

  it('holds only cells of the same measure against each other', () => {
    const { contrasts: pairs } = containerNetworkCells(kinds, []);
    expect(pairs.map(({ cell, baseline }) => `${cell} / ${baseline}`)).toEqual([
      'veth-pinned / loopback-pinned',
      'docker-bridge-pinned / loopback-pinned',
      'veth-unpinned / loopback-unpinned',
      'docker-bridge-unpinned / loopback-unpinned',
      'loopback-unpinned / loopback-pinned',
      'veth-unpinned / veth-pinned',
      'docker-bridge-unpinned / docker-bridge-pinned',
    ]);
  });

  it('begins with the host itself, and says itself what is pinned', () => {
    expect(CONTAINER_NETWORKS[0]).toBe('loopback');
    const pinned = [{ name: 'pin', words: ['--pin', 'off'], iperf3: false }];
    expect(() => containerNetworkCells(kinds, pinned)).toThrow('the suite itself says what --pin off would');
  });
});
