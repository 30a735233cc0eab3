import { expect } from 'vitest';
import type { Finding } from '../../lib/topology/diagnosis/finding.js';
import type { VerifiedPath } from '../../lib/topology/verify.js';
import type { LabCommands } from './lab-command.js';
import type { NamedNetworks } from './named-networks.js';

export interface Doctored {
  head: string;
  path: VerifiedPath | undefined;
  findings: Finding[];
  status: number | null;
}

/** What doctor says of two places, or of a KIND. */
export async function doctor(vnetperf: LabCommands, ...words: string[]): Promise<Doctored> {
  const { stdout, status, stderr } = await vnetperf.run('doctor', ...words, '-J');
  expect(stderr).toBe('');
  const { subject, path, findings } = JSON.parse(stdout) as Omit<Doctored, 'head' | 'status'> & { subject: string };
  expect(status).toBe(findings.some(({ severity }) => severity === 'error') ? 1 : 0);
  return { head: subject, path, findings, status };
}

export const ofSeverity = (findings: readonly Finding[], severity: Finding['severity']): Finding[] =>
  findings.filter((finding) => finding.severity === severity);

/** Both programs have to find it: doctor as the only error, of that code, between as the error it ends with. */
export async function foundByBoth(vnetperf: LabCommands, net: NamedNetworks, code: string): Promise<Finding> {
  const places = [net.place('client'), net.place('server')];
  const errors = ofSeverity((await doctor(vnetperf, ...places)).findings, 'error');
  expect(errors).toMatchObject([{ code, message: expect.any(String), remedy: expect.any(String) }]);

  const between = await vnetperf.run('between', ...places, '-t', '1');
  expect(between).toMatchObject({ status: 1, stdout: '' });
  // What the kernel says of silence depends on how long it was asked.
  const told = (text: string) => text.replaceAll(/\((?:nothing arrived|connect: |neighbour )[^)]*\)/g, '').trim();
  expect(told(between.stderr)).toBe(told(`vnetperf: ${errors[0]!.message}\n  ${errors[0]!.remedy}`));
  return errors[0]!;
}
