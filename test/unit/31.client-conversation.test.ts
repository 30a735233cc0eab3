import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../lib/configuration/settings.js';
import type { VnetperfError } from '../../lib/errors.js';
import { type ClientEvent, ClientMachine } from '../../lib/protocol/client-machine.js';
import { bytes, cookie, message, results, resultsOf312, textOf } from '../support/protocol-vectors.js';

const settings = { ...defaultSettings(), durationSeconds: 1 };

/** A machine that has sent its cookie and received these bytes; answers are given as the protocol wants them. */
function clientAfter(...received: Uint8Array[]): ClientMachine {
  const machine = new ClientMachine(cookie);
  machine.start();
  for (const chunk of received) {
    answer(machine, machine.receive(chunk));
  }
  return machine;
}

function answer(machine: ClientMachine, events: ClientEvent[]): void {
  for (const { type } of events) {
    if (type === 'send-parameters') machine.parameters(settings);
    if (type === 'test-running') machine.testEnd();
    if (type === 'exchange-results') machine.results(results);
  }
}

function errorOf(events: ClientEvent[]): VnetperfError {
  expect(events.map((event) => event.type)).toEqual(['error']);
  return (events[0] as Extract<ClientEvent, { type: 'error' }>).error;
}

const accepted = bytes(0x09);
const streams = bytes(0x0a);
const running = bytes(0x01, 0x02);
const exchange = bytes(0x0d);
const theirs = message(resultsOf312);

