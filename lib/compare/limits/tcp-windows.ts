import type { Limit, TcpSenderMeasurement } from '../measurement.js';
import { percentInWords } from './figures-in-words.js';
import { type JudgedDirection, type JudgedTest, sum } from './judged-test.js';

/** Held up for less of the time than this, it was something else in the main. */
const NOTEWORTHY_PERCENT_OF_TIME = 10;

type HeldUp = 'receiveWindowLimitedSeconds' | 'sendBufferLimitedSeconds';

/** The receiver's window was shut, or the sender's own buffer empty while the program waited for room in it. */
export function windowLimits({ directions }: JudgedTest): Limit[] {
  return directions
    .flatMap((direction) => [
      ...windowLimit(direction, 'receive-window', 'receive window', 'receiveWindowLimitedSeconds'),
      ...windowLimit(direction, 'send-buffer', 'send buffer', 'sendBufferLimitedSeconds'),
    ])
    .sort((a, b) => (b.evidence.percentOfTime ?? 0) - (a.evidence.percentOfTime ?? 0));
}

function windowLimit(direction: JudgedDirection, kind: Limit['kind'], name: string, field: HeldUp): Limit[] {
  const share = shareOfBusyTime(direction, field);
  if (share === undefined || share.percentOfTime < NOTEWORTHY_PERCENT_OF_TIME) return [];
  const { percentOfTime, heldUpSeconds, busySeconds } = share;
  return [
    {
      kind,
      text: `${direction.label}${name}, ${percentInWords(percentOfTime)} of the time`,
      evidence: { percentOfTime, [field]: heldUpSeconds, busySeconds },
    },
  ];
}

/**
 * Of the time in which the senders had something to send (tcpi_busy_time), the part in which they were held up by that.
 * All streams of a direction together; undefined where the kernel or the peer did not tell.
 */
export function shareOfBusyTime(
  { senders }: JudgedDirection,
  field: HeldUp,
): { percentOfTime: number; heldUpSeconds: number; busySeconds: number } | undefined {
  const told = senders.flatMap(({ tcp }) => (tcp === undefined ? [] : [tcp])).filter(tellsTimes);
  const busySeconds = sum(told.map((tcp) => tcp.busySeconds));
  if (busySeconds <= 0) return undefined;
  const heldUpSeconds = sum(told.map((tcp) => tcp[field]));
  return { percentOfTime: (100 * heldUpSeconds) / busySeconds, heldUpSeconds, busySeconds };
}

function tellsTimes(tcp: TcpSenderMeasurement): tcp is TcpSenderMeasurement & Record<HeldUp | 'busySeconds', number> {
  return [tcp.busySeconds, tcp.receiveWindowLimitedSeconds, tcp.sendBufferLimitedSeconds].every(
    (seconds) => seconds !== undefined,
  );
}
