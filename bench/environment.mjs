import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { promisify } from 'node:util';

/** What a figure depends on beside the code. */
export async function environmentLines(iperf3) {
  const { stdout } = await promisify(execFile)(iperf3, ['--version']);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return [
    `vnetperf ${version} against ${stdout.split('\n')[0]}`,
    `Linux ${release()}, ${cpus().length} cores of ${cpus()[0]?.model ?? 'an unnamed model'}, Node ${process.version}`,
  ];
}
