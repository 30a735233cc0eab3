import { existsSync } from 'node:fs';
import { RequestError, TopologyError, type VnetperfError } from '../errors.js';
import type { BuildWatch } from './build-watch.js';
import type { Journal } from './journal.js';
import { claimJournal, nameInUse, readJournals } from './journal-files.js';
import { Lab } from './lab.js';
import { makerOf, newLabIdentity } from './lab-identity.js';
import { openNamed } from './named-namespace.js';
import type { TopologyOptions } from './options.js';
import { openPlace } from './places/open-place.js';
import { buildVerified, type VerifiedLab } from './topology.js';

/** A network that stands by a name, whoever is running. */
export interface NamedLab extends VerifiedLab {
  journal: Journal;
}

/**
 * Builds a network that outlives this process. Throws VnetperfError ERR_LAB_NAME, ERR_NAME_IN_USE, ERR_INTERRUPTED
 * and whatever topology() throws; nothing is left behind then.
 */
export async function bringUp(
  kind: string,
  options: TopologyOptions,
  name: string,
  watch: BuildWatch = {},
): Promise<NamedLab> {
  checkName(name);
  // Looked at twice: here to say so at once, and when the name is taken, where two cannot have it.
  if (namedLabs().some((journal) => journal.name === name)) throw nameInUse(name);
  const built = await buildVerified(kind, options, newLabIdentity({ named: true }), name, watch);
  return { ...built, journal: built.lab.leave() };
}

/** Removes a named lab, whichever process made it. Throws VnetperfError ERR_NO_LAB, ERR_LAB_BUSY, ERR_TOPOLOGY_REMOVAL. */
export async function takeDown(name: string): Promise<void> {
  const { short } = find(name);
  const release = claimJournal(short);
  if (release === undefined) throw busy(name, 'is being removed by another process');
  try {
    const journal = find(name);
    if (journal.status === 'building' && makerOf(journal.id) === 'alive') throw busy(name, 'is still being built');
    await (await Lab.attach(journal)).close();
  } finally {
    release();
  }
}

export interface NamedJournal extends Journal {
  name: string;
}

/** In the order of their names. */
export function namedLabs(): NamedJournal[] {
  return readJournals()
    .filter((journal): journal is NamedJournal => journal.name !== undefined)
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** What `exec` and `ls` call an end, and where it is in the plan. */
export function endpointsOf(journal: Journal): { name: string; namespace: string; ipv4?: string; ipv6?: string }[] {
  return journal.pairs.flatMap((pair, index) =>
    (['client', 'server'] as const).map((role) => {
      const { namespace, ipv4, ipv6 } = pair[role];
      return {
        name: index === 0 ? role : `${role}${index + 1}`,
        namespace,
        ...(ipv4 && { ipv4 }),
        ...(ipv6 && { ipv6 }),
      };
    }),
  );
}

/**
 * Opens the network namespace of an end, or of whatever else of the plan has one. Throws VnetperfError ERR_NO_LAB,
 * ERR_NO_ENDPOINT.
 */
export async function openEndpoint(lab: string, endpoint: string): Promise<{ fd: number }> {
  const journal = find(lab);
  const namespaces = [...journal.namespaces.map(({ name }) => name), ...journal.adopted.map(({ as }) => as)];
  const ends = endpointsOf(journal);
  const wanted = ends.find(({ name }) => name === endpoint)?.namespace ?? endpoint;
  if (!namespaces.includes(wanted)) {
    const known = [...new Set([...ends.map(({ name }) => name), ...namespaces])];
    throw new TopologyError(`${lab} has no endpoint ${endpoint}`, {
      code: 'ERR_NO_ENDPOINT',
      remedy: `Choose one of: ${known.join(', ')}.`,
    });
  }
  const adopted = journal.adopted.find(({ as }) => as === wanted);
  if (adopted !== undefined) return (await openPlace(adopted.from)).namespace;
  const named = journal.namespaces.find(({ name }) => name === wanted)!;
  const fd = openNamed(named);
  if (fd !== undefined) return { fd };
  const what = existsSync(`/run/netns/${named.netns}`) ? 'is not the one that was made' : 'is gone';
  throw new TopologyError(`the namespace ${named.netns} of ${lab} ${what}`, {
    code: 'ERR_NO_ENDPOINT',
    remedy: `Remove what is left with: vnetperf topology down ${lab}`,
  });
}

/** Its namespaces are files of that name with a dash and more behind it. */
function checkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) return;
  throw new RequestError(`'${name}' cannot be the name of a network`, {
    code: 'ERR_LAB_NAME',
    remedy: 'Give up to 64 letters, digits, dots, dashes or underscores, a letter or digit first.',
  });
}

function find(name: string): NamedJournal {
  const labs = namedLabs();
  const journal = labs.find((lab) => lab.name === name);
  if (journal !== undefined) return journal;
  const names = labs.map((lab) => lab.name).join(', ');
  throw new TopologyError(`there is no network named ${name}`, {
    code: 'ERR_NO_LAB',
    remedy: names === '' ? `Build one with: vnetperf topology up KIND --name ${name}` : `Choose one of: ${names}.`,
  });
}

function busy(name: string, what: string): VnetperfError {
  return new TopologyError(`${name} ${what}`, { code: 'ERR_LAB_BUSY', remedy: 'Wait a moment and try again.' });
}
