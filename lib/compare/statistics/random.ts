import { splitMix64 } from './split-mix.js';
import { xoshiro128StarStar } from './xoshiro128.js';

/**
 * Uniform numbers of [0, 1), multiples of 2^-32, the same ones for the same seed on every machine. xoshiro128**, its state
 * filled by SplitMix64 (both cited where they stand). Only the lower 32 bits of the seed count.
 */
export function randomGenerator(seed: number): () => number {
  const filler = splitMix64(BigInt(seed >>> 0));
  const [first, second] = [filler(), filler()];
  const next = xoshiro128StarStar([low(first), high(first), low(second), high(second)]);
  return () => next() / 2 ** 32;
}

function low(word: bigint): number {
  return Number(word & 0xffffffffn);
}

function high(word: bigint): number {
  return Number(word >> 32n);
}
