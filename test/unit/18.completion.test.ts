import { describe, expect, it } from 'vitest';
import { commands } from '../../lib/cli/commands.js';
import { parseCompareArguments } from '../../lib/cli/compare/arguments.js';
import { compareOptions } from '../../lib/cli/compare/options.js';
import { bashScript } from '../../lib/cli/completion/bash.js';
import { completed, everyOption, offeredLevels } from '../../lib/cli/completion/completed.js';
import { fishScript } from '../../lib/cli/completion/fish.js';
import { zshScript } from '../../lib/cli/completion/zsh.js';
import { emptyDraft } from '../../lib/cli/draft.js';
import { iperf3Options } from '../../lib/cli/iperf3-options.js';
import { clientOptions } from '../../lib/cli/options/client-options.js';
import { commonOptions } from '../../lib/cli/options/common-options.js';
import { ownOptionActions } from '../../lib/cli/options/own-options.js';
import { bothEndsOptions, ownOptions, runOptions } from '../../lib/cli/own-options.js';
import { kinds } from '../../lib/topology/kinds.js';

const tables = [...iperf3Options, ...ownOptions, ...bothEndsOptions, ...runOptions, ...compareOptions];

describe.each([
  ['bash', bashScript()],
  ['zsh', zshScript()],
  ['fish', fishScript()],
])('the script for %s', (shell, script) => {
  it.each(tables.map(({ long, short }) => [long, short] as const))('has --%s', (long, short) => {
    if (shell === 'fish') {
      expect(script).toMatch(new RegExp(`^complete .*${short === undefined ? '' : ` -s ${short}`} -l ${long} `, 'm'));
    } else {
      expect(script).toMatch(new RegExp(`['* ]--${long}['= \\[]`));
      if (short !== undefined) expect(script).toMatch(new RegExp(`['* |]-${short}[+ |'\\[]`));
    }
  });

  it('has every command and every kind of network', () => {
    const words = [...commands.flatMap((command) => command.words.split(' ')), ...kinds.keys()];
    for (const word of words) expect(script).toMatch(new RegExp(`(?<![\\w-])${word}(?![\\w-])`));
  });

  it('holds no text of the machine that it was made on', () => {
    expect(script).not.toContain(process.cwd());
  });
});

it('one spelling takes the same in every command', () => {
  for (const { options } of completed()) {
    for (const { long, short, argument } of options) {
      const one = everyOption().find((option) => option.long === long)!;
      expect({ long, argument }).toEqual({ long, argument: one.argument });
      if (short !== undefined) expect({ long, short }).toEqual({ long, short: one.short });
    }
  }
});

describe('what is offered is taken', () => {
  const actions = { ...commonOptions, ...clientOptions, ...ownOptionActions };
  const listed = tables.flatMap(({ name, offers }) => {
    const act = (actions as Record<string, (typeof actions)['pin']>)[name];
    return typeof offers === 'object' && act !== undefined ? offers.map((word) => ({ name, word, act })) : [];
  });

  it.each(listed.map(({ name, word, act }) => [name, word, act] as const))('--%s %s', (_, word, act) => {
    act(emptyDraft('run'), word);
  });

  it.each(offeredLevels().flatMap(({ factor, levels }) => levels.map((level) => `${factor}=${level}`)))(
    '--vary %s',
    (varied) => {
      const network = varied.startsWith('topology=') ? [] : ['veth'];
      parseCompareArguments([...network, '--vary', varied]);
    },
  );
});
