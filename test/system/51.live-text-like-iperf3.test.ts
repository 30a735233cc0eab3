import { describe, it } from 'vitest';
import { commandOfCapture } from '../support/capture-commands.js';
import { captureNames, readCapture } from '../support/captures.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { maskedLines } from '../support/masked-text.js';
import { oneTest } from '../support/one-test.js';

const root = process.getuid?.() === 0;
const OURS = { client: 'vnetperf', server: 'vnetperf' } as const;
const captures = captureNames(/\.txt$/);

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
      expect(maskedLines(server.stdout)).toEqual(maskedLines(readCapture(serverCapture)));
    }
  });
});
