import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../lib/protocol/byte-reader.js';
import { ClientMachine } from '../../lib/protocol/client-machine.js';
import { ServerMachine } from '../../lib/protocol/server-machine.js';
import { fuzzProtocol } from '../fuzz/protocol-fuzz.js';
import { bytes, cookie, message, parametersOf312, resultsOf312 } from '../support/protocol-vectors.js';

/** A client that waits for results. */
function waitingClient(): ClientMachine {
  const machine = new ClientMachine(cookie);
  machine.receive(bytes(0x09));
  machine.parameters({ ...JSON.parse('{}'), protocol: 'tcp' });
  machine.receive(bytes(0x0a, 0x01, 0x02));
  machine.testEnd();
  machine.receive(bytes(0x0d));
  return machine;
}

/** A server that waits for results. */
function waitingServer(): ServerMachine {
  const machine = new ServerMachine();
  machine.receive(bytes(cookie, 0, message(parametersOf312)));
  machine.testRunning();
  machine.receive(bytes(0x04));
  return machine;
}

describe('bytes from a stranger', () => {
  it('never make a machine throw or speak after its last word (fuzzed)', { timeout: 60_000 }, () => {
    const seed = Number(process.env.VNETPERF_FUZZ_SEED ?? Date.now() % 2 ** 31);
    const seconds = Number(process.env.VNETPERF_FUZZ_SECONDS ?? 2.5);
    console.log(`protocol fuzzer: VNETPERF_FUZZ_SEED=${seed} VNETPERF_FUZZ_SECONDS=${seconds}`);
    const seen = fuzzProtocol(seed, seconds * 1000);
    console.log(`protocol fuzzer: ${seen.conversations} conversations, ${JSON.stringify(seen.events)}`);
    // A fuzzer that never gets through the door tests nothing: every event must have been reached.
    for (const event of [
      'display-results',
      'results',
      'done',
      'parameters',
      'server-terminated',
      'client-terminated',
    ]) {
      expect(seen.events[event] ?? 0, event).toBeGreaterThan(0);
    }
  });

  it('get no memory for what they only announce', () => {
    const before = process.memoryUsage().arrayBuffers;
    const waiting = Array.from({ length: 50 }, () => {
      const client = waitingClient();
      expect(client.receive(bytes(0x04, 0, 0, 0, '{'))).toEqual([]);
      const server = waitingServer();
      expect(server.receive(bytes(0x00, 0x40, 0, 0, '{'))).toEqual([]);
      return [client, server];
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(waiting.length).toBe(50);
  });

  it('are refused as soon as they announce more than the cap', () => {
    const [toClient] = waitingClient().receive(bytes(0x04, 0, 0, 1));
    expect(toClient).toMatchObject({ type: 'error', error: { iperf3Number: 117 } });
    const [toServer] = waitingServer().receive(bytes(0x00, 0x40, 0, 1));
    expect(toServer).toMatchObject({ type: 'error', error: { iperf3Number: 117 } });
  });

  it('may be results of megabytes, as a server\u2019s whole output is', () => {
    const text = 'x'.repeat(5 * 1024 * 1024);
    const long = `${resultsOf312.slice(0, -1)},"server_output_text":"${text}"}`;
    const whole = message(long);
    const machine = waitingClient();
    const events = [];
    for (let offset = 0; offset < whole.length; offset += 65_536) {
      events.push(...machine.receive(whole.subarray(offset, offset + 65_536)));
    }
    expect(events).toMatchObject([{ type: 'results', results: { serverOutput: { text } } }]);
  });

  it('are kept in no more than twice the room they take, and never more than the item', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 20 }),
        (length, chunkSizes) => {
          const reader = new ByteReader();
          let fed = 0;
          for (const size of chunkSizes) {
            reader.feed(new Uint8Array(size));
            fed += size;
            const item = reader.take(length);
            expect(item === undefined).toBe(fed < length);
            if (item !== undefined) {
              expect(item.length).toBe(length);
              return;
            }
            expect(reader.waiting.length).toBe(fed);
            expect(reader.allocatedBytes).toBeLessThanOrEqual(Math.min(length, Math.max(4096, 2 * fed)));
          }
        },
      ),
    );
  });
});
