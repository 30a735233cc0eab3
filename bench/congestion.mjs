import { topology } from '../build-modules/topology/topology.js';
import { useCongestion } from './execute.mjs';

const WANTED = 'cubic';
/** Every host lets a namespace have it, and it paces nothing. */
const ALWAYS_THERE = 'reno';

/**
 * How TCP gets to run under cubic. A namespace may only have a default that the host allows
 * (net.ipv4.tcp_allowed_congestion_control). Where cubic is not among them, reno is the default, under which no socket is
 * paced from birth, and each program that has an option for it chooses cubic.
 */
export async function congestionControl() {
  const network = await topology('loopback');
  try {
    await useCongestion(network, WANTED);
    return { default: WANTED, words: `TCP under ${WANTED}, the default of the namespaces` };
  } catch {
    return {
      default: ALWAYS_THERE,
      option: WANTED,
      words: `TCP: the host does not let a namespace default to ${WANTED}; the default is ${ALWAYS_THERE}, and all programs but nuttcp get -C ${WANTED}`,
    };
  } finally {
    await network.close();
  }
}
