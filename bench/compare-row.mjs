import { runComparison } from '../build-modules/compare/runner/run-comparison.js';
import { analyse } from '../build-modules/compare/verdict/analyse.js';
import { executeProgram } from './execute.mjs';

/**
 * Runs the programs of one row in turn, in randomised blocks: what is compared runs within seconds of each other.
 * @param again Whether the first program runs twice in each block (A/A).
 */
export async function compareRow(row, { programs, settings, environment, congestion, again, signal, onProgress }) {
  const names = Object.keys(row.programs);
  const cells = names.map((name, index) => cellOf(row, programs[name], { settings, congestion, first: index === 0 }));
  if (again) cells.splice(1, 0, twinOf(cells[0]));
  const ours = cells.find(({ levels }) => levels.tool === 'vnetperf');
  return await runComparison(
    {
      seed: settings.seed,
      cells,
      factors: [],
      contrasts: cells
        .filter((cell) => ours !== undefined && cell !== ours && cell.role !== 'twin')
        .map((peer) => ({ cell: ours.id, baseline: peer.id })),
      warmUpBlocks: row.warmUpBlocks ?? 1,
      blocks: Math.min(row.blocks ?? settings.blocks, settings.blocks),
      secondsPerRun: secondsOf(row, settings) + settings.omit,
      command: settings.command,
    },
    { execute: executeProgram, environment, signal, onProgress },
  );
}

/** One result of many rows, each block of which is the same block of every row: what `vnetperf report` reads. */
export function joined(results, { settings, remarks, state }) {
  const [first] = results;
  const cells = results.flatMap(({ plan }, index) =>
    plan.cells.map((cell) => (index > 0 ? { ...cell, role: 'cell' } : cell)),
  );
  const levels = (name) => [...new Set(cells.flatMap((cell) => cell.levels[name] ?? []))];
  const plan = {
    seed: settings.seed,
    cells,
    factors: ['topology', 'flags', 'tool'].map((name) => ({ name, levels: levels(name) })),
    contrasts: results.flatMap((result) => result.plan.contrasts),
    warmUpBlocks: first.plan.warmUpBlocks,
    blocks: settings.blocks,
    secondsPerRun: settings.seconds + settings.omit,
    remarks,
  };
  const runs = results.flatMap((result) => result.runs);
  return { ...first, state, plan, runs, analysis: analyse(plan, runs) };
}

function secondsOf(row, settings) {
  // A short look at the bench itself is short throughout.
  return settings.seconds < 1 || settings.blocks === 1 ? settings.seconds : (row.seconds ?? settings.seconds);
}

function cellOf(row, program, { settings, congestion, first }) {
  const { network, line, title, udpBytes } = row;
  const options = row.programs[program.name];
  const tcp = udpBytes === undefined;
  const own = row.defaultCongestion !== undefined;
  const request = {
    network,
    program,
    options,
    udpBytes,
    seconds: secondsOf(row, settings),
    omit: settings.omit,
    cores: settings.cores,
    defaultCongestion: row.defaultCongestion ?? congestion.default,
    congestion: tcp && !own ? congestion.option : undefined,
  };
  const words = program.client({ ...request, port: 5201, address: 'SERVER' }).argv;
  return {
    id: `${network}-${line}-${title}-${program.name}`.replaceAll(/[^\w-]+/g, '_'),
    name: `${network}  line ${line}  ${title}  ${program.name}`,
    role: first ? 'baseline' : 'cell',
    levels: { topology: network, flags: `line ${line}: ${title}`, tool: program.name },
    command: words,
    remarks: [`TCP's default in its namespaces: ${request.defaultCongestion}`],
    request,
  };
}

function twinOf(cell) {
  return { ...cell, id: `${cell.id}-again`, name: `${cell.name} (A/A)`, role: 'twin' };
}
