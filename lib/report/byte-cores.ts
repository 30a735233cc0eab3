import type { StreamFacts, VnetperfFacts } from '../traffic/events.js';

type End = Pick<VnetperfFacts, 'streams'>;

/**
 * Where the bytes ran, in a sentence for each direction: `no migrations; all bytes sent from core 0 and received on
 * core 1`.
 */
export function byteCoreLines(client: End, server: End | undefined): string[] {
  const migrations = [...client.streams, ...(server?.streams ?? [])].reduce(
    (sum, stream) => sum + stream.migrations,
    0,
  );
  const forward = directionSentence(of(client, 'sender'), of(server, 'receiver'));
  const reverse = directionSentence(of(server, 'sender'), of(client, 'receiver'));
  const moved = migrationCount(migrations);
  if (forward !== '' && reverse !== '') return [moved, `client to server: ${forward}`, `server to client: ${reverse}`];
  const sentence = forward === '' ? reverse : forward;
  return [sentence === '' ? moved : `${moved}; ${sentence}`];
}

function of(end: End | undefined, role: StreamFacts['role']): StreamFacts[] {
  return end?.streams.filter((stream) => stream.role === role) ?? [];
}

function migrationCount(count: number): string {
  if (count === 0) return 'no migrations';
  return count === 1 ? '1 migration' : `${count} migrations`;
}

function directionSentence(senders: StreamFacts[], receivers: StreamFacts[]): string {
  const sent = coresOf(senders);
  const received = coresOf(receivers);
  const parts = [
    ...(sent.names === '' ? [] : [`sent from ${sent.names}`]),
    ...(received.names === '' ? [] : [`received on ${received.names}`]),
  ];
  if (parts.length === 0) return '';
  return `${sent.several || received.several ? 'bytes' : 'all bytes'} ${parts.join(' and ')}`;
}

/** `core 0`, or `cores 0 (61 %) and 2 (39 %)`, the busiest first. */
function coresOf(streams: StreamFacts[]): { names: string; several: boolean } {
  const bytesOf = new Map<number, number>();
  for (const { core, bytes } of streams.flatMap(({ bytesByCore }) => bytesByCore)) {
    if (bytes > 0) bytesOf.set(core, (bytesOf.get(core) ?? 0) + bytes);
  }
  const cores = [...bytesOf].sort(([, a], [, b]) => b - a);
  if (cores.length <= 1) return { names: cores.map(([core]) => `core ${core}`).join(''), several: false };
  const total = cores.reduce((sum, [, bytes]) => sum + bytes, 0);
  const shares = cores.map(([core, bytes]) => `${core} (${share(bytes, total)})`);
  return { names: `cores ${shares.slice(0, -1).join(', ')} and ${shares.at(-1)}`, several: true };
}

/** Never 100 % of what is not all, nor 0 % of what is something. */
function share(bytes: number, total: number): string {
  const percent = (100 * bytes) / total;
  if (percent > 99 && percent < 100) return 'over 99 %';
  return percent < 1 ? 'under 1 %' : `${percent.toFixed(0)} %`;
}
