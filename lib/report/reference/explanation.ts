import { rateInWords } from '../../compare/limits/figures-in-words.js';
import type { LinkMeasurement } from '../../compare/link-measurement.js';
import type { PublishedFigure, PublishedLoss, PublishedRate, PublishedSource } from './published-figures.js';
import { publishedLineCarries } from './published-packets.js';

/** What this machine measured of the same kind. */
export interface OwnTest {
  bitsPerSecond: number;
  /** Across hosts. */
  link?: LinkMeasurement | undefined;
  /** UDP. */
  askedBitsPerSecond?: number | undefined;
}

/** How near a ratio must come to that of the headers to be explained by them. */
const NEAR = 0.015;
/** Nearer than this, the line is what limits. */
const LINE_IS_FULL_PERCENT = 98;

/**
 * Why the published figure and ours differ, where the arithmetic of packets on a line explains it, else that it does not.
 * @param ownOf Ours of what a figure is of.
 */
export function explanation(
  figure: PublishedFigure,
  source: PublishedSource,
  own: OwnTest | undefined,
  ownOf: (figure: PublishedFigure) => OwnTest | undefined,
): string {
  if (figure.quantity === 'round-trip') return 'not explained by arithmetic: it is the time that processors take';
  if (figure.quantity === 'loss') return lossExplanation(figure, own);
  if (figure.protocol === 'udp') {
    const theirs = udpExplanation(figure, source.lineBitsPerSecond);
    return own === undefined ? theirs : `${theirs}; ${ownAsked(own)}`;
  }
  if (figure.baseKind !== undefined) return shareExplanation(figure, figure.baseKind, source, own, ownOf);
  if (figure.withinOneHost === true) {
    return 'within one host there is no line: not explained by arithmetic, it is how fast the processors move bytes';
  }
  if (source.lineBitsPerSecond === undefined) {
    return 'what the others of this source are held against; not explained by arithmetic: the rate of its line is not known';
  }
  return lineExplanation(figure, source.lineBitsPerSecond, own);
}

function lineExplanation(figure: PublishedRate, lineBitsPerSecond: number, own: OwnTest | undefined): string {
  const carries = publishedLineCarries(lineBitsPerSecond, figure.kind, 'tcp');
  const theirs =
    `${percent(figure.bitsPerSecond / carries)} of the ${rateInWords(carries)} that ` +
    `${rateInWords(lineBitsPerSecond)} carries of such packets`;
  return own === undefined ? theirs : `${theirs}; ${ownOnLine(own, lineBitsPerSecond)}`;
}

function ownOnLine({ bitsPerSecond, link }: OwnTest, lineBitsPerSecond: number): string {
  const { rateBitsPerSecond, carriesBitsPerSecond } = link ?? {};
  if (rateBitsPerSecond === undefined || carriesBitsPerSecond === undefined) {
    return 'ours has no --link-rate: it is the speed of this machine, and not to be compared';
  }
  const reached = bitsPerSecond / carriesBitsPerSecond;
  if (rateBitsPerSecond !== lineBitsPerSecond) {
    return `ours ${percent(reached)} of what ${rateInWords(rateBitsPerSecond)} carries`;
  }
  return 100 * reached >= LINE_IS_FULL_PERCENT
    ? `ours ${percent(reached)}: the line is the limit`
    : `ours ${percent(reached)}: something before the line is the limit`;
}

function udpExplanation(figure: PublishedRate, lineBitsPerSecond: number | undefined): string {
  const { bitsPerSecond, askedBitsPerSecond = bitsPerSecond, lostPercent, upToBitsPerSecond } = figure;
  const lost = lostPercent === undefined ? '' : `, ${lostPercent} % lost`;
  const ends = [bitsPerSecond, ...(upToBitsPerSecond === undefined ? [] : [upToBitsPerSecond])];
  const arrived = ends.map((end) => percent(end / askedBitsPerSecond)).join(' to ');
  const asked = `${rateInWords(askedBitsPerSecond)} were asked for, of which ${arrived} came${lost}`;
  if (lineBitsPerSecond === undefined) return asked;
  const carries = rateInWords(publishedLineCarries(lineBitsPerSecond, figure.kind, 'udp'));
  return `${asked}; ${rateInWords(lineBitsPerSecond)} carries ${carries} of its datagrams`;
}

function shareExplanation(
  figure: PublishedRate,
  baseKind: string,
  source: PublishedSource,
  own: OwnTest | undefined,
  ownOf: (figure: PublishedFigure) => OwnTest | undefined,
): string {
  const base = source.figures.find((other) => other.quantity === 'rate' && other.kind === baseKind) as PublishedRate;
  const share = figure.bitsPerSecond / base.bitsPerSecond;
  const byHeaders = publishedLineCarries(1, figure.kind, 'tcp') / publishedLineCarries(1, baseKind, 'tcp');
  const verdict = Math.abs(share - byHeaders) <= NEAR ? 'which explains it' : 'the rest is not explained by arithmetic';
  const headers =
    byHeaders === 1 ? 'headers explain nothing of it' : `headers alone leave ${percent(byHeaders)}, ${verdict}`;
  const ownBase = ownOf(base);
  const ours =
    own === undefined || ownBase === undefined
      ? ''
      : `; ours ${percent(own.bitsPerSecond / ownBase.bitsPerSecond)} of ${baseKind}`;
  return `${percent(share)} of ${base.name}: ${headers}${ours}`;
}

/** What was sent, which loss depends on. */
function lossExplanation(figure: PublishedLoss, own: OwnTest | undefined): string {
  const theirs = `at ${rateInWords(figure.askedBitsPerSecond)}`;
  return own === undefined ? theirs : `${theirs}; ${ownAsked(own)}`;
}

function ownAsked({ askedBitsPerSecond }: OwnTest): string {
  return askedBitsPerSecond === undefined
    ? 'at which rate ours was sent is not known'
    : `ours at ${rateInWords(askedBitsPerSecond)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
