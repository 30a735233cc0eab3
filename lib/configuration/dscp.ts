import { iperf3Error } from '../iperf3-errors.js';
import { leadingCInteger } from './quantities.js';

/** Code points by name: RFC 2474 (CS), RFC 2597 (AF), RFC 3246 (EF), RFC 5865 (VA). */
const codePoints: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Array.from({ length: 8 }, (_, selector) => [`cs${selector}`, selector * 8])),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((group) => [1, 2, 3].map((drop) => [`af${group}${drop}`, group * 8 + drop * 2])),
  ),
  ef: 46,
  va: 44,
};

/** The names of RFC 1349, which are bits of the old TOS byte and no code points. */
const typesOfService: Readonly<Record<string, number>> = { lowdelay: 0x10, throughput: 0x08, reliability: 0x04 };

export const dscpNames: readonly string[] = [...Object.keys(codePoints), ...Object.keys(typesOfService)];

/**
 * The TOS byte for `--dscp`: a number 0-63 (decimal, 0x or 0 prefix) or a name in any case.
 *
 * @throws error 21, which is what iperf3 3.21 says, although it is the DSCP that is wrong.
 */
export function parseDscp(text: string): number {
  const name = text.toLowerCase();
  if (Object.hasOwn(codePoints, name)) return codePoints[name]! * 4;
  if (Object.hasOwn(typesOfService, name)) return typesOfService[name]!;
  const number = leadingCInteger(text);
  if (number === undefined || number.rest !== '' || number.value < 0 || number.value > 63) {
    throw iperf3Error(21, {
      remedy: 'Give --dscp a number from 0 to 63 or a name: af11-13, af21-23, af31-33, af41-43, cs0-7, ef, va.',
    });
  }
  return number.value * 4;
}
