import { checkCores, type Pin, type PinnedCores } from '../configuration/cores.js';
import type { TestSettings } from '../configuration/settings.js';
import { allowedCores } from '../platform/cores.js';
import type { EndsToPlace } from '../platform/place-ends.js';
import { placeOnThisMachine } from '../platform/place-on-this-machine.js';
import type { SessionEvent } from '../traffic/events.js';

/** The cores of both ends of a test; empty = not pinned. */
export interface ChosenCores extends PinnedCores {
  /** Where they were left to vnetperf (`auto`): why these, a sentence without a full stop. */
  why?: string;
}

/** For a test that begins now: `auto` keeps off the cores that are busy. Throws error 132 for a core that may not be used. */
export async function chosenCores(pin: Pin | undefined, ends: EndsToPlace): Promise<ChosenCores> {
  const cores: ChosenCores =
    pin === 'auto' ? await placeOnThisMachine(ends) : typeof pin === 'object' ? pin : { client: [], server: [] };
  checkCores([...cores.client, ...cores.server], allowedCores());
  return cores;
}

/** A client whose server is somewhere else, perhaps on this same machine: its half of both ends' choice. */
export async function coresOfClient(
  cores: readonly number[] | 'auto' = [],
  settings: TestSettings,
): Promise<ChosenCores> {
  return await chosenCores(cores === 'auto' ? 'auto' : { client: [...cores], server: [] }, endsOfTest(settings));
}

/** A server alone does not know how many streams will come: as many as there are cores, of which it takes its half. */
export async function coresOfServer(cores: readonly number[] | 'auto' = []): Promise<ChosenCores> {
  const streams = allowedCores().length;
  const ends = { clientStreams: streams, serverStreams: streams };
  return await chosenCores(cores === 'auto' ? 'auto' : { client: [], server: [...cores] }, ends);
}

/** A bidirectional test has twice the streams, at either end. */
export function endsOfTest(
  { parallel, direction }: Pick<TestSettings, 'parallel' | 'direction'>,
  receiveCores?: readonly number[],
): EndsToPlace {
  const streams = direction === 'bidirectional' ? 2 * parallel : parallel;
  return { clientStreams: streams, serverStreams: streams, receiveCores };
}

/** The result says where the ends were put, too. */
export function withPlacement(event: SessionEvent, { client, server, why }: ChosenCores): SessionEvent {
  if (event.type !== 'end' || why === undefined) return event;
  return { ...event, facts: { ...event.facts, placement: { client, server, why } } };
}
