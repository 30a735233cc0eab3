// The flags both programs get. TCP runs under reno where the host's default is bbr: bbr paces each socket, and pacing,
// not the program, would be what is measured. Every host allows reno to be the default of a namespace.
export const cases = [
  { flags: [], congestion: 'reno' },
  { flags: ['-Z'], congestion: 'reno' },
  { flags: ['-R'], congestion: 'reno' },
  { flags: ['-u', '-b', '0', '-l', '1448'], congestion: undefined },
];
