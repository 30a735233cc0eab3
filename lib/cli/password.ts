import { iperf3Error } from '../iperf3-errors.js';

/** A terminal, or what stands in for one. */
export interface PasswordTerminal {
  input: NodeJS.ReadStream;
  prompt: { write(text: string): unknown };
}

/** Somebody who went to look for the password comes back within this. */
const patienceMs = 300_000;

/** More than RSA can carry (245 bytes in a 2048 bit key) is never a password. */
const longestPassword = 1024;

/**
 * Asks `Password: ` at the terminal, without echo.
 *
 * @throws error 22 when there is no terminal, nobody answers, or the question is broken off
 */
export async function askPassword(
  terminal: PasswordTerminal = { input: process.stdin, prompt: process.stderr },
): Promise<string> {
  const { input, prompt } = terminal;
  const remedy = 'set IPERF3_PASSWORD, or run at a terminal to be asked';
  if (!input.isTTY) throw iperf3Error(22, { context: 'there is no terminal to ask for the password', remedy });

  prompt.write('Password: ');
  input.setRawMode(true);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      let password = '';
      timer = setTimeout(() => reject(iperf3Error(22, { context: 'nobody typed a password', remedy })), patienceMs);
      input.on('end', () => reject(iperf3Error(22, { context: 'the terminal was closed', remedy })));
      input.on('data', (chunk: Buffer | string) => {
        for (const character of chunk.toString()) {
          // Raw mode: the terminal no longer acts on these itself.
          if (character === '\r' || character === '\n' || character === '\u0004') return resolve(password);
          if (character === '\u0003') return reject(iperf3Error(22, { context: 'interrupted', remedy }));
          if (character === '\u007f' || character === '\b') password = password.slice(0, -1);
          else if (character === '\u0015') password = '';
          else if (password.length < longestPassword) password += character;
        }
      });
      input.resume();
    });
  } finally {
    clearTimeout(timer);
    input.removeAllListeners('data');
    input.removeAllListeners('end');
    input.setRawMode(false);
    // Otherwise the open terminal would keep the process alive after the test.
    input.pause();
    prompt.write('\n');
  }
}
