import type { ExecutableCell } from '../../compare/cell.js';
import type { CellInWords } from '../../compare/plan/cells.js';
import { checkCores } from '../../configuration/cores.js';
import { VnetperfError } from '../../errors.js';
import { allowedCores } from '../../platform/cores.js';
import { resolveKindOptions } from '../../topology/kinds.js';
import { type ParsedRun, parseOptions } from '../parse-options.js';
import { endsOf, pinnedCores } from '../pinned-cores.js';
import { onHostCores, topologyOptions } from '../topology-options.js';
import { UsageError } from '../usage-error.js';

/**
 * The cells with what their words mean. Each is read as `vnetperf run` reads it, so that a level which cannot be is
 * refused before anything runs. What the machine lacks shows later, cell by cell.
 * @throws {UsageError}
 */
export function executableCells(cells: readonly CellInWords[]): ExecutableCell[] {
  return cells.map(executable);
}

function executable({ runWords, peer, ...cell }: CellInWords): ExecutableCell {
  try {
    const parsed = parsedRun(runWords);
    const { topologyKind, own, run, configuration } = parsed;
    const options = topologyOptions(parsed);
    resolveKindOptions(topologyKind, options);
    const { why, ...pin } = pinnedCores(own.pin, endsOf(configuration.settings, options.rpsCores));
    checkCores([...pin.client, ...pin.server], allowedCores());
    const family = run.ipv6 || configuration.family === 6 ? 6 : configuration.family;
    return {
      ...cell,
      remarks: why === undefined ? cell.remarks : [...cell.remarks, `--pin auto: ${why}`],
      request: {
        topologyKind,
        topologyOptions: onHostCores(options, pin),
        configuration: { ...configuration, cores: pin.client, family },
        pin: { client: pin.client, server: pin.server },
        latency: own.latency === true,
        peer,
      },
    };
  } catch (error) {
    if (error instanceof VnetperfError) throw UsageError.from(error, 'compare');
    throw error;
  }
}

/** Words as `vnetperf` reads them. */
export function parsedRun(words: readonly string[]): ParsedRun {
  const parsed = parseOptions(words);
  if (parsed.kind !== 'run') throw new Error(`${words.join(' ')} is not a run`);
  return parsed;
}
