import type { Pin, PinnedCores } from '../configuration/cores.js';
import { allowedCores } from '../platform/cores.js';

/**
 * The cores behind --pin. `auto`: client and server on two different cores where there are two, the first ones this
 * process may use; each side of a test across hosts takes its own half of that.
 */
export function pinnedCores(pin: Pin | undefined, allowed: readonly number[] = allowedCores()): PinnedCores {
  if (typeof pin === 'object') return pin;
  if (pin !== 'auto' || allowed.length === 0) return { client: [], server: [] };
  const [first, second] = [allowed.slice(0, 1), allowed.slice(1, 2)];
  return { client: first, server: second.length > 0 ? second : first };
}
