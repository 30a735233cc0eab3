/**
 * A UDP stream is opened by one datagram each way: the server learns the client's address from the first, the client
 * knows from the second that the server is there. Since 3.12 both are digits; before, a number in the sender's byte order.
 */
const HELLO = '9876';
const REPLY = '6789';

const LEGACY_REPLY = 987_654_321;

/** Client to server. The server takes any first datagram, so one form serves for all versions. */
export function udpHello(): Uint8Array {
  return Uint8Array.from(Buffer.from(HELLO, 'latin1'));
}

/** Server to client. Clients up to 3.11 read four bytes and do not look at them. */
export function udpHelloReply(): Uint8Array {
  return Uint8Array.from(Buffer.from(REPLY, 'latin1'));
}

/** Whether a datagram is the server's answer, today's or that of a server up to 3.11 of either byte order. */
export function isUdpHelloReply(bytes: Uint8Array): boolean {
  if (bytes.length !== REPLY.length) {
    return false;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (
    Buffer.from(bytes).toString('latin1') === REPLY ||
    view.getUint32(0, true) === LEGACY_REPLY ||
    view.getUint32(0, false) === LEGACY_REPLY
  );
}
