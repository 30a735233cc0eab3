import { basename } from 'node:path';
import type { ComparisonPlan } from '../../compare/result.js';
import type { MeasuredFile } from '../../compare/result-file/measured-file.js';
import { testsAsCells } from '../../compare/result-file/tests-as-cells.js';
import { analyse } from '../../compare/verdict/analyse.js';
import type { ReportSection } from './section.js';
import { isSuite } from './suite-table.js';

/** A section for every comparison, in the order given, and then one for all single tests together. */
export function sectionsOf(files: readonly MeasuredFile[]): ReportSection[] {
  const sections = files.flatMap((file) => (file.content === 'comparison' ? [comparisonSection(file)] : []));
  const tests = files.flatMap((file) => (file.content === 'test' ? [file] : []));
  if (tests.length === 0) return sections;
  const { plan, runs, analysis } = testsAsCells(tests);
  const sources = tests.map(({ path }) => basename(path));
  // A run a file, in their order.
  const sourceOf = new Map(runs.map((run, index) => [run, sources[index]!]));
  const names = plan.cells.map(({ name }) => name);
  const heading = names.length <= 3 ? listed(names, 'and') : `${tests.length} tests`;
  return [...sections, { heading, sources, sourceOf, plan, runs, analysis, data: { plan, runs, analysis } }];
}

function comparisonSection({ path, result }: MeasuredFile & { content: 'comparison' }): ReportSection {
  const { plan, runs, environment } = result;
  const analysis = result.analysis ?? analyse(plan, runs);
  const sources = [basename(path)];
  return { heading: headingOf(plan), sources, plan, runs, analysis, written: result, environment, data: result };
}

/** `bridge and ovs, pin off or auto` */
function headingOf(plan: ComparisonPlan): string {
  if (isSuite({ plan })) return 'Container networks';
  const { factors, cells } = plan;
  const varied = factors.filter(({ levels }) => levels.length > 1);
  const words = varied.map(({ name, levels }) =>
    name === 'topology' ? listed(levels, 'and') : `${name} ${listed(levels, 'or')}`,
  );
  const baseline = cells.find(({ role }) => role === 'baseline');
  if (varied.some(({ name }) => name === 'topology')) return words.join(', ');
  return [baseline?.levels.topology ?? baseline?.name ?? 'A comparison', ...words].join(', ');
}

function listed(words: readonly string[], last: string): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}
