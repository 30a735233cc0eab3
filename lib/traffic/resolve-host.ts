import { isIP } from 'node:net';
import { iperf3Error } from '../iperf3-errors.js';

export interface ResolvedHost {
  /** Numeric, with %zone where one was given. */
  host: string;
  family: 4 | 6;
}

/** gai_strerror(3)'s words for what Node gives as a code. */
const LOOKUP_SENTENCES: Partial<Record<string, string>> = {
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EAI_FAIL: 'Non-recoverable failure in name resolution',
  EAI_NODATA: 'No address associated with hostname',
  EAI_MEMORY: 'Memory allocation failure',
};

/** How long a name may take to resolve; the resolver's own limit is several times that. */
const LOOKUP_TIMEOUT_MS = 10_000;

/**
 * Every address of a name, in the resolver's order, of one family if asked.
 * @throws VnetperfError with iperf3's number `errorNumber` when there is none.
 */
export async function resolveHost(
  name: string,
  options: { family: 4 | 6 | undefined; device?: string | undefined; errorNumber: number },
): Promise<ResolvedHost[]> {
  const { family, device, errorNumber } = options;
  const zone = device === undefined ? '' : `%${device}`;
  const literal = isIP(name);
  if (literal === 4 || literal === 6) {
    if (family !== undefined && family !== literal) {
      throw iperf3Error(errorNumber, {
        lookup: 'Address family for hostname not supported',
        remedy: `${name} is not an IPv${family} address: leave out -${family}, or give another address.`,
      });
    }
    return [{ host: `${name}${literal === 6 ? zone : ''}`, family: literal }];
  }
  if (name === '') {
    throw iperf3Error(errorNumber, {
      lookup: LOOKUP_SENTENCES.ENOTFOUND,
      remedy: 'Give a name or an address: an empty one is none.',
    });
  }
  let timer: NodeJS.Timeout | undefined;
  try {
    const { lookup } = await import('node:dns/promises');
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${LOOKUP_TIMEOUT_MS / 1000} s`)), LOOKUP_TIMEOUT_MS);
    });
    const found = await Promise.race([lookup(name, { all: true, family: family ?? 0 }), timeout]);
    return found.map(({ address, family: of }) => {
      const resolved: 4 | 6 = of === 6 ? 6 : 4;
      return { host: `${address}${resolved === 6 ? zone : ''}`, family: resolved };
    });
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw iperf3Error(errorNumber, {
      cause,
      lookup: LOOKUP_SENTENCES[code] ?? message,
      remedy: `No ${family === undefined ? '' : `IPv${family} `}address is known for ${name}: check its spelling and the name server, or give the address itself.`,
    });
  } finally {
    clearTimeout(timer);
  }
}
