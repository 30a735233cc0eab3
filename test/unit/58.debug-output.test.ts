import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../lib/configuration/settings.js';
import { ClientMachine } from '../../lib/protocol/client-machine.js';
import { debugLines, reportMessage } from '../../lib/report/stderr-messages.js';
import { exchangeEvents, withDebugEvents } from '../../lib/traffic/debug-events.js';
import type { SessionEvent } from '../../lib/traffic/events.js';

describe('-d', () => {
  it('is what a message of the control connection says, in cJSON’s layout', () => {
    const told: SessionEvent[] = [];
    const machine = new ClientMachine('x'.repeat(36));
    machine.onExchange = exchangeEvents((event) => told.push(event), 1);
    machine.parameters({ ...defaultSettings(), durationSeconds: 3 });
    expect(told).toMatchObject([{ type: 'debug', message: 'send_parameters', document: { tcp: true, time: 3 } }]);
    expect(debugLines(told[0] as never).join('\n')).toMatch(/^send_parameters\n\{\n\t"tcp":\ttrue,\n[\s\S]*\n\}$/);
  });

  it('lets no peer move the cursor', () => {
    const document = { streams: [], server_output_text: 'a\u009b2Jb\u001b[2J' };
    expect(debugLines({ type: 'debug', message: 'get_results', document }).join()).not.toMatch(/[^\P{Cc}\n\t]/u);
  });

  it('goes to standard error beside JSON', () => {
    const [out, err]: [string[], string[]] = [[], []];
    reportMessage(
      { type: 'debug', message: 'SNDBUF is 1, expecting 0' },
      { out: (line) => out.push(line), err: (line) => err.push(line) },
    );
    expect({ out, err }).toEqual({ out: [], err: ['SNDBUF is 1, expecting 0'] });
  });

  it('costs nothing where it is not asked for', () => {
    const listener = () => {};
    expect(withDebugEvents(listener, 0)).toBe(listener);
  });
});
