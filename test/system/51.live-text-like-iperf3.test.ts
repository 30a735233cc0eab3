import { describe, it } from 'vitest';
import { commandOfCapture } from '../support/capture-commands.js';
import { captureNames, readCapture } from '../support/captures.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { maskedLines } from '../support/masked-text.js';
import { oneTest } from '../support/one-test.js';

const root = process.getuid?.() === 0;
const OURS = { client: 'vnetperf', server: 'vnetperf' } as const;
const captures = captureNames(/\.txt$/);

/**
 * A server that hears of the end late has one more row, of what came after the last full interval: iperf3's has it too.
 * So rows of one kind that follow each other count once.
 */
function rowsOnce(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== lines[index - 1]);
}

describe.runIf(root).concurrent('the lines and columns of a report are those of iperf3 3.21', () => {
  const modes = captures.filter((name) => /(?<!json-stream)\.client\.txt$/.test(name));

  it.for(modes)('%s', async (clientCapture, { expect }) => {
    using network = new LoopbackNamespace();
    const { client, server } = await oneTest(network.fd, OURS, { clientArguments: commandOfCapture(clientCapture) });

    expect({ status: client.status, stderr: client.stderr }).toEqual({ status: 0, stderr: '' });
    expect(maskedLines(client.stdout)).toEqual(maskedLines(readCapture(clientCapture)));

    expect({ status: server.status, stderr: server.stderr }).toEqual({ status: 0, stderr: '' });
    const serverCapture = clientCapture.replace('.client.', '.server.');
    if (captures.includes(serverCapture)) {
      expect(rowsOnce(maskedLines(server.stdout))).toEqual(rowsOnce(maskedLines(readCapture(serverCapture))));
    }
  });
});
