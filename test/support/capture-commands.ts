const TCP = ['-t', '2', '-b', '50M'];
const UDP = ['-u', '-l', '1400', '-t', '2', '-b', '5M'];

/** What the client was asked for when iperf3 3.21's captures were taken, by the name before the role. */
const clientArguments: Readonly<Record<string, readonly string[]>> = {
  tcp: TCP,
  'tcp-reverse': [...TCP, '-R'],
  'tcp-bidir': [...TCP, '--bidir'],
  'tcp-parallel2': [...TCP, '-P', '2'],
  'tcp-omit': [...TCP, '-O', '1'],
  'tcp-bytes': ['-n', '2M', '-b', '50M'],
  'tcp-zerocopy': [...TCP, '-Z'],
  'tcp-verbose': [...TCP, '-V'],
  'tcp-server-output': [...TCP, '--get-server-output'],
  'json-stream': [...TCP, '--json-stream'],
  udp: UDP,
  'udp-reverse': [...UDP, '-R'],
  'udp-bidir': [...UDP, '--bidir'],
  'udp-parallel2': [...UDP, '-P', '2'],
  'udp-omit': [...UDP, '-O', '1'],
  'udp-64bit': [...UDP, '--udp-counters-64bit'],
  'udp-json-stream': [...UDP, '--json-stream'],
  'udp-gsro': ['-u', '-l', '1400', '-t', '2', '-b', '200M', '--gsro'],
};

/** @throws Error for a capture whose command nobody wrote down. */
export function commandOfCapture(name: string): readonly string[] {
  const [mode = ''] = name.split('.');
  const found = clientArguments[mode];
  if (found === undefined) throw new Error(`no command is known for the capture ${name}`);
  return found;
}
