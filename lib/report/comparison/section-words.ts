import type { ReportSection } from './section.js';

/** Where the figures come from, in a line. */
export function originText({ sources, written, environment }: ReportSection): string {
  const words = [sources.join(', ')];
  if (written !== undefined) words.push(`written ${timeText(written.createdAt)} by vnetperf ${written.version}`);
  if (environment !== undefined) {
    const { processor, kernel } = environment;
    words.push(`${processor.model ?? 'a processor'} with ${processor.cores} cores, Linux ${kernel}`);
  }
  return words.join('; ');
}

/** What a reader must know before the verdict. */
export function openingNotices({ written, analysis }: ReportSection): string[] {
  const state = written === undefined ? undefined : STATES[written.state];
  return [
    ...(state === undefined ? [] : [state]),
    ...(analysis.noise?.suspicious === true
      ? [
          'The same cell differed from itself by more than chance allows. Believe nothing here before that is explained.',
        ]
      : []),
  ];
}

const STATES: Readonly<Record<NonNullable<ReportSection['written']>['state'], string | undefined>> = {
  complete: undefined,
  interrupted: 'The comparison was interrupted: some planned runs are missing.',
  running: 'The comparison was killed or still runs: some planned runs are missing.',
  'time-limit': 'The comparison ended at its time limit: some planned runs are missing.',
};

/** Without a comparison there is no verdict, and a reader is told why. */
export function verdictSentences({ written, analysis, sources }: ReportSection): string[] {
  if (written !== undefined) {
    return analysis.sentences.length > 0 ? analysis.sentences : ['There are too few runs for a verdict.'];
  }
  return [
    sources.length === 1
      ? 'One test. There is nothing to compare it with, and one run says nothing about the next.'
      : 'No verdict: these tests were run one by one, in an order that nothing randomised, so a difference between them may be one of the time of day.',
    `For a verdict: vnetperf compare`,
  ];
}

/** `2026-11-21 08:00 UTC`; what is no time stays what it is. */
export function timeText(iso: string): string {
  const [, day, minute] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(iso) ?? [];
  return day === undefined || !iso.endsWith('Z') ? iso : `${day} ${minute} UTC`;
}
