import type { Hop } from '../../topology/read-hops.js';
import type { ReportedCell } from '../reported-cell.js';
import { medianRun } from '../reported-cell.js';
import { commandLine, environmentRows } from './facts.js';
import { type Content, element } from './markup.js';
import type { ReportSection } from './section.js';
import { timeText } from './section-words.js';
import { table } from './table.js';

/** Text that a double click copies whole. */
export function repeatPart({ plan, written }: ReportSection): Content {
  const cells = plan.cells.filter(({ command, role }) => command.length > 0 && role !== 'twin');
  return [
    written === undefined
      ? undefined
      : [
          element('p', {}, 'All of it, in the same order:'),
          element('pre', {}, element('code', {}, commandLine(['vnetperf', ...written.command]))),
        ],
    cells.length === 0
      ? undefined
      : [
          element('p', {}, 'One run of each cell:'),
          element('pre', {}, element('code', {}, cells.map(({ command }) => commandLine(command)).join('\n'))),
        ],
  ];
}

export function planPart({ plan, runs, written }: ReportSection): Content {
  if (written === undefined) return undefined;
  const facts: [string, string][] = [
    ['seed', `${plan.seed}`],
    ['measured blocks planned', `${plan.blocks}${plan.precision === undefined ? '' : ', or fewer'}`],
    ['warm-up blocks, thrown away', `${plan.warmUpBlocks}`],
    ['time of a run', plan.secondsPerRun === 0 ? 'until an amount has arrived' : `${plan.secondsPerRun} s`],
    ...(plan.precision === undefined
      ? []
      : ([['wanted precision', `±${(100 * plan.precision).toFixed(1)} %`]] as [string, string][])),
    ...(plan.timeLimitSeconds === undefined
      ? []
      : ([['time limit', `${plan.timeLimitSeconds} s`]] as [string, string][])),
    ...plan.factors.map(({ name, levels }): [string, string] => [name, levels.join(', ')]),
    ...plan.cells.flatMap(({ name, remarks }) => remarks.map((remark): [string, string] => [name, remark])),
  ];
  const name = (id: string) => plan.cells.find((cell) => cell.id === id)?.name ?? id;
  const blocks = [...new Set(runs.map(({ block }) => block))];
  return [
    table('Plan', [{ title: 'what' }, { title: 'as planned' }], facts),
    table(
      'Order of the runs: in each block every cell once, in a new order',
      [{ title: 'block' }, { title: 'begun' }, { title: 'cells' }],
      blocks.map((block) => {
        const own = runs.filter((run) => run.block === block);
        const number = block < 0 ? 'warm-up' : `${block + 1}`;
        return [number, timeText(own[0]?.startedAt ?? ''), own.map(({ cell }) => name(cell)).join(', ')];
      }),
    ),
  ];
}

/** Each cell's way as it was verified before the median run. */
export function networkPart(cells: readonly ReportedCell[]): Content {
  return cells.flatMap((one): Content[] => {
    const path = medianRun(one)?.measurement.path;
    if (path === undefined) return [];
    return [
      element(
        'p',
        {},
        element('strong', {}, one.cell.name),
        `: ${path.description}. Path MTU ${path.pathMtuBytes} bytes.`,
      ),
      path.remarks.length === 0
        ? undefined
        : element(
            'ul',
            {},
            path.remarks.map((remark) => element('li', {}, remark)),
          ),
      table(
        `Interfaces from client to server, ${one.cell.name}`,
        ['interface', 'namespace', 'kind', 'MTU', 'qdisc', 'offloads'].map((title) => ({
          title,
          numeric: title === 'MTU',
        })),
        path.hops.map((hop) => [
          hop.interface,
          hop.namespace,
          kindText(hop),
          `${hop.mtuBytes}`,
          hop.qdisc,
          offloadsText(hop),
        ]),
      ),
    ];
  });
}

function kindText({ kind, master }: Hop): string {
  return master === undefined ? kind : `${kind}, port of ${master}`;
}

function offloadsText({ offloads }: Hop): string {
  if (offloads === undefined) return 'not known';
  return Object.entries(offloads)
    .flatMap(([name, on]) => (on === undefined ? [] : [`${OFFLOADS[name] ?? name} ${on ? 'on' : 'off'}`]))
    .join(', ');
}

const OFFLOADS: Readonly<Record<string, string>> = { tso: 'TSO', gso: 'GSO', gro: 'GRO', txChecksum: 'tx checksum' };

export function environmentPart({ environment }: ReportSection): Content {
  if (environment === undefined) return undefined;
  return table('Read before the first run', [{ title: 'what' }, { title: 'as found' }], environmentRows(environment));
}
