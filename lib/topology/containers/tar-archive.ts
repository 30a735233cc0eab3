const BLOCK_BYTES = 512;
const CHECKSUM_OFFSET = 148;

/** A POSIX ustar archive (pax(1)) of one executable file, owned by root and as old as time itself. */
export function tarArchive(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, 100, 'latin1');
  header.write(octal(0o755, 7), 100);
  header.write(octal(0, 7), 108); // uid
  header.write(octal(0, 7), 116); // gid
  header.write(octal(content.length, 11), 124);
  header.write(octal(0, 11), 136); // mtime
  header.write('0', 156); // a regular file
  header.write('ustar\0', 257);
  header.write('00', 263);
  // The sum is taken as if its own field were blanks.
  header.fill(' ', CHECKSUM_OFFSET, CHECKSUM_OFFSET + 8);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, CHECKSUM_OFFSET);

  const padding = Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES);
  const end = Buffer.alloc(2 * BLOCK_BYTES);
  return Buffer.concat([header, content, padding, end]);
}
