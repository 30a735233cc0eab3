import { listInside } from '../places/inside.js';
import { openPlace } from '../places/open-place.js';
import type { NamespaceSource } from '../places/place.js';
import type { AddressHolder } from './choose-subnet.js';
import { askEngine, type ContainerEngine } from './engine.js';
import { dialectOf } from './engine-dialect.js';
import { parseIpv4Prefix } from './ipv4-prefix.js';

/** Shorter than this, a route is a default route or half of one, and says nothing of who uses an address. */
const SHORTEST_TELLING_PREFIX_BITS = 8;
const ATTEMPTS = 3;

/** Who has IPv4 addresses where the engine is: its networks, and the routes of the network it is in. */
export async function addressHolders(engine: ContainerEngine): Promise<AddressHolder[]> {
  const [networks, routes] = await Promise.all([networkSubnets(engine), routesOf(engine.namespace)]);
  return [...networks, ...routes];
}

async function networkSubnets(engine: ContainerEngine): Promise<AddressHolder[]> {
  const format = dialectOf(engine.address).subnetsFormat;
  for (let attempt = 1; ; attempt++) {
    const ids = (await askEngine(engine, ['network', 'ls', '--quiet'])).split('\n').filter((id) => id !== '');
    try {
      const lines = (await askEngine(engine, ['network', 'inspect', '--format', format, ...ids])).split('\n');
      return lines.flatMap((line) => {
        const [name, ...subnets] = line.split(' ');
        return subnets.flatMap((subnet) => holder(subnet, `the network ${name} of the engine`));
      });
    } catch (error) {
      // One of them was removed between the two questions, by another lab for example.
      if (attempt === ATTEMPTS || !/no such network|not found/i.test((error as Error).message)) throw error;
    }
  }
}

async function routesOf(namespace: NamespaceSource): Promise<AddressHolder[]> {
  const place = await openPlace(namespace);
  try {
    const routes = await listInside(place.namespace, ['-4', 'route', 'show', 'table', 'all'], isRoute);
    return routes.flatMap(({ dst, dev, gateway }) => {
      const way = [gateway === undefined ? '' : ` via ${gateway}`, dev === undefined ? '' : ` by ${dev}`].join('');
      return holder(dst, `a route${way} where the engine is`).filter(
        ({ prefix }) => prefix.lengthBits >= SHORTEST_TELLING_PREFIX_BITS,
      );
    });
  } finally {
    place.close();
  }
}

function holder(text: string, name: string): AddressHolder[] {
  const prefix = parseIpv4Prefix(text);
  return prefix === undefined ? [] : [{ prefix, holder: name }];
}

interface Route {
  dst: string;
  dev?: string;
  gateway?: string;
}

function isRoute(value: unknown): value is Route {
  return typeof (value as Partial<Route> | null)?.dst === 'string';
}
