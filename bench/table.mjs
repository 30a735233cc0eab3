import { median } from '../build-modules/compare/statistics/median.js';
import { tableLines } from '../build-modules/report/table-layout.js';

const COLUMNS = [
  { title: 'program', numeric: false },
  { title: 'flags', numeric: false },
  { title: 'Gbit/s', numeric: true },
  { title: 'spread', numeric: true },
  { title: 'ours / it', numeric: true },
  { title: '95 % interval', numeric: true },
  { title: 'calls/GB', numeric: true },
  { title: 'B/call', numeric: true },
  { title: 'CPU s/GB', numeric: true },
  { title: 'user', numeric: true },
];
const DATAGRAM_COLUMNS = [
  { title: 'Mdgram/s', numeric: true },
  { title: 'lost', numeric: true },
  { title: 'not accounted for', numeric: true },
];

/** The lines of one row of the bench: a program each. Where two figures are in a column, the client's is the first. */
export function rowLines(row, { plan, runs, analysis }) {
  const udp = row.udpBytes !== undefined;
  const rows = plan.cells.map((cell) => {
    const summary = analysis.cells.find((one) => one.cell === cell.id);
    const contrast = analysis.contrasts.find(({ baseline }) => baseline === cell.id);
    const measured = runs.flatMap((run) =>
      run.cell === cell.id && run.block >= 0 && run.outcome === 'measured' ? run.measurement : [],
    );
    const cost = (field, digits) => both((end) => medianOf(measured, ({ costs }) => costs?.[end]?.[field]), digits);
    const spread = summary.spread === undefined ? '' : `${(100 * summary.spread).toFixed(1)} %`;
    return [
      cell.role === 'twin' ? `${cell.levels.tool} again` : cell.levels.tool,
      flagsOf(row.programs[cell.levels.tool]),
      ...(summary.medianBitsPerSecond === undefined
        ? ['failed', '']
        : [(summary.medianBitsPerSecond / 1e9).toFixed(2), spread]),
      figure(contrast?.ratio, 3),
      (contrast?.interval ?? []).map((bound) => bound.toFixed(3)).join(' - '),
      cost('systemCallsPerGigabyte', 0),
      cost('bytesPerCall', 0),
      cost('cpuSecondsPerGigabyte', 3),
      cost('userPercent', 1).replaceAll(/\d+\.\d/g, '$& %'),
      ...(udp ? datagramTexts(measured, row.udpBytes) : []),
    ];
  });
  const failures = analysis.cells.flatMap(({ cell, failure }) => {
    const { name } = plan.cells.find(({ id }) => id === cell);
    return failure === undefined ? [] : [`${name}: ${failure}`];
  });
  const shared = runs.filter(({ measurement }) => measurement?.warnings.some((text) => text.startsWith('other ')));
  return [
    `${row.network}  line ${row.line}  ${row.title}`,
    ...tableLines(udp ? [...COLUMNS, ...DATAGRAM_COLUMNS] : COLUMNS, rows).map((line) => `  ${line}`),
    ...failures.map((text) => `  failed: ${text}`),
    ...(shared.length === 0 ? [] : [`  other processes used its cores in ${shared.length} of ${runs.length} runs`]),
    '',
  ];
}

function datagramTexts(measured, bytes) {
  const rate = medianOf(measured, ({ bitsPerSecond }) => bitsPerSecond / 8 / bytes / 1e6);
  const lost = medianOf(measured, ({ directions: [{ lostPercent }] }) => lostPercent);
  // Sent, and neither received nor known to be lost; of the worst run.
  const differences = measured.flatMap(({ directions: [{ sentBytes, datagrams }] }) =>
    sentBytes === undefined || datagrams === undefined ? [] : [Math.round(sentBytes / bytes) - datagrams],
  );
  return [
    figure(rate, 3),
    lost === undefined ? '' : `${lost.toFixed(4)} %`,
    differences.length === 0 ? '' : `${differences.toSorted((one, other) => Math.abs(other) - Math.abs(one))[0]}`,
  ];
}

/** Of the limit: its system calls and what else was asked of it. */
function flagsOf({ flags, ...limit }) {
  if (flags !== undefined) return flags.join(' ');
  const { udp, send, receive, block, window, buffer, direction, streams, segments, sendBatch, receiveBatch } = limit;
  return [
    `${send} ${block} / ${receive}`,
    ...(window === undefined ? [] : [`window ${window}`]),
    ...(streams === undefined ? [] : [`${streams} streams`]),
    ...(direction === undefined ? [] : [direction === 'both' ? 'both ways' : 'reversed']),
    ...(segments === undefined ? [] : [`${segments} segments`]),
    ...(udp ? [`batches ${sendBatch} / ${receiveBatch}`] : []),
    ...(buffer === undefined ? [] : [`receive buffer ${buffer}`]),
  ].join(', ');
}

function both(figureOf, digits) {
  const [client, server] = [figureOf('client'), figureOf('server')];
  return client === undefined && server === undefined ? '' : `${figure(client, digits)} / ${figure(server, digits)}`;
}

function figure(value, digits) {
  return value === undefined ? '' : value.toFixed(digits);
}

function medianOf(measured, figureOf) {
  const figures = measured.flatMap((measurement) => figureOf(measurement) ?? []);
  return figures.length === 0 ? undefined : median(figures);
}
