import { nearestWord } from '../configuration/nearest-word.js';
import { VnetperfError } from '../errors.js';
import { iperf3Error } from '../iperf3-errors.js';
import { commandWords, programName } from './usage-error.js';

/** The command that was probably meant where the word is none. */
export function meantCommand(word = ''): string | undefined {
  const near = nearestWord(word, commandWords());
  return near === undefined || near === word ? undefined : `did you mean ${programName} ${near}?`;
}

/** An operand where iperf3 takes none is a command that does not exist, most likely a KIND without `run`. */
export function missingRoleError(operand = ''): VnetperfError {
  if (operand === '') return iperf3Error(2);
  const remedy = meantCommand(operand);
  if (remedy !== undefined) {
    const details = { code: 'ERR_UNKNOWN_COMMAND', iperf3Number: 2, remedy };
    return new VnetperfError(`there is no command '${operand}' (${remedy})`, details);
  }
  return new VnetperfError(
    `there is no command '${operand}' (to build a network and measure it: vnetperf run ${operand})`,
    {
      code: 'ERR_UNKNOWN_COMMAND',
      iperf3Number: 2,
      remedy: `vnetperf run ${operand}`,
    },
  );
}

export function twoPlaces([client, server, ...others]: readonly string[]): [client: string, server: string] {
  if (client === undefined || server === undefined) {
    throw new VnetperfError('between needs two places, for example: vnetperf between docker:web docker:db', {
      code: 'ERR_NO_PLACE',
    });
  }
  if (others.length > 0) {
    throw new VnetperfError(`between measures from one place to one other: what is '${others[0]}'?`, {
      code: 'ERR_EXTRA_OPERAND',
    });
  }
  return [client, server];
}

/** Of `run`. */
export function oneKind([kind, ...others]: readonly string[]): string {
  if (kind === undefined) {
    throw new VnetperfError('run needs the kind of network to build, for example: vnetperf run veth', {
      code: 'ERR_NO_KIND',
    });
  }
  if (others.length > 0) {
    throw new VnetperfError(`run builds one network: what is '${others[0]}'?`, { code: 'ERR_EXTRA_OPERAND' });
  }
  return kind;
}