describe('a client', () => {
  it('has this conversation with a server', () => {
    const machine = new ClientMachine(cookie);
    expect(machine.start()).toEqual(Uint8Array.from(bytes(cookie, 0)));
    expect(machine.receive(accepted)).toEqual([{ type: 'send-parameters' }]);
    expect(JSON.parse(textOf(machine.parameters(settings)))).toMatchObject({ tcp: true, time: 1 });
    expect(machine.receive(streams)).toEqual([{ type: 'create-streams' }]);
    expect(machine.receive(running)).toEqual([{ type: 'test-start' }, { type: 'test-running' }]);
    expect(machine.testEnd()).toEqual(Uint8Array.of(0x04));
    expect(machine.receive(exchange)).toEqual([{ type: 'exchange-results' }]);
    expect(JSON.parse(textOf(machine.results(results)))).toMatchObject({ cpu_util_total: 12.5 });
    const [last, ...rest] = machine.receive(bytes(theirs, 0x0e));
    expect(last).toMatchObject({ type: 'results', warnings: [], results: { congestionUsed: 'bbr' } });
    expect(rest).toEqual([{ type: 'display-results' }]);
    expect(machine.phase).toBe('the test was over');
    expect(machine.done()).toEqual(Uint8Array.of(0x10));
    expect(machine.end()).toEqual([]);
  });

  it('does not mind what a server says after the test, such as the stale error of 3.21', () => {
    const machine = clientAfter(accepted, streams, running, exchange);
    const stale = bytes(0xfe, 0, 0, 0, 37, 0, 0, 0, 0);
    expect(machine.receive(bytes(theirs, 0x0e, stale)).map((event) => event.type)).toEqual([
      'results',
      'display-results',
    ]);
    expect(machine.receive(bytes('anything'))).toEqual([]);
  });

  it('hears that the server is busy', () => {
    const error = errorOf(clientAfter().receive(bytes(0xff)));
    expect(error.iperf3Number).toBe(121);
    expect(error.message).toBe('the server is busy running a test. try again later');
    expect(error.remedy).toBeDefined();
  });

  it.each([
    ['before the parameters', []],
    ['after the parameters', [accepted]],
    ['while streams are made', [accepted, streams]],
    ['while waiting for the end', [accepted, streams, running]],
    ['in the place of results', [accepted, streams, running, exchange]],
    ['after the results', [accepted, streams, running, exchange, theirs]],
  ])('hears the server terminate, refuse or fail %s', (_when, before) => {
    expect(clientAfter(...before).receive(bytes(0x0b))).toEqual([{ type: 'server-terminated' }]);
    expect(errorOf(clientAfter(...before).receive(bytes(0xff))).iperf3Number).toBe(121);
    const failed = clientAfter(...before).receive(bytes(0xfe, 0, 0, 0, 141, 0, 0, 0, 105));
    expect(errorOf(failed)).toMatchObject({ iperf3Number: 141, errno: 105 });
    expect(failed[0]).toMatchObject({ fromServer: true });
  });

  it('names the error of a server that sends only its number (3.12) when the connection ends', () => {
    const machine = clientAfter(accepted);
    expect(machine.receive(bytes(0xfe, 0, 0, 0, 142))).toEqual([]);
    const error = errorOf(machine.end());
    expect(error).toMatchObject({ iperf3Number: 142, errno: 0 });
    expect(error.message).toMatch(/^test authorization failed/);
    expect(machine.end()).toEqual([]);
  });

  it.each([[[]], [[0, 0]], [[0, 0, 0, 0]]])('hears of an error that the server does not name: FE %j', (rest) => {
    const machine = clientAfter(accepted);
    expect(machine.receive(bytes(0xfe, ...rest))).toEqual([]);
    const [event] = machine.end();
    expect(event).toMatchObject({ type: 'error', fromServer: true, error: { iperf3Number: 109 } });
  });

  it.each([
    [[], 'waiting for the server to accept the test: received nothing '],
    [[accepted], 'waiting for the server to accept the parameters: received nothing more '],
    [[accepted, streams], 'connecting the data streams: '],
    [[accepted, streams, bytes(0x01)], 'waiting for the server to start the test: '],
    [[accepted, streams, running], 'waiting for the server to end the test: '],
    [[accepted, streams, running, exchange], 'exchanging results: received nothing more'],
    [
      [accepted, streams, running, exchange, theirs.subarray(0, 3)],
      "exchanging results: received 3 of the 4 bytes of a message's length",
    ],
    [[accepted, streams, running, exchange, theirs.subarray(0, 40)], /received 36 of \d+ bytes of a message/],
    [[accepted, streams, running, exchange, theirs], 'waiting for the server to close the test: '],
  ])('says where the conversation stood when the server closes: %#', (received, where) => {
    const error = errorOf(clientAfter(...received).end());
    expect(error.iperf3Number).toBe(109);
    expect(error.message).toMatch(/^control socket has closed unexpectedly/);
    expect(error.message).toMatch(where);
    expect(error.remedy?.length).toBeGreaterThan(20);
  });

  it('says what it met where no iperf3 server is', () => {
    const error = errorOf(clientAfter().receive(bytes('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n')));
    expect(error.iperf3Number).toBe(110);
    expect(error.message).toMatch(/"SSH-2\.0-OpenSSH_9\.2p1 Debian-2"/);
    expect(error.remedy).toMatch(/port/);
  });

  it.each([
    [[], 0x0a],
    [[], 0x0e],
    [[accepted], 0x09],
    [[accepted, streams], 0x02],
    [[accepted, streams, running], 0x0e],
    [[accepted, streams, running], 0x04],
    [[accepted, streams, running], 0x7f],
  ])('does not follow a server that is out of step: %#', (received, state) => {
    const machine = clientAfter(...received);
    const error = errorOf(machine.receive(bytes(state, 0x09, 0x0a)));
    expect(error.iperf3Number).toBe(110);
    expect(error.message).toContain(`received bytes ${state.toString(16).padStart(2, '0')} 09 0a`);
    expect(machine.receive(accepted)).toEqual([]);
    expect(machine.end()).toEqual([]);
  });

  it('does not create streams or end the test for a server that answers what was never asked', () => {
    const events = clientAfter().receive(bytes(0x09, 0x0a));
    expect(events.map((event) => event.type)).toEqual(['send-parameters', 'error']);
    const machine = new ClientMachine(cookie);
    machine.receive(accepted);
    machine.parameters(settings);
    machine.receive(streams);
    expect(machine.receive(bytes(0x01, 0x02, 0x0d)).map((event) => event.type)).toEqual([
      'test-start',
      'test-running',
      'error',
    ]);
  });

  it('is silent after its own termination', () => {
    const machine = clientAfter(accepted, streams, running);
    expect(machine.terminate()).toEqual(Uint8Array.of(0x0c));
    expect(machine.phase).toBe('terminated');
    expect(machine.receive(exchange)).toEqual([]);
    expect(machine.end()).toEqual([]);
  });

  it('refuses results that say nothing, with error 117', () => {
    for (const text of ['{}', '[]', '7', 'null', '{"cpu_util_total":1', '"x"', '{"streams":[]}']) {
      const machine = clientAfter(accepted, streams, running, exchange);
      const error = errorOf(machine.receive(message(text)));
      expect(error.iperf3Number).toBe(117);
      expect(error.message).toMatch(/^unable to receive results.* \(/);
    }
  });

  it('does not send a parameter message that no server of 3.18 or later would take', () => {
    const machine = clientAfter(accepted);
    expect(() => machine.parameters({ ...settings, extraData: 'x'.repeat(8192) })).toThrow(/8192/);
    expect(machine.parameters({ ...settings, extraData: 'x'.repeat(7800) }).length).toBeLessThanOrEqual(8196);
  });
});
