import { TopologyError, VnetperfError } from '../../errors.js';
import { loadNative } from '../../platform/load-native.js';
import { CommandError } from '../../platform/run-command.js';
import { directionsOf } from '../diagnosis/directions.js';
import { gatherEvidence } from '../diagnosis/evidence.js';
import type { Cause } from '../diagnosis/finding.js';
import { hopFindings } from '../diagnosis/hop-findings.js';
import { likeliest } from '../diagnosis/reach-findings.js';
import { readHops, readOffloads } from '../read-hops.js';
import type { CandidateAddress } from './candidate-addresses.js';
import { surveyPath } from './examine-path.js';
import type { OpenPlace } from './place.js';

/** The error of two places that do not reach each other, with what can be seen of why at the likeliest address. */
export async function withCause(
  error: unknown,
  client: OpenPlace,
  server: OpenPlace,
  address: CandidateAddress | undefined,
): Promise<unknown> {
  if (!(error instanceof VnetperfError) || address === undefined) return error;
  // What hinders the looking is no news beside what is known.
  const cause = await whyUnreachable(client, server, address).catch(() => undefined);
  if (cause === undefined) return error;
  const { code, errno } = error;
  return new TopologyError(`${error.message}: ${cause.message}`, { code, errno, remedy: cause.remedy, cause: error });
}

async function whyUnreachable(
  client: OpenPlace,
  server: OpenPlace,
  address: CandidateAddress,
): Promise<Cause | undefined> {
  const survey = await surveyPath(client, server, address).catch((error) => {
    if (error instanceof CommandError) return undefined;
    throw error;
  });
  if (survey === undefined) {
    return {
      message: `${client.label} has no route to ${address.host}`,
      remedy: `Give it one: ip route add ${address.host} via GATEWAY, in ${client.label}.`,
    };
  }
  const { subject, open, close } = survey;
  try {
    const [states, offloads] = await Promise.all([readHops(open, subject.path), readOffloads(open, subject.path)]);
    const hops = states.map((hop, index) => ({ ...hop, offloads: offloads[index] }));
    const [blocked] = hopFindings(subject, hops);
    if (blocked !== undefined) return { message: blocked.message, remedy: blocked.remedy ?? '' };
    const [direction] = directionsOf(subject);
    return direction && likeliest(await gatherEvidence(direction, subject, hops, open, loadNative()));
  } finally {
    close();
  }
}
