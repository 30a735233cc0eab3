import type { IperfReport } from './iperf-report.js';

/** A line of a server's --json-stream while it runs several tests at once. */
interface ServerEvent {
  event: string;
  test: number;
  data: unknown;
}

/** One test as its server told of it. */
export interface ServedTest {
  number: number;
  cookie: string;
  end: IperfReport['end'];
  error: string | undefined;
  intervals: number;
}

function serverEvents(stdout: string): ServerEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as ServerEvent);
}

/** Those that have ended, in the order of their numbers. */
export function servedTests(stdout: string): ServedTest[] {
  const tests = new Map<number, ServerEvent[]>();
  for (const event of serverEvents(stdout)) tests.set(event.test, [...(tests.get(event.test) ?? []), event]);
  return [...tests]
    .filter(([, events]) => events.some(({ event }) => event === 'end'))
    .map(([number, events]) => {
      const data = (name: string) => events.find(({ event }) => event === name)?.data;
      return {
        number,
        cookie: (data('start') as { cookie: string } | undefined)?.cookie ?? '',
        end: data('end') as IperfReport['end'],
        error: data('error') as string | undefined,
        intervals: events.filter(({ event }) => event === 'interval').length,
      };
    })
    .toSorted((one, other) => one.number - other.number);
}

/** How many tests were under way at once, at the most: started and not yet over. */
export function mostAtOnce(stdout: string): number {
  let now = 0;
  let most = 0;
  for (const { event } of serverEvents(stdout)) {
    if (event === 'start') most = Math.max(most, ++now);
    if (event === 'end') now--;
  }
  return most;
}
