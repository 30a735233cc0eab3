/** What an interface leaves for later or to its peer. A field is missing where ethtool does not name it. */
export interface Offloads {
  /** TCP segmentation: one large segment crosses the path as one packet. */
  tso?: boolean | undefined;
  /** The kernel's own segmentation, as late as possible. */
  gso?: boolean | undefined;
  /** What arrives is put together before it goes up. */
  gro?: boolean | undefined;
  /** Transmit checksums are not computed in software before this device. */
  txChecksum?: boolean | undefined;
}

const FIELD_BY_FEATURE: Readonly<Record<string, keyof Offloads>> = {
  'tcp-segmentation-offload': 'tso',
  // Stands below and has the last word: the line above is on when any of its parts is, and one of a newer kernel's
  // parts (AccECN) stays on where the part that a segment needs was taken off together with the checksums.
  'tx-tcp-segmentation': 'tso',
  'generic-segmentation-offload': 'gso',
  'generic-receive-offload': 'gro',
  'tx-checksumming': 'txChecksum',
};

/** Reads `ethtool --show-features` of any number of interfaces; by the names that are the same in all versions. */
export function parseOffloads(text: string): Map<string, Offloads> {
  const offloads = new Map<string, Offloads>();
  let current: Offloads = {};
  for (const line of text.split('\n')) {
    const device = /^Features for (\S+):$/.exec(line)?.[1];
    if (device !== undefined) {
      current = {};
      offloads.set(device, current);
      continue;
    }
    const [, feature, state] = /^\t?([\w-]+): (on|off)\b/.exec(line) ?? [];
    const field = feature === undefined ? undefined : FIELD_BY_FEATURE[feature];
    if (field !== undefined) current[field] = state === 'on';
  }
  return offloads;
}
