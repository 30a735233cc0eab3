import { FIGURE_COLUMNS, RUN_COLUMNS } from '../report/comparison/csv-columns.js';
import { programName } from './usage-error.js';

/** What `vnetperf report --help` prints. */
export function reportHelpText(): string {
  return `Usage: ${programName} report FILE... [--html] [--svg] [--markdown] [--csv] [--output FILE]

Shows what was measured. FILE is what '${programName} compare' wrote, or what iperf3 or '${programName} run'
printed with -J. Each comparison becomes a section; single tests become one section together, a cell a
file, or a title (-T) where files share it, and get no verdict, since nobody drew their order. Without a
format the table and the verdict go to the terminal. For example:
  ${programName} report compare-4821.json --html
  ${programName} report monday.json tuesday.json --csv --output - | column -s, -t

      --html                  one page with all figures; it works offline and runs no script
      --svg                   the drawing of every run with the medians
      --markdown              table, verdict and commands for an issue or a wiki
      --csv                   a row a run
  -o, --output FILE           where to; - is standard output (beside the first FILE:
                              compare-4821.json -> compare-4821.html). An existing file is
                              overwritten, but never one that is read
  -h, --help                  this text

Columns of the CSV, in RFC 4180 and UTF-8; an empty field is not known:
${columnLines()}`;
}

function columnLines(): string {
  const columns = [
    ...RUN_COLUMNS,
    { name: 'factor_...', meaning: 'level of each factor: topology, pin ...' },
    ...FIGURE_COLUMNS,
  ];
  const width = Math.max(...columns.map(({ name }) => name.length));
  return columns.map(({ name, meaning }) => `  ${name.padEnd(width)}  ${meaning}`).join('\n');
}
