import { expect } from 'vitest';
import type { LabCommands } from './lab-command.js';

const ATTEMPTS = 6;
/** What a link's rate is held to. */
const TOLERANCE = 0.015;
/** Of what was asked for; the end of a test cuts a last batch. */
const OFFERED_SHARE = 0.98;
const MOST_LOST_PERCENT = 0.1;
const FASTEST_LINK_MBIT = 1000;
const SLOWEST_LINK_MBIT = 125;
/** What is left of cores that are full. */
const FULL_CORES_IDLE_PERCENT = 15;
const ATTEMPTS_WITH_FULL_CORES = 3;

export interface ReceivedRate {
  bitsPerSecond: number;
  /** UDP: with what was lost on the way. */
  offeredBitsPerSecond: number;
  /** UDP. */
  lostPercent: number;
}

/** What `vnetperf run` says of a test. */
export interface RateAndCores extends ReceivedRate {
  /** Of all cores of the machine, on average. */
  idlePercent: number;
}

/**
 * The first good run, or the last: others use this machine too, and what they take is no property of the network.
 */
export async function bestOf<Run>(run: () => Promise<Run>, good: (run: Run) => boolean): Promise<Run> {
  for (let attempt = 1; ; attempt++) {
    const done = await run();
    if (attempt === ATTEMPTS || good(done)) return done;
  }
}

/**
 * The highest rate of the link, in Mbit/s, that the machine is not too slow for, with what was measured at it. A switch in
 * user space carries what its core can: where the run is not good and the cores are full, they are what limits and not the
 * link, and half its rate leaves them room. A run that is not good while cores are idle is returned, as is the last.
 */
async function atRateOfLink(
  run: (linkMbit: number) => Promise<RateAndCores>,
  good: (linkMbit: number, rate: RateAndCores) => boolean,
): Promise<{ linkMbit: number; rate: RateAndCores }> {
  for (let linkMbit = FASTEST_LINK_MBIT; ; linkMbit /= 2) {
    let withFullCores = 0;
    const rate = await bestOf(
      () => run(linkMbit),
      (one) => {
        if (one.idlePercent <= FULL_CORES_IDLE_PERCENT) withFullCores += 1;
        return good(linkMbit, one) || withFullCores === ATTEMPTS_WITH_FULL_CORES;
      },
    );
    const linkLimits = good(linkMbit, rate) || rate.idlePercent > FULL_CORES_IDLE_PERCENT;
    if (linkLimits || linkMbit <= SLOWEST_LINK_MBIT) return { linkMbit, rate };
  }
}

/** TCP over a network whose switches may be in user space. `share` is the payload's of what is on the line. */
export async function expectShareOfLink(
  share: number,
  run: (linkMbit: number) => Promise<RateAndCores>,
): Promise<void> {
  const least = (linkMbit: number) => (1 - TOLERANCE) * share * linkMbit * 1e6;
  const { linkMbit, rate } = await atRateOfLink(run, (mbit, { bitsPerSecond }) => bitsPerSecond > least(mbit));
  expect(rate.bitsPerSecond, `over ${linkMbit} Mbit/s`).toBeGreaterThan(least(linkMbit));
  expect(rate.bitsPerSecond, `over ${linkMbit} Mbit/s`).toBeLessThan((1 + TOLERANCE) * share * linkMbit * 1e6);
}

/** UDP over such a network, sent at a rate in bit/s. */
export async function expectDatagramsToPassOver(
  rateOver: (linkMbit: number) => number,
  run: (linkMbit: number, bitsPerSecond: number) => Promise<RateAndCores>,
): Promise<void> {
  const { linkMbit, rate } = await atRateOfLink(
    (mbit) => run(mbit, rateOver(mbit)),
    (mbit, one) => passed(rateOver(mbit), one),
  );
  expect(rate.offeredBitsPerSecond, `over ${linkMbit} Mbit/s`).toBeGreaterThan(OFFERED_SHARE * rateOver(linkMbit));
  expect(rate.lostPercent, `over ${linkMbit} Mbit/s`).toBeLessThan(MOST_LOST_PERCENT);
}

/** What `vnetperf run ...` says of the receiver, two seconds. */
export async function receivedRate(lab: LabCommands, ...words: string[]): Promise<RateAndCores> {
  const { status, stdout, stderr } = await lab.run('run', ...words, '-t', '2', '-J');
  expect(status, `run ${words.join(' ')}: ${stderr}${stdout}`).toBe(0);
  const { start, end, vnetperf } = JSON.parse(stdout);
  const idle = (vnetperf.cores as { idle: number }[]).map((core) => core.idle);
  const { bits_per_second: bitsPerSecond, packets = 0, seconds, lost_percent: lostPercent = 100 } = end.sum_received;
  return {
    bitsPerSecond,
    offeredBitsPerSecond: (8 * packets * start.test_start.blksize) / seconds,
    lostPercent,
    idlePercent: idle.reduce((sum, percent) => sum + percent, 0) / idle.length,
  };
}

/** A run that is too fast is not tried again: it never becomes right. */
export async function expectGoodput(expected: number, run: () => Promise<ReceivedRate>): Promise<void> {
  const { bitsPerSecond } = await bestOf(run, (one) => one.bitsPerSecond > (1 - TOLERANCE) * expected);
  expect(bitsPerSecond).toBeGreaterThan((1 - TOLERANCE) * expected);
  expect(bitsPerSecond).toBeLessThan((1 + TOLERANCE) * expected);
}

/** They were sent at the rate that was asked for, and arrived. */
export async function expectDatagramsToPass(
  askedBitsPerSecond: number,
  run: () => Promise<Pick<ReceivedRate, 'offeredBitsPerSecond' | 'lostPercent'>>,
): Promise<void> {
  const { offeredBitsPerSecond, lostPercent } = await bestOf(run, (one) => passed(askedBitsPerSecond, one));
  expect(offeredBitsPerSecond).toBeGreaterThan(OFFERED_SHARE * askedBitsPerSecond);
  expect(lostPercent).toBeLessThan(MOST_LOST_PERCENT);
}

function passed(
  askedBitsPerSecond: number,
  { offeredBitsPerSecond, lostPercent }: Pick<ReceivedRate, 'offeredBitsPerSecond' | 'lostPercent'>,
): boolean {
  return offeredBitsPerSecond > OFFERED_SHARE * askedBitsPerSecond && lostPercent < MOST_LOST_PERCENT;
}
