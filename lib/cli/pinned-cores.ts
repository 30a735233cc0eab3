import { formatCoreList, type Pin, type PinnedCores } from '../configuration/cores.js';
import type { TestSettings } from '../configuration/settings.js';
import { allowedCores } from '../platform/cores.js';
import { readMachine } from '../platform/cpu-topology.js';
import { type EndsToPlace, placeEnds } from '../platform/place-ends.js';
import { placeOnThisMachine } from '../platform/place-on-this-machine.js';
import type { SessionEvent } from '../traffic/events.js';

/** The cores behind --pin. */
export interface ChosenCores extends PinnedCores {
  /** With `auto`: a sentence without a full stop. */
  why?: string;
}

/** Not where a core is busy at this moment, but on the machine as it is at any time. */
export function pinnedCores(pin: Pin | undefined, ends: EndsToPlace): ChosenCores {
  return pin === 'auto' ? placeEnds(readMachine(), ends) : asAsked(pin);
}

/** For a test that begins now: `auto` keeps off the cores that are busy. */
export async function pinnedCoresNow(pin: Pin | undefined, ends: EndsToPlace): Promise<ChosenCores> {
  return pin === 'auto' ? await placeOnThisMachine(ends) : asAsked(pin);
}

/** A bidirectional test has twice the streams, at either end. */
export function endsOf(
  { parallel, direction }: Pick<TestSettings, 'parallel' | 'direction'>,
  receiveCores?: readonly number[],
): EndsToPlace {
  const streams = direction === 'bidirectional' ? 2 * parallel : parallel;
  return { clientStreams: streams, serverStreams: streams, receiveCores };
}

/** A server alone does not know how many will come: as many as there are cores, of which it takes its half. */
export function endsOfServer(cores = allowedCores().length): EndsToPlace {
  return { clientStreams: cores, serverStreams: cores };
}

function asAsked(pin: Exclude<Pin, 'auto'> | undefined): ChosenCores {
  return typeof pin === 'object' ? pin : { client: [], server: [] };
}

/** The line below the one that names the ends, where --pin auto chose. */
export function pinLines({ why }: ChosenCores): string[] {
  return why === undefined ? [] : [`--pin auto: ${why}`];
}

/** The same for a test of which only one end is here. */
export function pinLinesOfSide(side: 'client' | 'server', chosen: ChosenCores): string[] {
  return chosen.why === undefined
    ? []
    : [`--pin auto: this ${side} on core ${formatCoreList(chosen[side])}, of both ends' choice: ${chosen.why}`];
}

/** The result says where the ends were put, too. */
export function withPlacement(event: SessionEvent, { client, server, why }: ChosenCores): SessionEvent {
  if (event.type !== 'end' || why === undefined) return event;
  return { ...event, facts: { ...event.facts, placement: { client, server, why } } };
}
