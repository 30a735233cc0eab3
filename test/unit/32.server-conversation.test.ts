import { describe, expect, it } from 'vitest';
import type { VnetperfError } from '../../lib/errors.js';
import { type ServerEvent, ServerMachine } from '../../lib/protocol/server-machine.js';
import { bytes, cookie, message, parametersOf312, results, resultsOf312, textOf } from '../support/protocol-vectors.js';

const hello = bytes(cookie, 0);
const parameters = message(parametersOf312);
const testEnd = bytes(0x04);
const theirs = message(resultsOf312);

/** A machine that has received these bytes; answers are given as the protocol wants them. */
function serverAfter(...received: Uint8Array[]): ServerMachine {
  const machine = new ServerMachine();
  for (const chunk of received) {
    for (const { type } of machine.receive(chunk)) {
      if (type === 'parameters') machine.testRunning();
      if (type === 'results') machine.displayResults();
    }
  }
  return machine;
}

function errorOf(events: ServerEvent[]): VnetperfError {
  expect(events.map((event) => event.type)).toEqual(['error']);
  return (events[0] as Extract<ServerEvent, { type: 'error' }>).error;
}

describe('a server', () => {
  it('has this conversation with a client (3.12)', () => {
    const machine = new ServerMachine();
    expect(machine.receive(hello)).toEqual([{ type: 'cookie', cookie }]);
    expect(machine.paramExchange()).toEqual(Uint8Array.of(0x09));
    const [asked] = machine.receive(parameters);
    expect(asked).toMatchObject({
      type: 'parameters',
      warnings: [],
      settings: {
        protocol: 'tcp',
        direction: 'reverse',
        mssBytes: 1200,
        windowBytes: 65_536,
        sendPath: 'sendfile',
        title: 'ti',
      },
    });
    expect(machine.createStreams()).toEqual(Uint8Array.of(0x0a));
    expect(machine.testStart()).toEqual(Uint8Array.of(0x01));
    expect(machine.testRunning()).toEqual(Uint8Array.of(0x02));
    expect(machine.receive(testEnd)).toEqual([{ type: 'test-end' }]);
    expect(machine.exchangeResults()).toEqual(Uint8Array.of(0x0d));
    expect(machine.receive(theirs)).toMatchObject([{ type: 'results', results: { senderHasRetransmits: -1 } }]);
    expect(JSON.parse(textOf(machine.results(results)))).toMatchObject({ cpu_util_user: 2.25 });
    expect(machine.displayResults()).toEqual(Uint8Array.of(0x0e));
    expect(machine.receive(bytes(0x10))).toEqual([{ type: 'done' }]);
    expect(machine.phase).toBe('the test was over');
    expect(machine.end()).toEqual([]);
  });

  it('takes results that come without waiting', () => {
    const machine = serverAfter(hello, parameters);
    expect(machine.receive(bytes(testEnd, theirs)).map((event) => event.type)).toEqual(['test-end', 'results']);
  });

  it('says FF to a client that comes too early and FE with two numbers when it fails', () => {
    expect(ServerMachine.accessDenied()).toEqual(Uint8Array.of(0xff));
    expect(new ServerMachine().serverError(141, 105)).toEqual(Uint8Array.of(0xfe, 0, 0, 0, 141, 0, 0, 0, 105));
    expect(new ServerMachine().serverError(-1, 0)).toEqual(Uint8Array.of(0xfe, 255, 255, 255, 255, 0, 0, 0, 0));
    expect(new ServerMachine().terminate()).toEqual(Uint8Array.of(0x0b));
  });

  it.each([
    ['instead of the parameters', [hello]],
    ['while the test runs', [hello, parameters]],
    ['instead of the results', [hello, parameters, testEnd]],
    ['after the results', [hello, parameters, testEnd, theirs]],
  ])('hears the client terminate %s', (_when, received) => {
    expect(serverAfter(...received).receive(bytes(0x0c))).toEqual([{ type: 'client-terminated' }]);
  });

  it.each([
    ['instead of the parameters', [hello], 'waiting for the parameters'],
    ['while the test runs', [hello, parameters], 'the test was running'],
    ['instead of the results', [hello, parameters, testEnd], 'waiting for the results'],
  ])('hears a client give up (10 before its time) %s', (_when, received, phase) => {
    const error = errorOf(serverAfter(...received).receive(bytes(0x10)));
    expect(error.iperf3Number).toBe(119);
    expect(error.message).toContain(phase);
  });

  it.each([
    [[], 106, 'received 0 of 37 bytes'],
    [[hello.subarray(0, 12)], 106, 'received 12 of 37 bytes'],
    [[hello], 109, 'waiting for the parameters: received nothing more'],
    [[hello, parameters.subarray(0, 2)], 109, "received 2 of the 4 bytes of a message's length"],
    [[hello, parameters.subarray(0, 104)], 109, 'received 100 of 233 bytes'],
    [[hello, parameters], 109, 'the test was running'],
    [[hello, parameters, testEnd], 109, 'waiting for the results'],
  ])('says where the conversation stood when the client closes: %#', (received, iperf3Number, where) => {
    const machine = serverAfter(...received);
    const error = errorOf(machine.end());
    expect(error.iperf3Number).toBe(iperf3Number);
    expect(error.message).toContain(where);
    expect(machine.end()).toEqual([]);
  });

  it('has a test in good order when the client leaves without its goodbye', () => {
    expect(serverAfter(hello, parameters, testEnd, theirs).end()).toEqual([{ type: 'done' }]);
  });

  it.each([
    ['a browser', 'GET / HTTP/1.1\r\n'],
    ['a TLS client', '\x16\x03\x01\x02\x00\x01\x00'],
    ['37 letters', 'a'.repeat(37)],
  ])('tells %s from an iperf3 client without waiting for 37 bytes', (_who, text) => {
    const machine = new ServerMachine();
    const error = errorOf(machine.receive(bytes(text)));
    expect(error.iperf3Number).toBe(110);
    expect(error.message).toMatch(/this is no iperf3 client/);
    expect(machine.receive(hello)).toEqual([]);
  });

  it.each([
    [[hello, parameters], bytes(0x09)],
    [[hello, parameters], bytes(0x7f)],
    [[hello, parameters], hello],
    [[hello, parameters, testEnd, theirs], bytes(0x04)],
  ])('does not follow a client that is out of step: %#', (received, next) => {
    expect(errorOf(serverAfter(...received).receive(next)).iperf3Number).toBe(110);
  });

  it('does not end a test that has not begun', () => {
    const machine = new ServerMachine();
    machine.receive(hello);
    expect(machine.receive(bytes(parameters, testEnd)).map((event) => event.type)).toEqual(['parameters', 'error']);
  });

  it.each([
    ['empty', bytes(0, 0, 0, 0), 'is empty'],
    ['too large', bytes(0, 0, 0x20, 1), '8193 bytes'],
    ['absurdly large', bytes(0x7f, 0xff, 0xff, 0xff), '2147483647 bytes'],
    ['what a browser would go on with', bytes('Host: example\r\n'), 'more than the 8192 allowed'],
    ['no JSON', message('{"tcp":tru}'), 'is not JSON'],
    ['cut off and yet announced so', message(parametersOf312.slice(0, 50)), 'is not JSON'],
    ['no object', message('[1,2]'), 'is not a JSON object'],
    ['null', message('null'), 'is not a JSON object'],
    ['too deep', message(`{"a":${'['.repeat(1001)}${']'.repeat(1001)}}`), 'nested more than 1000 deep'],
    ['too deep and never closed', message('['.repeat(8192)), 'nested more than 1000 deep'],
  ])('answers parameters that are %s with error 114', (_what, sent, reason) => {
    const error = errorOf(serverAfter(hello).receive(sent));
    expect(error.iperf3Number).toBe(114);
    expect(error.message).toMatch(/^unable to receive parameters from client/);
    expect(error.message).toContain(reason);
  });

  it('takes parameters of exactly 8192 bytes, a thousand deep, with brackets in strings', () => {
    const nested = `{"x":${'['.repeat(999)}${']'.repeat(999)},"title":"\\"${'[{'.repeat(900)}","extra_data":"`;
    const text = `${nested}${'y'.repeat(8192 - nested.length - 2)}"}`;
    const [event] = serverAfter(hello).receive(message(text));
    expect(event).toMatchObject({ type: 'parameters', warnings: [] });
  });

  it('takes JSON that ends in a NUL, a newline, or has bytes that are not UTF-8', () => {
    for (const tail of ['\0', '\n', '\0garbage']) {
      const [event] = serverAfter(hello).receive(message(`{"udp":true}${tail}`));
      expect(event).toMatchObject({ type: 'parameters', settings: { protocol: 'udp' } });
    }
    const latin1 = bytes(0, 0, 0, 14, '{"title":"f\xfc"}');
    expect(serverAfter(hello).receive(latin1)).toMatchObject([{ type: 'parameters', settings: { title: 'f\ufffd' } }]);
  });
});
