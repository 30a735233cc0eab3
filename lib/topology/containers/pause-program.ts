/** A machine as container engines name it (GOARCH). */
export type Architecture = keyof typeof PROGRAMS;

interface Program {
  /** e_machine of elf(5). */
  machine: number;
  code: readonly number[];
}

/** Little-endian words of four bytes, as AArch64's instructions are. */
function words(...values: readonly number[]): number[] {
  return values.flatMap((value) => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]);
}

const PROGRAMS = {
  amd64: {
    machine: 62,
    code: [
      ...[0xb8, 34, 0, 0, 0], // mov eax, __NR_pause
      ...[0x0f, 0x05], // syscall
      ...[0xeb, 0xf7], // jmp to the start: a signal that was handled ends pause(2)
    ],
  },
  arm64: {
    machine: 183,
    code: words(
      ...[0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004], // mov x0 .. x4, #0
      0xd2800928, // mov x8, #__NR_ppoll: there is no pause(2)
      0xd4000001, // svc #0
      0x17fffff9, // b to the start
    ),
  },
} as const satisfies Record<string, Program>;

export function hasPauseProgram(architecture: string): architecture is Architecture {
  return Object.hasOwn(PROGRAMS, architecture);
}

const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const LOAD_ADDRESS = 0x400000n;
/** The largest page of either machine: a segment must be aligned to it. */
const PAGE_BYTES = 0x10000n;

/** A static executable that waits and does nothing else, until it is killed: one segment, no libraries, no data. */
export function pauseProgram(architecture: Architecture): Uint8Array {
  const { machine, code } = PROGRAMS[architecture];
  const codeOffset = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;
  const file = Buffer.alloc(codeOffset + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(LOAD_ADDRESS + BigInt(codeOffset), 24); // e_entry
  file.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32); // e_phoff
  file.writeUInt16LE(ELF_HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56); // e_phnum

  file.writeUInt32LE(1, ELF_HEADER_BYTES); // PT_LOAD
  file.writeUInt32LE(5, ELF_HEADER_BYTES + 4); // PF_R | PF_X
  file.writeBigUInt64LE(LOAD_ADDRESS, ELF_HEADER_BYTES + 16);
  file.writeBigUInt64LE(LOAD_ADDRESS, ELF_HEADER_BYTES + 24);
  file.writeBigUInt64LE(BigInt(file.length), ELF_HEADER_BYTES + 32);
  file.writeBigUInt64LE(BigInt(file.length), ELF_HEADER_BYTES + 40);
  file.writeBigUInt64LE(PAGE_BYTES, ELF_HEADER_BYTES + 48);
  file.set(code, codeOffset);
  return file;
}
