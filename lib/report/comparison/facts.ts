import type { Environment } from '../../compare/environment.js';
import { quoted } from '../../topology/shell-words.js';
import { bytesText } from './quantities.js';

/** As a person would type it. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** Name and value, in the order in which a reader asks. */
export function environmentRows(environment: Environment): [string, string][] {
  const { processor, governors, virtualization, mitigations, sysctls, versions } = environment;
  const rows: [string, string | undefined][] = [
    ['processor', processor.model],
    ['cores', coresText(processor)],
    ['clock', processor.megahertz === undefined ? undefined : `${Math.round(processor.megahertz)} MHz`],
    ['governors', governors === undefined ? undefined : [...new Set(governors)].join(', ')],
    ['memory', bytesText(environment.memoryBytes)],
    ['virtualization', virtualization],
    ['kernel', `Linux ${environment.kernel}, ${environment.architecture}`],
    ['node', environment.node],
    ...Object.entries(versions),
    ...Object.entries(sysctls),
    ...Object.entries(mitigations).map(([name, state]): [string, string] => [`mitigation ${name}`, state]),
    ['load average', environment.loadAverage.map((load) => load.toFixed(2)).join(' ')],
  ];
  return rows.flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
}

function coresText({ cores, allowedCores }: Environment['processor']): string {
  return allowedCores.length === cores
    ? `${cores}`
    : `${cores}, of which this process may use ${allowedCores.join(', ')}`;
}
