import { RequestError, type VnetperfError } from '../../errors.js';
import { topologyKind } from '../../topology/kinds.js';
import type { OptionName } from '../../topology/options.js';
import type { Cell, ComparisonPlan } from '../result.js';
import { factorNamed, type VariedFactor } from './factors.js';
import { type PeerCommand, peerClientOptions } from './peer-options.js';

/** Of one comparison, as it was asked for. */
export interface CellsRequest {
  /** The networks; the same one may stand there twice. */
  kinds: readonly string[];
  factors: readonly VariedFactor[];
  /** Options that all cells have. */
  given: readonly GivenOption[];
  /** Programs that stand beside vnetperf, as words. */
  peers: readonly PeerCommand[];
}

export interface GivenOption {
  /** As the option table names it. */
  name: string;
  /** As it is typed. */
  words: readonly string[];
  /** iperf3 has it too. */
  iperf3: boolean;
}

/** A cell in words: what they mean is found out by whoever reads command lines. */
export interface CellInWords extends Cell {
  /** Behind `vnetperf`: `['run', 'bridge', '--pin', '0:1']`. */
  runWords: string[];
  peer?: { command: string[]; clientOptions: string[] } | undefined;
}

export interface PlannedCells extends Pick<ComparisonPlan, 'factors' | 'contrasts'> {
  cells: CellInWords[];
  /** Cells that cannot be. */
  remarks: string[];
}

/** More than anybody waits for, and a table nobody reads. */
const MOST_CELLS = 64;

/** Options that only some kinds know: kinds without such a part go without. */
const OPTION_OF: Readonly<Record<string, OptionName>> = {
  image: 'image',
  engine: 'engine',
  'docker-host': 'engineHost',
  subnet: 'subnet',
  'userland-proxy': 'userlandProxy',
  'ovs-db': 'ovsDatabase',
  'link-rate': 'linkRateBitsPerSecond',
  'link-mtu': 'linkMtuBytes',
  'link-delay': 'linkDelayMs',
  'link-loss': 'linkLossPercent',
  underlay: 'underlayFamily',
  store: 'store',
  'weave-path': 'weavePath',
  'docker-path': 'dockerPath',
  conf: 'cniConf',
  'cni-path': 'cniPath',
};

const OWN_TOOL = 'vnetperf';

/**
 * Every network with every level of every factor and every program; the first of everything is the baseline.
 * Throws VnetperfError ERR_NOTHING_TO_COMPARE, ERR_TOO_MANY_CELLS, ERR_FIXED_AND_VARIED, ERR_UNKNOWN_KIND.
 */
export function planCells(request: CellsRequest): PlannedCells {
  checkNotFixed(request);
  for (const kind of request.kinds) topologyKind(kind);
  const kinds = distinct(request.kinds);
  const tools = distinct([OWN_TOOL, ...request.peers.map((command) => command.join(' '))]);
  const all = [{ name: 'topology', levels: kinds }, ...request.factors, { name: 'tool', levels: tools }];
  const count = all.reduce((product, { levels }) => product * levels.length, 1);
  if (count > MOST_CELLS) {
    throw new RequestError(`that makes ${count} cells (max = ${MOST_CELLS})`, {
      code: 'ERR_TOO_MANY_CELLS',
      remedy: 'Vary fewer factors at once, or fewer levels.',
    });
  }
  const remarks: string[] = [];
  const cells: CellInWords[] = [];
  for (const levels of product(all)) {
    const cell = inWords(levels, request, kinds, tools);
    if (typeof cell === 'string') remarks.push(cell);
    else cells.push({ ...cell, id: `c${cells.length + 1}` });
  }
  if (cells.length < 2) throw nothingToCompare(request, remarks);
  return {
    cells: withTwin(cells),
    factors: all.filter(isVaried).map(copied),
    contrasts: contrastsOf(cells, all),
    remarks,
  };
}

/** The first one is the baseline, and stands there once more (A/A). */
export function withTwin([baseline, ...others]: readonly CellInWords[]): CellInWords[] {
  const { id, name } = baseline!;
  const twin: CellInWords = { ...baseline!, id: `${id}-again`, name: `${name} (A/A)`, role: 'twin' };
  return [{ ...baseline!, role: 'baseline' }, twin, ...others];
}

/**
 * Each cell against the baseline; and where more than one factor varies, each cell against the one that differs in one
 * factor only and has that factor's first level.
 */
