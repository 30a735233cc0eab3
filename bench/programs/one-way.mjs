/** The measurement of a program that tells little: one stream from the client to the server. */
export function oneWay({ seconds, cores }, { receivedBytes, bitsPerSecond, datagrams, lost, retransmits }) {
  const stream = (end, role) => ({
    id: 1,
    end,
    role,
    bytes: receivedBytes,
    bytesByCore: [{ core: cores[end], bytes: receivedBytes }],
    migrations: 0,
    pin: { asked: [cores[end]], got: [cores[end]] },
  });
  return {
    durationSeconds: seconds,
    bitsPerSecond,
    directions: [
      {
        from: 'client',
        receivedBytes,
        bitsPerSecond,
        ...(retransmits === undefined ? {} : { retransmits }),
        ...(datagrams === undefined ? {} : { datagrams, lost, lostPercent: (100 * lost) / Math.max(1, datagrams) }),
      },
    ],
    streams: [stream('client', 'sender'), stream('server', 'receiver')],
    intervals: [],
    limits: [],
    warnings: [],
  };
}
