/** The one-byte states of the control connection, as unsigned bytes: iperf3 declares them signed, so -1 and -2 are FF and FE. */
export const State = {
  testStart: 0x01,
  testRunning: 0x02,
  testEnd: 0x04,
  paramExchange: 0x09,
  createStreams: 0x0a,
  serverTerminate: 0x0b,
  clientTerminate: 0x0c,
  exchangeResults: 0x0d,
  displayResults: 0x0e,
  done: 0x10,
  serverError: 0xfe,
  accessDenied: 0xff,
} as const;

export function stateMessage(state: number): Uint8Array {
  return Uint8Array.of(state);
}

/** SERVER_ERROR with iperf3's error number and the errno behind it (0 = none), both signed 32-bit big-endian. */
export function serverErrorMessage(iperf3Number: number, errno: number): Uint8Array {
  const message = new Uint8Array(9);
  const view = new DataView(message.buffer);
  view.setUint8(0, State.serverError);
  view.setInt32(1, iperf3Number);
  view.setInt32(5, errno);
  return message;
}
