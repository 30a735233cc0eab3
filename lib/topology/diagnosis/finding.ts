/** One thing that was looked at, and what it means to somebody who measures. */
export interface Finding {
  /** error: traffic would not flow, or the figure would be wrong. warning: it would be lower than it could be. */
  severity: 'error' | 'warning' | 'note' | 'ok';
  /** Stable, for programs; an error's is the code of the VnetperfError that `run` throws. */
  code: string;
  /** What and where, with the figures that were seen. */
  message: string;
  /** What to type, or to do. */
  remedy?: string | undefined;
}

/** Why something was found, for the sentence of a finding. */
export interface Cause {
  message: string;
  remedy: string;
}