function contrastsOf(cells: readonly Cell[], factors: readonly VariedFactor[]): ComparisonPlan['contrasts'] {
  const [baseline, ...others] = cells;
  const contrasts = others.map(({ id }) => ({ cell: id, baseline: baseline!.id }));
  for (const { id, levels } of others) {
    for (const { name, levels: possible } of factors) {
      const first = possible[0]!;
      if (levels[name] === first) continue;
      const simpler = cells.find((candidate) =>
        factors.every(
          (factor) => candidate.levels[factor.name] === (factor.name === name ? first : levels[factor.name]),
        ),
      );
      if (simpler === undefined || simpler.id === baseline!.id) continue;
      contrasts.push({ cell: id, baseline: simpler.id });
    }
  }
  return contrasts;
}

/** A sentence where the cell cannot be. */
function inWords(
  levels: Record<string, string>,
  { kinds, factors, given, peers }: CellsRequest,
  kindLabels: readonly string[],
  toolLabels: readonly string[],
): CellInWords | string {
  const topology = levels.topology!;
  const kind = kinds[kindLabels.indexOf(topology)]!;
  const tool = toolLabels.indexOf(levels.tool!);
  const taken = kindOptions(kind, kinds, given);
  const varied = factors.map(({ name }) => ({ factor: factorNamed(name), level: levels[name]! }));
  const words = [kind, ...varied.flatMap(({ factor, level }) => factor.words(level) ?? [])];
  const runWords = ['run', ...words, ...taken.flatMap((option) => option.words)];
  const name = [
    topology,
    ...varied.map(({ factor, level }) => `${factor.name}=${level}`),
    ...(tool === 0 ? [] : [toolLabels[tool]!]),
  ].join(' ');
  const cell = { id: '', name, role: 'cell', levels, remarks: [], runWords } as const;
  if (tool === 0) return { ...cell, remarks: [], command: [OWN_TOOL, ...runWords] };

  const command = [...peers[tool - 1]!];
  const clientOptions = peerClientOptions(taken, varied);
  if (!Array.isArray(clientOptions)) {
    return `${name} is left out: ${command.join(' ')} has nothing like ${clientOptions.without}`;
  }
  // Both ends of it run inside the network; the address is the network's.
  return {
    ...cell,
    remarks: [],
    command: [...command, '-c', 'SERVER', ...clientOptions],
    peer: { command, clientOptions },
  };
}

/** Those of the given options that a network of this kind has a use for. */
export function kindOptions(kind: string, kinds: readonly string[], given: readonly GivenOption[]): GivenOption[] {
  return given.filter((option) => isTaken(option, kind, kinds));
}

function isTaken({ name }: GivenOption, kind: string, kinds: readonly string[]): boolean {
  const option = OPTION_OF[name];
  if (option === undefined) return true;
  const takes = (candidate: string) => topologyKind(candidate).takes.includes(option);
  // Where no kind takes it the mistake is told, not passed over.
  return takes(kind) || !kinds.some(takes);
}

function checkNotFixed({ factors, given }: CellsRequest): void {
  const names = factors.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new RequestError(`${twice} is varied twice`, {
      code: 'ERR_FACTOR',
      remedy: `Put all its levels behind one --vary ${twice}=.`,
    });
  }
  for (const { name, levels } of factors) {
    const fixed = given.find((option) => factorNamed(name).options.includes(option.name));
    if (fixed === undefined) continue;
    throw new RequestError(`${fixed.words.join(' ')} fixes what --vary ${name}=${levels.join(',')} varies`, {
      code: 'ERR_FIXED_AND_VARIED',
      remedy: 'Leave one of them out.',
    });
  }
}

function nothingToCompare({ kinds }: CellsRequest, remarks: readonly string[]): VnetperfError {
  const [kind = 'bridge'] = kinds;
  const why = remarks.length === 0 ? '' : ` (${remarks.join('; ')})`;
  return new RequestError(`one cell is nothing to compare${why}`, {
    code: 'ERR_NOTHING_TO_COMPARE',
    remedy: `For example: vnetperf compare ${kind} --vary pin=off,auto`,
  });
}

/** What appears twice is numbered: `bridge`, `bridge (2)`. */
function distinct(labels: readonly string[]): string[] {
  return labels.map((label, index) => {
    const before = labels.slice(0, index).filter((other) => other === label).length;
    return before === 0 ? label : `${label} (${before + 1})`;
  });
}

/** The last factor changes fastest. */
function product(factors: readonly VariedFactor[]): Record<string, string>[] {
  return factors.reduce<Record<string, string>[]>(
    (rows, { name, levels }) => rows.flatMap((row) => levels.map((level) => ({ ...row, [name]: level }))),
    [{}],
  );
}

function isVaried({ name, levels }: VariedFactor): boolean {
  return levels.length > 1 || !['topology', 'tool'].includes(name);
}

function copied({ name, levels }: VariedFactor): { name: string; levels: string[] } {
  return { name, levels: [...levels] };
}
