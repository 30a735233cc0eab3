const EXCERPT_BYTES = 40;
const PRINTABLE_SHARE = 0.8;

/** What an unexpected peer said, for an error message: the text when it looks like text, else the first bytes in hex. */
export function describeBytes(bytes: Uint8Array): string {
  const excerpt = bytes.subarray(0, EXCERPT_BYTES);
  const more = bytes.length > excerpt.length ? '...' : '';
  const readable = excerpt.filter((byte) => isPrintable(byte) || byte === 0x0d || byte === 0x0a).length;
  if (isPrintable(excerpt[0] ?? 0) && readable >= PRINTABLE_SHARE * excerpt.length) {
    const text = Array.from(excerpt, (byte) => (isPrintable(byte) ? String.fromCharCode(byte) : ' ')).join('');
    return `"${text.trim()}${more}"`;
  }
  const hex = Array.from(excerpt.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `bytes ${hex}${bytes.length > 8 ? ' ...' : ''}`;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}
