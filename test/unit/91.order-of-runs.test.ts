import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plannedBlocks } from '../../lib/compare/plan/blocks.js';
import { cellsOf } from '../support/recording-executor.js';

const planOf = ({ seed = 1, cells = 4, warmUpBlocks = 1, blocks = 5 }) => ({
  seed,
  cells: cellsOf(cells),
  warmUpBlocks,
  blocks,
});
const orders = (plan: Parameters<typeof plannedBlocks>[0]) =>
  plannedBlocks(plan).map((block) => block.map(({ cell }) => cell).join(' '));

describe('the order of the runs', () => {
  const anyPlan = fc.record({
    seed: fc.integer({ min: 0, max: 0xffffffff }),
    cells: fc.integer({ min: 1, max: 12 }),
    warmUpBlocks: fc.integer({ min: 0, max: 3 }),
    blocks: fc.integer({ min: 1, max: 20 }),
  });

  it('has every cell once in every block, the warm-up blocks first', () => {
    fc.assert(
      fc.property(anyPlan, (numbers) => {
        const blocks = plannedBlocks(planOf(numbers));
        expect(blocks.map((block) => block[0]?.block)).toEqual(
          Array.from({ length: numbers.warmUpBlocks + numbers.blocks }, (_, index) => index - numbers.warmUpBlocks),
        );
        for (const block of blocks) {
          expect(block.map(({ position }) => position)).toEqual(Array.from(block.keys()));
          expect(block.map(({ cell }) => cell).sort()).toEqual(
            cellsOf(numbers.cells)
              .map(({ id }) => id)
              .sort(),
          );
          expect(new Set(block.map((run) => run.block)).size).toBe(1);
        }
      }),
    );
  });

  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(anyPlan, (numbers) => {
        expect(plannedBlocks(planOf(numbers))).toEqual(plannedBlocks(planOf(numbers)));
      }),
    );
  });

  it('is another one for another seed', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => orders(planOf({ seed, cells: 6, blocks: 8 })).join('\n'));
    expect(new Set(drawn).size).toBe(200);
  });

  it('of a block follows from the seed and its number: more blocks or more warm-up change none', () => {
    const few = plannedBlocks(planOf({ seed: 9, warmUpBlocks: 1, blocks: 3 }));
    const many = plannedBlocks(planOf({ seed: 9, warmUpBlocks: 2, blocks: 30 }));
    expect(many.slice(1, 5)).toEqual(few);
  });

  it('of a block is not that of the next block of the seed before', () => {
    const plan = (seed: number) => planOf({ seed, cells: 10, warmUpBlocks: 0, blocks: 30 });
    expect(orders(plan(8)).slice(1)).not.toContain(orders(plan(9))[0]);
    expect(orders(plan(9)).slice(0, -1)).not.toEqual(orders(plan(8)).slice(1));
  });

  it('is what it was when the first results were written', () => {
    expect(orders(planOf({ seed: 4821, cells: 5, blocks: 4 }))).toMatchInlineSnapshot(`
      [
        "c3 c2 c1 c5 c4",
        "c4 c5 c2 c3 c1",
        "c4 c2 c5 c1 c3",
        "c4 c5 c3 c1 c2",
        "c1 c5 c3 c4 c2",
      ]
    `);
  });

  it('puts every cell in every place equally often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      for (const { cell, position } of plannedBlocks(planOf({ seed, blocks: 1 })).flat()) {
        counts.set(`${cell} ${position}`, (counts.get(`${cell} ${position}`) ?? 0) + 1);
      }
    }
    // Rows and columns sum to 6000 each, which leaves (4 - 1)² degrees of freedom; 27.88 is exceeded once in 1000 times.
    expect(counts.size).toBe(16);
    expect(chiSquare([...counts.values()], 1500)).toBeLessThan(27.88 * (4 / 3));
  });

  it.each(['seeds', 'blocks'])('draws every one of the 24 orders of four cells equally often over %s', (over) => {
    const drawn =
      over === 'blocks'
        ? orders(planOf({ seed: 77, warmUpBlocks: 0, blocks: 4800 }))
        : Array.from({ length: 4800 }, (_, seed) => orders(planOf({ seed, warmUpBlocks: 0, blocks: 1 }))[0]!);
    const counts = new Map<string, number>();
    for (const order of drawn) counts.set(order, (counts.get(order) ?? 0) + 1);
    expect(counts.size).toBe(24);
    // 23 degrees of freedom, exceeded once in 1000 times.
    expect(chiSquare([...counts.values()], 200)).toBeLessThan(49.73);
  });

  it('of one block tells nothing about that of the next', () => {
    const pairs = new Map<string, number>();
    const blocks = orders(planOf({ seed: 5, cells: 3, warmUpBlocks: 0, blocks: 7201 }));
    for (let n = 1; n < blocks.length; n++) {
      const pair = `${blocks[n - 1]} then ${blocks[n]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    expect(pairs.size).toBe(36);
    // 35 degrees of freedom, exceeded once in 1000 times.
    expect(chiSquare([...pairs.values()], 200)).toBeLessThan(66.62);
  });
});

function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
