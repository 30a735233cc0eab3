import { readFileSync } from 'node:fs';
import { addressHolders } from '../containers/address-holders.js';
import type { AddressHolder } from '../containers/choose-subnet.js';
import { reachEngine } from '../containers/engine.js';
import { runInside } from '../places/inside.js';
import { openPlace } from '../places/open-place.js';
import type { EngineAddress, NamespaceSource } from '../places/place.js';

/** What an engine that answers keeps in the network it is in. */
export interface EngineFacts {
  /** For a sentence: `docker at unix:///run/docker.sock`. */
  label: string;
  /** `table/chain` of iptables there. undefined: not a docker, told to leave iptables alone, or no iptables here. */
  chains: readonly string[] | undefined;
  holders: readonly AddressHolder[];
}

/** Throws what reachEngine() throws. */
export async function examineEngine(
  kind: string,
  { program, host }: EngineAddress,
  signal?: AbortSignal,
): Promise<EngineFacts> {
  const engine = await reachEngine(kind, { engine: program, engineHost: host }, signal);
  const [chains, holders] = await Promise.all([
    program === 'docker' && managesIptables(engine.namespace) ? readChains(engine.namespace) : undefined,
    addressHolders(engine),
  ]);
  return { label: host === undefined ? program : `${program} at ${host}`, chains, holders };
}

function managesIptables(source: NamespaceSource): boolean {
  if (source.type !== 'pid') return true;
  try {
    return !/(?:^|\0)--iptables(?:=|\0)false(?:\0|$)/.test(readFileSync(`/proc/${source.pid}/cmdline`, 'utf8'));
  } catch {
    return true;
  }
}

async function readChains(source: NamespaceSource): Promise<string[] | undefined> {
  const place = await openPlace(source);
  try {
    const tables = await Promise.all(
      ['nat', 'filter'].map(async (table) => {
        const { stdout } = await runInside(place.namespace, ['iptables', '--wait', '5', '-t', table, '-S']);
        return [...stdout.matchAll(/^-[NP] (\S+)/gm)].map(([, chain]) => `${table}/${chain}`);
      }),
    );
    return tables.flat();
  } catch {
    return undefined;
  } finally {
    place.close();
  }
}
