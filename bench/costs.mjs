// What moving the bytes cost each end, as Measurement.costs has it. A gigabyte is 10^9 bytes.

/** @param streams Of one end: bytes, calls, userSeconds, systemSeconds of each thread. */
export function costOf(streams) {
  const sum = (field) => streams.reduce((total, stream) => total + stream[field], 0);
  const gigabytes = sum('bytes') / 1e9;
  const seconds = sum('userSeconds') + sum('systemSeconds');
  if (gigabytes === 0) return undefined;
  return {
    systemCallsPerGigabyte: sum('calls') / gigabytes,
    ...(sum('calls') === 0 ? {} : { bytesPerCall: sum('bytes') / sum('calls') }),
    cpuSecondsPerGigabyte: seconds / gigabytes,
    ...(seconds === 0 ? {} : { userPercent: (100 * sum('userSeconds')) / seconds }),
  };
}

/** Of the key `vnetperf` in a report of ours, which tells of both ends. */
export function costsOfFacts(facts) {
  const costOfEnd = (streams = []) =>
    costOf(
      streams.map(({ bytesByCore, calls, cpu }) => ({
        bytes: bytesByCore.reduce((sum, { bytes }) => sum + bytes, 0),
        calls,
        ...cpu,
      })),
    );
  return { client: costOfEnd(facts.streams), server: costOfEnd(facts.peer?.streams) };
}

/** iperf3 tells of its processes, all that they do included, in percent of the whole test; and of no calls. */
export function costsOfPercentages(percent, { directions, durationSeconds }, { omit }) {
  const gigabytes = directions.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0) / 1e9;
  const seconds = durationSeconds + omit;
  // Bytes are those of the measured time.
  const measured = (gigabytes * seconds) / durationSeconds;
  const cost = (total, user) => {
    if (!(total > 0) || measured === 0) return undefined;
    return {
      cpuSecondsPerGigabyte: ((total / 100) * seconds) / measured,
      userPercent: (100 * user) / total,
    };
  };
  return {
    client: cost(percent?.host_total, percent?.host_user),
    server: cost(percent?.remote_total, percent?.remote_user),
  };
}
