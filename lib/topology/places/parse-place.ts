import { RequestError, type VnetperfError } from '../../errors.js';
import type { NamespaceSource } from './place.js';

/** What a person may type for somewhere that has a network already. */
const FORMS = "docker:NAME, podman:NAME, netns:NAME, pid:N, host or the path of a namespace's file";

/**
 * Reads `docker:web`, `podman:db`, `netns:blue`, `pid:4711`, `host` or `/run/lab/web.namespace`; whether it is there is not looked at.
 * Throws VnetperfError ERR_UNKNOWN_PLACE.
 */
export function parsePlace(text: string, { engineHost }: { engineHost?: string | undefined } = {}): NamespaceSource {
  if (text === 'host') return { type: 'host' };
  if (text.startsWith('/')) return { type: 'file', path: text };
  const colon = text.indexOf(':');
  const [word, name] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  switch (word) {
    case 'docker':
    case 'podman':
      // A container's name begins with a letter or digit; what begins with a dash would be an option of the engine's.
      if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) {
        return { type: 'container', engine: { program: word, host: engineHost }, container: name };
      }
      throw unknownPlace(`'${text}' does not name a container`, `${word}:NAME`);
    case 'netns':
      // It is a file in /run/netns.
      if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return { type: 'netns', name };
      throw unknownPlace(`'${text}' does not name a network namespace`, 'netns:NAME, as ip netns list shows it');
    case 'pid':
      if (/^[1-9]\d{0,9}$/.test(name)) return { type: 'pid', pid: Number(name) };
      throw unknownPlace(`'${text}' does not name a process`, 'pid:N, a process id');
    default:
      throw unknownPlace(`'${text}' is no place that has a network`, FORMS);
  }
}

function unknownPlace(what: string, form: string): VnetperfError {
  return new RequestError(what, { code: 'ERR_UNKNOWN_PLACE', remedy: `Give ${form}.` });
}
