import type { VnetperfError } from '../errors.js';
import { directionsOf } from '../traffic/direction-ends.js';
import type { ConnectEvent, EndRecord, IntervalRecord, StartEvent, StreamIdentity } from '../traffic/events.js';
import { jsonErrorText } from './error-text.js';
import { jsonEnd } from './json-end.js';
import { jsonInterval } from './json-interval.js';
import { jsonStart } from './json-start.js';
import { reportedVersion } from './reported-version.js';
import type { ReporterDetails } from './reporter.js';

/** What happened in one test, complete or not. */
export interface TestHistory {
  role: 'client' | 'server';
  connected: StreamIdentity[];
  connect: ConnectEvent | undefined;
  start: StartEvent | undefined;
  intervals: IntervalRecord[];
  end: EndRecord | undefined;
  error: VnetperfError | undefined;
}

export function emptyHistory(role: 'client' | 'server'): TestHistory {
  return { role, connected: [], connect: undefined, start: undefined, intervals: [], end: undefined, error: undefined };
}

/** The document that -J prints: iperf3's keys in iperf3's order, then `vnetperf` for all that it has no word for. */
export function jsonDocument(history: TestHistory, details: ReporterDetails): Record<string, unknown> {
  const { role, connect, end, error } = history;
  return {
    ...jsonReport(history, details),
    error: error === undefined ? undefined : jsonErrorText(error, role),
    title: connect?.settings.title ?? details.title,
    extra_data: connect?.settings.extraData ?? details.extraData,
    ...serverOutputMember(end),
    vnetperf: jsonFacts(history, details),
  };
}

/** `start`, `intervals` and `end`: what a server gives its client with --get-server-output. */
export function jsonReport(history: TestHistory, details: ReporterDetails): Record<string, unknown> {
  return {
    start: startObject(history, details),
    intervals: history.intervals.map((interval) => intervalObject(history, interval)),
    end: endObject(history),
  };
}

export function startObject({ connected, connect, start }: TestHistory, details: ReporterDetails): object {
  return jsonStart({
    version: reportedVersion(details.version),
    systemInfo: details.systemInfo,
    connected,
    connect,
    start,
  });
}

export function intervalObject({ connect }: TestHistory, interval: IntervalRecord): object {
  return jsonInterval(interval, connect?.settings.protocol ?? 'tcp');
}

export function endObject({ end }: TestHistory): object {
  return end === undefined ? {} : jsonEnd(end);
}

/** `server_output_json` or `server_output_text`, where the server has given one. */
export function serverOutputMember(
  end: EndRecord | undefined,
): { server_output_json: unknown } | { server_output_text: string } | undefined {
  const output = end?.serverOutput;
  if (output === undefined) return undefined;
  return 'json' in output ? { server_output_json: output.json } : { server_output_text: output.text };
}

/** The value of the key `vnetperf`. A failed test has its error's code and remedy there. */
export function jsonFacts({ end, error }: TestHistory, { version, testNumber }: ReporterDetails): object {
  const lossUnknown = end !== undefined && directionsOf(end).some(({ streams }) => streams.some((s) => s.lossUnknown));
  return {
    version,
    test: testNumber,
    ...end?.facts,
    // iperf3 up to 3.13 does not say how many datagrams it lost in the omit period, and iperf3 has no key to say that.
    lossIncludesOmitted: lossUnknown ? true : undefined,
    error: error === undefined ? undefined : { code: error.code, remedy: error.remedy },
  };
}
