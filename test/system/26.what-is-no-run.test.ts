import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../lib/platform/load-native.js';
import type { RunSpecification } from '../../lib/platform/native.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { specificationFor, streamOf } from '../support/native-run.js';
import { closeAll, tcpPair } from '../support/tcp-pair.js';

const { Run } = loadNative();
let loopback: LoopbackNamespace;
beforeAll(() => {
  loopback = new LoopbackNamespace();
});
afterAll(() => loopback[Symbol.dispose]());

describe('what is no run', () => {
  const broken: [string, (good: RunSpecification) => object, string][] = [
    ['no streams', (good) => ({ ...good, streams: [] }), 'streams must be an array of 1 to 512 streams'],
    ['no list', (good) => ({ ...good, streams: 7 }), 'streams must be an array'],
    ['a negative time', (good) => ({ ...good, durationSeconds: -1 }), 'durationSeconds must be a number from 0'],
    ['half a byte', (good) => ({ ...good, limitBytes: 0.5 }), 'limitBytes must be an integer from 0'],
    ['no flag', (good) => ({ ...good, endsOnTime: 1 }), 'endsOnTime must be true or false'],
    ['no process', (good) => ({ ...good, watchedProcesses: [0] }), 'watchedProcesses must be an integer from 1'],
    ['a crowd', (good) => ({ ...good, watchedProcesses: Array(65).fill(1) }), 'watchedProcesses must be at most 64'],
  ];
  const brokenStreams: [string, object, string][] = [
    ['another protocol', { protocol: 'sctp' }, "streams[0].protocol must be 'tcp' or 'udp'"],
    ['another path', { sendPath: 'teleport' }, "streams[0].sendPath must be 'copy' or 'sendfile'"],
    ['no length', { lengthBytes: 0 }, 'streams[0].lengthBytes must be an integer from 1'],
    ['a datagram without room for its header', { protocol: 'udp', lengthBytes: 11 }, 'an integer from 12 to 65507'],
    ['a datagram that IP cannot carry', { protocol: 'udp', lengthBytes: 65_508 }, 'an integer from 12 to 65507'],
    ['a core below zero', { cores: [-1] }, 'streams[0].cores must be an integer from 0'],
    ['no burst', { burst: 0 }, 'streams[0].burst must be an integer from 1'],
  ];

  it.each(broken)('%s is refused by name', async (_, breakIt, message) => {
    const pair = await tcpPair(loopback.fd);
    const specification = breakIt(specificationFor(pair)) as RunSpecification;
    expect(() => new Run(specification, () => {})).toThrow(TypeError);
    expect(() => new Run(specification, () => {})).toThrow(message);
    closeAll(pair);
  });

  it.each(brokenStreams)('%s is refused by name', async (_, changes, message) => {
    const pair = await tcpPair(loopback.fd);
    const specification = specificationFor(pair, { streams: [streamOf(pair.client, changes)] });
    expect(() => new Run(specification, () => {})).toThrow(TypeError);
    expect(() => new Run(specification, () => {})).toThrow(message);
    closeAll(pair);
  });

  it('a socket that is closed or none, a file that is not open, a listener that is no function', async () => {
    const pair = await tcpPair(loopback.fd);
    const bad = (changes: object) => () =>
      new Run(specificationFor(pair, { streams: [streamOf(pair.client, changes)] }), () => {});
    expect(bad({ socket: {} })).toThrow(TypeError);
    expect(bad({ fileDescriptor: 987_654 })).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'fcntl' }));
    expect(() => new Run(specificationFor(pair), undefined as never)).toThrow('onEvent must be a function');
    closeAll(pair);
    expect(bad({})).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_CLOSED' }));
  });
});
