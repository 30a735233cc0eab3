import { limitsOf } from '../compare/limits/limits.js';
import type { Limit, Measurement } from '../compare/measurement.js';
import { type CoreRow, coreRows, coresSharedWithOthers } from '../traffic/core-shares.js';
import type { EndRecord, StreamFacts } from '../traffic/events.js';
import type { BothEndsRun } from '../traffic/run-both-ends.js';
import { byteCoreLines } from './byte-cores.js';
import { carrierLines } from './carrier-lines.js';
import { coreLine } from './core-table.js';
import { costLines } from './cost-lines.js';
import { flowLines } from './flow-lines.js';
import { linkLines } from './link-lines.js';
import { packetLines } from './packet-lines.js';

/**
 * The lines below the report of a client whose server ran on the same machine: what the cores did, where the bytes ran,
 * and what the figures above must not be blamed for. Empty when nothing was measured.
 */
export function runTableLines(
  run: Pick<BothEndsRun, 'end'>,
  measured: Omit<Measurement, 'limits'>,
  verbose = false,
): string[] {
  const { end } = run;
  const client = end.facts;
  const server = client.peer;
  const { cores, carriers, streams: workers, durationSeconds } = measured;
  const rows = coreRows({ cores, carriers, streams: workers, seconds: end.settings.omitSeconds + durationSeconds });
  const limits = limitsOf(measured, end.settings);
  const streams = [...client.streams, ...(server?.streams ?? [])];
  const width = Math.max(2, ...rows.map(({ core }) => `${core}`.length));
  return [
    ...rows.map((row) => coreLine(row, width)),
    ...carrierLines(carriers),
    ...byteCoreLines(client, server),
    ...costLines(measured),
    // -V has them in the report.
    ...(verbose ? [] : packetLines(end)),
    ...flowLines(measured, end.settings),
    ...linkLines(measured),
    ...streams.flatMap(pinLine),
    ...dropLine(streams, end.settings.gro),
    ...foreignLine(rows),
    ...limitsLine(limits, end),
    ...adviceLines(end, rows, limits),
  ];
}

/** The kernel may allow fewer cores than were asked for (a cpuset), which makes pinning say something else. */
function pinLine({ id, role, pin }: StreamFacts): string[] {
  const same = pin.asked.length === pin.got.length && pin.asked.every((core) => pin.got.includes(core));
  if (pin.asked.length === 0 || same) return [];
  return [`stream ${id}'s ${role} was to run on core ${pin.asked.join(',')}, but ran on ${pin.got.join(',')}`];
}

/** The kernel counts what it drops as it holds it: with receive offload many datagrams together. */
function dropLine(streams: StreamFacts[], coalesced: boolean): string[] {
  const drops = streams.reduce((sum, { socketBufferDrops }) => sum + socketBufferDrops, 0);
  if (drops === 0) return [];
  const unit = coalesced ? 'packet of coalesced datagrams' : 'datagram';
  const units = coalesced ? 'packets of coalesced datagrams' : 'datagrams';
  const dropped = drops === 1 ? `1 ${unit} was` : `${drops} ${units} were`;
  return [
    `${dropped} lost in the receiving socket's full buffer, not by the network`,
    'try: a lower -b, or a larger -w with sysctl -w net.core.rmem_max=33554432',
  ];
}

/** On a machine that does other work too, a figure says as much about that work as about the network. */
function foreignLine(rows: CoreRow[]): string[] {
  const others = coresSharedWithOthers(rows);
  if (others.length === 0) return [];
  return [`other processes used core ${others.join(' and ')} meanwhile: repeat the run on an idle machine`];
}

/** What the marks and sentences around it do not say. */
function limitsLine(limits: readonly Limit[], end: EndRecord): string[] {
  if (limits.every((limit) => isSaidElsewhere(limit, end))) return [];
  return [`limited by: ${limits.map(({ text }) => text).join('; ')}`];
}

function isSaidElsewhere({ kind, evidence }: Limit, { settings }: EndRecord): boolean {
  if (kind === 'carrier-thread' || kind === 'socket-buffer') return true;
  if (kind === 'core-saturated') return evidence.core !== undefined;
  return kind === 'pacing' && settings.fqRateBitsPerSecond === 0;
}

/** What to try next, where there is something this version can do about the limit. */
function adviceLines(end: EndRecord, rows: CoreRow[], limits: readonly Limit[]): string[] {
  if (end.settings.protocol === 'udp') return [];
  const streams = [...end.facts.streams, ...(end.facts.peer?.streams ?? [])];
  const options = uncopiedPaths(end, streams, rows);
  if (options.length > 0)
    return [`try: ${options.join(' ')} removes ${options.length === 1 ? 'a copy' : 'both copies'}`];
  if (end.settings.fqRateBitsPerSecond > 0 || !limits.some(({ kind }) => kind === 'pacing')) return [];
  const paced = streams.find((stream) => stream.role === 'sender' && stream.paced);
  return [
    `the kernel paced the sender (${paced?.congestion ?? 'unknown'} congestion control), below what the path may carry`,
    ...(paced?.congestion === 'bbr' ? ['try: -C cubic'] : []),
  ];
}

/** Options that would spare a core without time left a copy. `auto` finds none for SCTP and Multipath TCP. */
function uncopiedPaths({ settings, streams: ends }: EndRecord, streams: StreamFacts[], rows: CoreRow[]): string[] {
  if (settings.protocol !== 'tcp' || settings.mptcp) return [];
  const busy = new Set(rows.filter(({ saturated, ends }) => saturated && ends !== '').map(({ core }) => core));
  const copies = (role: StreamFacts['role']) =>
    streams.some((s) => s.role === role && s.path === 'copy' && s.bytesByCore.some(({ core }) => busy.has(core)));
  const keepsWhatComes = ends.some(({ stream, file }) => !stream.sender && file !== undefined);
  return [
    ...(copies('sender') ? ['--send-path auto'] : []),
    ...(copies('receiver') && !keepsWhatComes ? ['--receive-path auto'] : []),
  ];
}
