import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OptionDefinition, OptionSyntaxError, scanArguments } from '../../lib/cli/getopt.js';
import { iperf3Options } from '../../lib/cli/iperf3-options.js';
import { bothEndsOptions, ownOptions, runOptions } from '../../lib/cli/own-options.js';

const definitions: OptionDefinition[] = [...iperf3Options, ...ownOptions];

/** `name=value` for options, `:value` for operands. */
function scan(argv: string[], from: OptionDefinition[] = definitions): string[] {
  return [...scanArguments(argv, from)].map((argument) =>
    argument.kind === 'operand' ? `:${argument.value}` : `${argument.name}${suffix(argument.value)}`,
  );
}

function suffix(value: string | undefined): string {
  return value === undefined ? '' : `=${value}`;
}

function complaint(argv: string[]): string {
  try {
    scan(argv);
  } catch (error) {
    expect(error).toBeInstanceOf(OptionSyntaxError);
    return (error as Error).message;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
}

describe('spellings', () => {
  it.each<[string[], string[]]>([
    [['-P', '4'], ['parallel=4']],
    [['-P4'], ['parallel=4']],
    [['--parallel', '4'], ['parallel=4']],
    [['--parallel=4'], ['parallel=4']],
    [['--par', '4'], ['parallel=4']],
    [['-uR'], ['udp', 'reverse']],
    [['-uRP4'], ['udp', 'reverse', 'parallel=4']],
    [
      ['-uRP', '4'],
      ['udp', 'reverse', 'parallel=4'],
    ],
    [['-chost'], ['client=host']],
    [['--title='], ['title=']],
    [['--title', ''], ['title=']],
    [['--bandwidth', '1M'], ['bitrate=1M']],
    [['--linux-congestion', 'reno'], ['congestion=reno']],
    [['--authorized-user', 'f'], ['authorized-users-path=f']],
    [['--debug=3'], ['debug=3']],
    [
      ['--debug', '3'],
      ['debug', ':3'],
    ],
    [
      ['-d', '3'],
      ['debug', ':3'],
    ],
    [['--timestamps=%T '], ['timestamps=%T ']],
    [
      ['--timestamps', '%T'],
      ['timestamps', ':%T'],
    ],
    [['-1'], ['one-off']],
    [
      ['-4', '-6'],
      ['version4', 'version6'],
    ],
  ])('%j', (argv, expected) => {
    expect(scan(argv)).toEqual(expected);
  });

  it('takes the next word as a required argument whatever it looks like', () => {
    expect(scan(['-T', '-u', '--title', '--', '-R'])).toEqual(['title=-u', 'title=--', 'reverse']);
  });

  it('lets operands stand anywhere and ends options at --', () => {
    expect(scan(['a', '-u', 'b', '-', '--', '-R', '--'])).toEqual([':a', 'udp', ':b', ':-', ':-R', ':--']);
  });
});

describe('complaints have the words of glibc', () => {
  it.each<[string[], string]>([
    [['--nonsense'], "unrecognized option '--nonsense'"],
    [['--nonsense=3'], "unrecognized option '--nonsense=3'"],
    [['-y'], "invalid option -- 'y'"],
    [['-uy'], "invalid option -- 'y'"],
    [['-u-'], "invalid option -- '-'"],
    [['-d3'], "invalid option -- '3'"],
    [['-p'], "option requires an argument -- 'p'"],
    [['-up'], "option requires an argument -- 'p'"],
    [['--port'], "option '--port' requires an argument"],
    [['--xb'], "option '--xbind' requires an argument"],
    [['--daemon=3'], "option '--daemon' doesn't allow an argument"],
    [['--dae=3'], "option '--daemon' doesn't allow an argument"],
    [['--ver'], "option '--ver' is ambiguous; possibilities: '--verbose' '--version' '--version4' '--version6'"],
    [['--rsa=x'], "option '--rsa=x' is ambiguous; possibilities: '--rsa-public-key-path' '--rsa-private-key-path'"],
    [['--json-s', '--x'], "option '--json-s' is ambiguous; possibilities: '--json-stream' '--json-stream-full-output'"],
  ])('%j', (argv, expected) => {
    expect(complaint(argv)).toBe(expected);
  });

  it('comes for the first bad option, after the good ones before it', () => {
    const seen: string[] = [];
    expect(() => {
      for (const argument of scanArguments(['-u', '--nonsense', '-y'], definitions)) {
        if (argument.kind === 'option') seen.push(argument.name);
      }
    }).toThrow("unrecognized option '--nonsense'");
    expect(seen).toEqual(['udp']);
  });
});

describe('abbreviations', () => {
  it('of iperf3 options mean what they mean to iperf3, although there are more options here', () => {
    const everything = [...iperf3Options, ...ownOptions, ...bothEndsOptions, ...runOptions];
    for (const { long } of iperf3Options) {
      for (let length = 1; length <= long.length; length++) {
        const argv = [`--${long.slice(0, length)}`, 'argument'];
        expect(outcome(argv, everything), argv[0]).toEqual(outcome(argv, iperf3Options));
      }
    }
  });

  it('of own options work where iperf3 has none', () => {
    expect(scan(['--send-p', 'copy', '--rece', 'copy', '--pin', 'off'])).toEqual([
      'send-path=copy',
      'receive-path=copy',
      'pin=off',
    ]);
    expect(scan(['--pi', 'file'])).toEqual(['pidfile=file']);
  });

  function outcome(argv: string[], from: OptionDefinition[]): string {
    try {
      return scan(argv, from).join(' ');
    } catch (error) {
      return (error as Error).message;
    }
  }
});

describe('property: whatever is written is read back', () => {
  const named = definitions.filter((definition) => definition.long !== 'help');
  const item = fc.oneof(
    fc.record({ operand: fc.string().filter((text) => !text.startsWith('-')) }),
    fc.record({
      definition: fc.constantFrom(...named),
      value: fc.string(),
      spelling: fc.constantFrom('equals' as const, 'apart' as const, 'short' as const, 'attached' as const),
    }),
  );

  it('in any spelling and order', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (items) => {
        const argv: string[] = [];
        const expected: string[] = [];
        for (const one of items) {
          if ('operand' in one) {
            argv.push(one.operand);
            expected.push(`:${one.operand}`);
            continue;
          }
          const { definition, value, spelling } = one;
          const { long, short, name, argument } = definition;
          const usesShort = short !== undefined && (spelling === 'short' || spelling === 'attached');
          if (argument === 'none' || (usesShort && definition.shortArgument === 'none')) {
            argv.push(usesShort ? `-${short}` : `--${long}`);
            expected.push(name);
          } else if (usesShort && argument === 'required') {
            if (spelling === 'attached' && value !== '') argv.push(`-${short}${value}`);
            else argv.push(`-${short}`, value);
            expected.push(`${name}=${value}`);
          } else if (spelling === 'apart' && argument === 'required') {
            argv.push(`--${long}`, value);
            expected.push(`${name}=${value}`);
          } else {
            argv.push(`--${long}=${value}`);
            expected.push(`${name}=${value}`);
          }
        }
        expect(scan(argv)).toEqual(expected);
      }),
    );
  });

  it('clusters of flags are the flags one by one', () => {
    const letters = definitions
      .filter((definition) => definition.short !== undefined && definition.argument === 'none')
      .map((definition) => definition.short!);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 8 }), (flags) => {
        expect(scan([`-${flags.join('')}`])).toEqual(scan(flags.map((flag) => `-${flag}`)));
      }),
    );
  });

  it('any words are read or refused with a sentence, never anything else', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((text) => `-${text}`),
          ),
        ),
        (argv) => {
          try {
            scan(argv);
          } catch (error) {
            expect(error).toBeInstanceOf(OptionSyntaxError);
          }
        },
      ),
    );
  });
});
