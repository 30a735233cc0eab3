import type { VnetperfError } from '../../errors.js';

/** What happened to one thing that carries a mark of ours, told as it happens. */
export interface GcReport {
  /** It is gone. */
  removed(what: string): void;
  /** It is none of ours to remove, as far as this machine can tell. */
  leftAlone(what: string, why: string): void;
  /** It is still there. @param labs Ids of the labs whose journals must stay, because something of theirs does. */
  failed(what: string, error: VnetperfError, ...labs: string[]): void;
}
