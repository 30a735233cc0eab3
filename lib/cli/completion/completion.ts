import { VnetperfError } from '../../errors.js';
import { SHELLS } from '../commands.js';
import { helpOn } from '../help/help-text.js';
import { UsageError } from '../usage-error.js';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { zshScript } from './zsh.js';

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], () => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/**
 * `vnetperf completion bash|zsh|fish`
 * @returns the exit status.
 * @throws {UsageError}
 */
export async function completionCommandLine([word, ...more]: readonly string[]): Promise<number> {
  if (word === '-h' || word === '--help') {
    process.stdout.write(`${helpOn(['completion'])}\n`);
    return 0;
  }
  const shell = SHELLS.find((candidate) => candidate === word);
  if (shell === undefined || more.length > 0) throw UsageError.from(refusal(word, more[0]), 'completion');
  process.stdout.write(SCRIPTS[shell]());
  return 0;
}

function refusal(word: string | undefined, extra: string | undefined): VnetperfError {
  const known = SHELLS.join(', ');
  if (word === undefined) {
    return new VnetperfError(`completion needs the name of a shell: ${known}`, { code: 'ERR_NO_OPERAND' });
  }
  if (extra !== undefined) return new VnetperfError(`what is '${extra}'?`, { code: 'ERR_EXTRA_OPERAND' });
  return new VnetperfError(`there is no completion for '${word}' (choose from ${known})`, {
    code: 'ERR_UNKNOWN_SHELL',
    remedy: `Choose from ${known}.`,
  });
}
