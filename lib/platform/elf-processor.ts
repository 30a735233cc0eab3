import { closeSync, openSync, readSync } from 'node:fs';

/** e_machine of an ELF header, as Node.js names the processors. */
const NAMES: Partial<Record<number, string>> = {
  3: 'ia32',
  21: 'ppc64',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
};

/** The processor that a little-endian ELF file is for; undefined where it is none, or cannot be read. */
export function elfProcessor(path: string): string | undefined {
  const header = Buffer.alloc(20);
  try {
    const file = openSync(path, 'r');
    try {
      if (readSync(file, header, 0, header.length, 0) < header.length) return undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  return header.toString('latin1', 0, 4) === '\x7fELF' ? NAMES[header.readUInt16LE(18)] : undefined;
}
