import { constants } from 'node:os';
import { RequestError, type VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';

/** More than any kernel is built for (NR_CPUS); bounds what a range may expand to. */
const highestCore = 8191;

/** Which cores the two ends of a test use; `off` = wherever the scheduler puts them, `auto` = chosen for the machine. */
export type Pin = 'off' | 'auto' | PinnedCores;

/** The cores of the two ends of a test. */
export interface PinnedCores {
  /** Dealt to the client's streams in turn; empty = not pinned. */
  client: number[];
  /** The same for the server's streams. */
  server: number[];
}

/**
 * `0,2-4` is [0, 2, 3, 4]. The order is kept: cores are dealt to streams in turn.
 * @param refused The error of the option that the list is for.
 */
export function parseCoreList(text: string, refused: (reason: string) => VnetperfError = pinError): number[] {
  const cores: number[] = [];
  for (const part of text.split(',')) {
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
    const first = Number(range?.[1]);
    const last = range?.[2] === undefined ? first : Number(range[2]);
    if (range === null || last < first || last > highestCore) {
      throw refused(`'${text}' is not a list of cores`);
    }
    for (let core = first; core <= last; core++) cores.push(core);
  }
  return cores;
}

/** `off`, `auto`, or CLIENT:SERVER; a side left empty is not pinned. Without a colon: only `thisSide`, where there is one. */
export function parsePin(text: string, thisSide: 'client' | 'server' | undefined): Pin {
  if (text === 'off' || text === 'auto') return text;
  const [first = '', second, ...others] = text.split(':');
  if (others.length > 0) throw pinError(`'${text}' has more than two sides`);
  if (second === undefined) {
    if (thisSide === undefined) throw pinError(`'${text}' does not say which side it is for`);
    return { client: [], server: [], [thisSide]: parseCoreList(first) };
  }
  const cores = {
    client: first === '' ? [] : parseCoreList(first),
    server: second === '' ? [] : parseCoreList(second),
  };
  if (cores.client.length + cores.server.length === 0) throw pinError(`'${text}' names no core`);
  return cores;
}

/**
 * Refuses cores that this process may not use.
 *
 * @throws error 132 naming the core and those that are allowed.
 */
export function checkCores(cores: readonly number[], allowed: readonly number[]): void {
  const missing = cores.find((core) => !allowed.includes(core));
  if (missing === undefined) return;
  const list = formatCoreList(allowed);
  throw iperf3Error(132, {
    errno: constants.errno.EINVAL,
    context: `core ${missing} is not one that this process may use; it may use ${list}`,
    remedy: `Choose from ${list}.`,
  });
}

/** [0, 1, 2, 5] is `0-2,5`. */
export function formatCoreList(cores: readonly number[]): string {
  const sorted = [...new Set(cores)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const core of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === core - 1) last[1] = core;
    else ranges.push([core, core]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

function pinError(reason: string): VnetperfError {
  return new RequestError(
    `bad value for --pin: ${reason} (off, auto, or cores as CLIENT:SERVER, for example 0,2:1,3)`,
    {
      code: 'ERR_PIN',
      remedy: 'lscpu -e lists the cores of this machine.',
    },
  );
}
