/**
 * Jain's index of what several streams received: 1 = all the same, 1/n = one had it all (RFC 5166, 2.3.2). undefined of
 * one stream, or where nothing came.
 */
export function fairnessOf(receivedBytes: readonly number[]): number | undefined {
  const sum = receivedBytes.reduce((total, bytes) => total + bytes, 0);
  if (receivedBytes.length < 2 || sum < 1) return undefined;
  // Of shares, not of bytes, whose squares are beyond what a double counts exactly.
  const squares = receivedBytes.reduce((total, bytes) => total + (bytes / sum) ** 2, 0);
  return 1 / (receivedBytes.length * squares);
}
