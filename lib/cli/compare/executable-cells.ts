import type { ExecutableCell } from '../../compare/cell.js';
import type { CellInWords } from '../../compare/cells.js';
import { checkCores } from '../../configuration/cores.js';
import { VnetperfError } from '../../errors.js';
import { allowedCores } from '../../platform/cores.js';
import { resolveKindOptions } from '../../topology/kinds.js';
import { type ParsedRun, parseOptions } from '../parse-options.js';
import { pinnedCores } from '../pinned-cores.js';
import { topologyOptions } from '../topology-options.js';
import { UsageError } from '../usage-error.js';

/**
 * The cells with what their words mean. Each is read as `vnetperf run` reads it, so that a level which cannot be is
 * refused before anything runs. What the machine lacks shows later, cell by cell.
 * @throws {UsageError}
 */
export function executableCells(cells: readonly CellInWords[], latency: boolean): ExecutableCell[] {
  return cells.map((cell) => executable(cell, latency));
}

function executable({ runWords, peer, ...cell }: CellInWords, latency: boolean): ExecutableCell {
  try {
    const parsed = parsedRun(runWords);
    const { topologyKind, own, run } = parsed;
    const options = topologyOptions(parsed);
    resolveKindOptions(topologyKind, options);
    const pin = pinnedCores(own.pin);
    checkCores([...pin.client, ...pin.server], allowedCores());
    const family = run.ipv6 || parsed.configuration.family === 6 ? 6 : parsed.configuration.family;
    return {
      ...cell,
      request: {
        topologyKind,
        topologyOptions: options,
        configuration: { ...parsed.configuration, cores: pin.client, family },
        pin,
        latency: latency && peer === undefined,
        peer,
      },
    };
  } catch (error) {
    if (error instanceof VnetperfError) throw UsageError.from(error, 'compare');
    throw error;
  }
}

function parsedRun(words: readonly string[]): ParsedRun {
  const parsed = parseOptions(words);
  if (parsed.kind !== 'run') throw new Error(`${words.join(' ')} is not a run`);
  return parsed;
}
