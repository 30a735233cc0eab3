interface Implementer {
  name: string;
  parts: Record<string, string>;
}

/** MIDR_EL1's implementer and part number, as the makers' reference manuals give them; /proc/cpuinfo shows no name. */
const IMPLEMENTERS: Record<string, Implementer> = {
  '0x41': {
    name: 'Arm',
    parts: {
      '0xd03': 'Cortex-A53',
      '0xd04': 'Cortex-A35',
      '0xd05': 'Cortex-A55',
      '0xd07': 'Cortex-A57',
      '0xd08': 'Cortex-A72',
      '0xd09': 'Cortex-A73',
      '0xd0a': 'Cortex-A75',
      '0xd0b': 'Cortex-A76',
      '0xd0c': 'Neoverse-N1',
      '0xd0d': 'Cortex-A77',
      '0xd40': 'Neoverse-V1',
      '0xd41': 'Cortex-A78',
      '0xd44': 'Cortex-X1',
      '0xd46': 'Cortex-A510',
      '0xd47': 'Cortex-A710',
      '0xd48': 'Cortex-X2',
      '0xd49': 'Neoverse-N2',
      '0xd4d': 'Cortex-A715',
      '0xd4e': 'Cortex-X3',
      '0xd4f': 'Neoverse-V2',
      '0xd80': 'Cortex-A520',
      '0xd81': 'Cortex-A720',
      '0xd82': 'Cortex-X4',
      '0xd84': 'Neoverse-V3',
      '0xd8e': 'Neoverse-N3',
    },
  },
  '0x43': { name: 'Cavium', parts: { '0x0a1': 'ThunderX', '0x0af': 'ThunderX2' } },
  '0x46': { name: 'Fujitsu', parts: { '0x001': 'A64FX' } },
  '0x48': { name: 'HiSilicon', parts: { '0xd01': 'TaiShan-v110' } },
  '0x4e': { name: 'NVIDIA', parts: { '0x003': 'Denver 2', '0x004': 'Carmel' } },
  '0x51': { name: 'Qualcomm', parts: { '0x001': 'Oryon' } },
  '0x61': {
    name: 'Apple',
    parts: { '0x022': 'Icestorm', '0x023': 'Firestorm', '0x032': 'Blizzard', '0x033': 'Avalanche' },
  },
  '0xc0': { name: 'Ampere', parts: { '0xac3': 'Ampere-1', '0xac4': 'Ampere-1a' } },
};

/** `Arm Neoverse-N1`; undefined where the pair is not known. */
export function armCoreName(implementer = '', part = ''): string | undefined {
  const maker = IMPLEMENTERS[implementer];
  const name = maker?.parts[part];
  return maker === undefined || name === undefined ? undefined : `${maker.name} ${name}`;
}
