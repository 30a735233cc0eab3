import type { Limit, Measurement } from '../../lib/compare/measurement.js';

/**
 * What a limit claims, held against the other figures of the same measurement: undefined where they bear it out, else
 * what does not.
 */
export function contradiction({ kind, text, evidence }: Limit, measured: Measurement): string | undefined {
  const wrong = (what: string) => `${text}: ${what} (${JSON.stringify(evidence)})`;
  switch (kind) {
    case 'core-saturated': {
      if (evidence.threadPercent !== undefined) {
        const stream = measured.streams.find(({ id }) => id === evidence.stream);
        return evidence.threadPercent >= 90 && stream !== undefined ? undefined : wrong('no such thread');
      }
      const core = measured.cores.find((candidate) => candidate.core === evidence.core);
      if (core === undefined) return wrong('no such core');
      if (core.idle > 10) return wrong(`the core was idle ${core.idle} %`);
      return near(core.system, evidence.systemPercent) && near(core.softirq, evidence.softirqPercent)
        ? undefined
        : wrong(`its shares are ${JSON.stringify(core)}`);
    }
    case 'pacing': {
      const paced = measured.streams.filter((stream) => stream.role === 'sender' && stream.paced === true);
      return paced.length === evidence.pacedStreams ? undefined : wrong(`${paced.length} senders were paced`);
    }
    case 'receive-window':
    case 'send-buffer': {
      const field = kind === 'receive-window' ? 'receiveWindowLimitedSeconds' : 'sendBufferLimitedSeconds';
      const senders = measured.streams.flatMap(({ tcp }) => tcp ?? []);
      const held = senders.reduce((sum, tcp) => sum + (tcp[field] ?? 0), 0);
      const busy = senders.reduce((sum, tcp) => sum + (tcp.busySeconds ?? 0), 0);
      return near((100 * held) / busy, evidence.percentOfTime) ? undefined : wrong(`${held} of ${busy} seconds`);
    }
    case 'retransmits':
    case 'reordering': {
      const retransmits = measured.directions.reduce((sum, direction) => sum + (direction.retransmits ?? 0), 0);
      return evidence.retransmits === retransmits ? undefined : wrong(`${retransmits} were recorded`);
    }
    case 'congestion-window':
      return measured.streams.some(({ tcp }) => tcp !== undefined) ? undefined : wrong('there is no TCP sender');
    default:
      return wrong('nothing here should be limited by that');
  }
}

function near(value: number, claimed: number | undefined): boolean {
  return claimed !== undefined && Math.abs(value - claimed) < 1;
}
