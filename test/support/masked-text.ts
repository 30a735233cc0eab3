/**
 * A report's lines without their figures: every digit becomes `#`, and every field keeps its width and its place. What
 * iperf3 prints in as many columns as it needs (`%d`, percentages, jitter beyond 10 ms) becomes one `#`.
 */
export function maskedLines(text: string): string[] {
  return withoutSlivers(text.split('\n')).map(maskedLine);
}

function maskedLine(line: string): string {
  return (
    line
      // Which host, which moment and which program cannot be the same; where and in what form they stand is.
      .replace(/^iperf 3\.21 \(vnetperf [^)]*\)$/, 'iperf 3.21')
      .replace(/^Linux \S+ .+$/, 'Linux')
      .replace(/^(Time: )[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/, '$1date')
      .replace(/^( {6}Cookie: )[a-z2-7]{36}$/, '$1cookie')
      .replace(/^((?:snd|rcv)_tcp_congestion )[a-z]+$/, '$1name')
      .replace(/\d+\.\d% \(\d+\.\d%u\/\d+\.\d%s\)/g, '#% (#%u/#%s)')
      // Four columns and a prefix: ` 611 KBytes` or `1.19 MBytes`.
      .replace(/(?: {2}\d| \d\d|\d\.\d|\d\d\.|\d{3})\d [KMGT](Bytes|bits)/g, '#### ?$1')
      // Retransmits stand in three columns.
      .replace(/(bits\/sec {2})[ \d]{2}\d(?= )/, '$1###')
      .replace(/\d+\.\d{3} ms {2}\d+\/\d+ \([\d.e+-]+%\)/, '#.### ms  #/# (#%)')
      .replace(/\d/g, '#')
  );
}

/** A row that is shorter than this is no interval: a tenth of the second that the captures have. */
const SLIVER_SECONDS = 0.1;

/**
 * Without the rows of the last moment (`2.00-2.00`). Both programs print one when something still moved between the
 * last tick and the end, which is chance in either.
 */
function withoutSlivers(lines: string[]): string[] {
  const rest = lines.filter((line) => {
    const [, start, end] = / (\d+\.\d\d)-(\d+\.\d\d) +sec /.exec(line) ?? [];
    return start === undefined || Number(end) - Number(start) > SLIVER_SECONDS;
  });
  // Each interval of several streams begins with a separator, a sliver too.
  return rest.filter((line, index) => !(line.startsWith('- - ') && line === rest[index - 1]));
}
