import type { StreamMeasurement } from '../../compare/measurement.js';
import { MEASURE, PINNED, UDP } from '../../compare/suite/container-networks.js';
import type { ReportedCell } from '../reported-cell.js';
import type { PublishedFigure } from './published-figures.js';

/** What `docker-hosts` takes where nothing says which. */
const DEFAULT_DOCKER_PATH = 'B';

/** The first cell that measures what that figure is of. */
export function ownCell(figure: PublishedFigure, cells: readonly ReportedCell[]): ReportedCell | undefined {
  const isUdp = figure.quantity !== 'rate' || figure.protocol === 'udp';
  const pinned = figure.quantity === 'rate' ? figure.pinned : undefined;
  return cells.find(
    (own) =>
      own.cell.role !== 'twin' &&
      (own.cell.levels.tool ?? 'vnetperf') === 'vnetperf' &&
      isNetwork(figure, own) &&
      (isUdp ? isUdpTest(own) : isTcpTest(own, pinned)),
  );
}

/** The kind, and of a kind with several ways across the one that was published. */
export function isNetwork(
  { kind, dockerPath }: Pick<PublishedFigure, 'kind' | 'dockerPath'>,
  own: ReportedCell,
): boolean {
  const { topology } = own.cell.levels;
  if (topology === 'docker-hosts') return dockerPath !== undefined && dockerPathOf(own) === dockerPath;
  return topology === kind && !(kind === 'weave' && isSleeve(own));
}

/** As the network itself says it, which is the same however the option was typed. */
function dockerPathOf(own: ReportedCell): string {
  const said = remarksOf(own).flatMap((remark) => /^path ([A-F]):/.exec(remark)?.[1] ?? []);
  const [path = /--docker-path[= ]([A-F])/i.exec(own.cell.command.join(' '))?.[1]] = said;
  return path?.toUpperCase() ?? DEFAULT_DOCKER_PATH;
}

/** Published are figures of weave's fast path. */
function isSleeve(own: ReportedCell): boolean {
  return own.measured.length > 0
    ? remarksOf(own).some((remark) => remark.startsWith('sleeve:'))
    : /--weave-path[= ]sleeve/.test(own.cell.command.join(' '));
}

function remarksOf({ measured }: ReportedCell): string[] {
  return measured.flatMap(({ measurement }) => measurement.path?.remarks ?? []);
}

/** Of a suite its measure says so, also where every run failed. */
function isUdpTest({ cell, measured }: ReportedCell): boolean {
  const measure = cell.levels[MEASURE];
  if (measure !== undefined) return measure === UDP;
  return measured.length > 0 && measured.every(hasDatagrams);
}

/** @param pinned undefined: either, of a suite the pinned one. */
function isTcpTest({ cell, measured }: ReportedCell, pinned: boolean | undefined): boolean {
  const measure = cell.levels[MEASURE];
  if (measure === UDP || measured.some(hasDatagrams)) return false;
  if (pinned === undefined) return measure === undefined || measure === PINNED;
  if (measured.length === 0) return measure !== undefined && (measure === PINNED) === pinned;
  return measured.every(({ measurement }) => isPinned(measurement.streams) === pinned);
}

function hasDatagrams({ measurement }: ReportedCell['measured'][number]): boolean {
  return measurement.directions.some(({ datagrams }) => datagrams !== undefined);
}

/** Every stream of both ends was bound to cores. */
function isPinned(streams: readonly StreamMeasurement[]): boolean {
  return (['client', 'server'] as const).every((end) => {
    const own = streams.filter((stream) => stream.end === end);
    return own.length > 0 && own.every(({ pin }) => pin !== undefined && pin.asked.length > 0);
  });
}
