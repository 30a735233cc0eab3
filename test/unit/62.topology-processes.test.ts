import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planTopology } from '../../lib/topology/kinds.js';
import { inside, type Step } from '../../lib/topology/plan.js';
import { failedStep, type StepProcess, stepProcesses } from '../../lib/topology/step-processes.js';

/** Of plans whose steps are all commands. */
function commandProcesses(steps: readonly Step[]): StepProcess[] {
  return stepProcesses(steps).map((process) => {
    if (process.type !== undefined) throw new Error(`a ${process.type} step among commands`);
    return process;
  });
}

describe('few processes build a network', () => {
  it.each([
    ['loopback', ['loopback']],
    ['veth', ['client', 'server']],
    ['bridge', ['switch', 'client', 'server']],
  ])('%s takes one for each namespace', async (kind, namespaces) => {
    const processes = commandProcesses((await planTopology(kind)).steps);
    expect(processes.map((process) => process.namespace)).toEqual(namespaces);
  });

  it('a batch names its commands without the program, one to a line', () => {
    const [process] = commandProcesses([inside('client', 'ip link set lo up'), inside('client', 'ip link set x0 up')]);
    expect(process).toMatchObject({
      command: ['ip', '-batch', '-'],
      lines: [
        ['link', 'set', 'lo', 'up'],
        ['link', 'set', 'x0', 'up'],
      ],
    });
  });

  it.each<[string, Step]>([
    ['another program', inside('client', 'tc qdisc show')],
    ['an option in front', inside('client', 'ip -4 address flush dev x0')],
    ['a word with a space', { ...inside('client', 'ip link set x0 alias'), command: ['ip', 'link', 'a b'] }],
    ['an undo of its own', { namespace: 'client', command: ['ip', 'link', 'show'], undo: ['ip', 'link', 'show'] }],
    ['another namespace', inside('server', 'ip link set lo up')],
    ['no namespace', { namespace: null, command: ['ip', 'link', 'show'], undo: ['true'] }],
  ])('%s stands alone', (_, odd) => {
    const even = inside('client', 'ip link set lo up');
    expect(commandProcesses([even, even, odd, even]).map((process) => process.steps.length)).toEqual([2, 1, 1]);
  });

  it('no step is lost, doubled or moved', () => {
    const steps = fc.array(
      fc.constantFrom(
        inside('client', 'ip link set lo up'),
        inside('server', 'ip link set lo up'),
        inside('client', 'tc qdisc show'),
      ),
    );
    fc.assert(
      fc.property(steps, (plan) => {
        expect(commandProcesses(plan).flatMap((process) => process.steps)).toEqual(plan);
      }),
    );
  });

  it('the failing step of a batch is found by the line that ip names', () => {
    const steps = ['one0', 'two0', 'three0'].map((name) => inside('client', `ip link set ${name} up`));
    const [process] = commandProcesses(steps);
    expect(failedStep(process!, 'Cannot find device "two0"\nCommand failed -:2')).toBe(steps[1]);
    expect(failedStep(process!, 'nsenter: reassociate to namespace failed')).toBe(steps[0]);
    expect(failedStep(process!, 'Command failed -:9')).toBe(steps[0]);
  });
});
