import { describe, expect, it } from 'vitest';
import { commandOfCapture } from '../support/capture-commands.js';
import { captureNames, readCapture, readJsonCapture } from '../support/captures.js';
import { documentShape, shapeDifference } from '../support/document-shape.js';
import { duplicates, type JsonNode, leaves, readJson } from '../support/json-tokens.js';
import { LoopbackNamespace } from '../support/loopback-namespace.js';
import { oneTest } from '../support/one-test.js';

const root = process.getuid?.() === 0;
const OURS = { client: 'vnetperf', server: 'vnetperf' } as const;

/** Each test in a network of its own, so that some can run at a time. */
async function runLive(clientArguments: readonly string[], serverArguments: readonly string[] = []) {
  using network = new LoopbackNamespace();
  return await oneTest(network.fd, OURS, { clientArguments, serverArguments });
}

/** Without the one key that iperf3 does not have, which must be there and stand last. */
function withoutOwnKey(document: JsonNode): JsonNode {
  if (document.type !== 'object') throw new TypeError(`an object expected, not ${document.type}`);
  expect(document.members.at(-1)?.[0]).toBe('vnetperf');
  return { ...document, members: document.members.slice(0, -1) };
}

function compared(printed: string, capture: string) {
  const document = readJson(printed);
  return {
    twice: duplicates(leaves(document)),
    difference: shapeDifference(
      documentShape(withoutOwnKey(document)),
      documentShape(readJson(readJsonCapture(capture))),
    ),
  };
}

describe.runIf(root).concurrent('the keys and types of a document are those of iperf3 3.21', () => {
  const modes = captureNames(/\.client\.json$/).map((name) => name.replace('.client.json', ''));

  it.for(modes)('%s', async (mode, { expect }) => {
    const { client, server } = await runLive([...commandOfCapture(mode), '-J'], ['-J']);
    expect({ client: client.status, server: server.status }).toEqual({ client: 0, server: 0 });
    expect({
      client: compared(client.stdout.slice(client.stdout.indexOf('{')), `${mode}.client.json`),
      server: compared(server.stdout, `${mode}.server.json`),
    }).toEqual({ client: { twice: [], difference: [] }, server: { twice: [], difference: [] } });
  });
});

describe.runIf(root).concurrent('the events of a stream, their keys and types are those of iperf3 3.21', () => {
  /** Each kind of event with its shape, and the order in which the kinds came. */
  function events(text: string) {
    const lines = text.trimEnd().split('\n');
    const names = lines.map((line) => (JSON.parse(line) as { event: string }).event);
    const order = names.filter((name, index) => name !== names[index - 1]);
    const shapes = new Set(
      lines.flatMap((line, index) => documentShape(readJson(line)).map((key) => `${names[index]} ${key}`)),
    );
    return { order, shape: [...shapes], twice: lines.flatMap((line) => duplicates(leaves(readJson(line)))) };
  }

  it.for(captureNames(/json-stream/))('%s', async (name, { expect }) => {
    const { client } = await runLive(commandOfCapture(name));
    const theirs = events(readCapture(name));
    const ours = events(client.stdout);
    expect(client.status).toBe(0);
    expect(ours.order).toEqual([...theirs.order.slice(0, -1), 'vnetperf', 'end']);
    expect(ours.twice).toEqual([]);
    const own = ours.shape.filter((key) => !key.startsWith('vnetperf '));
    expect(shapeDifference(own, theirs.shape)).toEqual([]);
  });

  it('a whole document follows them when it is asked for', async ({ expect }) => {
    const { client } = await runLive([...commandOfCapture('json-stream'), '--json-stream-full-output']);
    const { stdout } = client;
    expect(client.status).toBe(0);
    expect(compared(stdout.slice(stdout.indexOf('\n{\n') + 1), 'tcp.client.json')).toEqual({
      twice: [],
      difference: [],
    });
  });
});
