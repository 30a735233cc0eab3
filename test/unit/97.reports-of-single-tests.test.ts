import { describe, expect, it } from 'vitest';
import { measurementOfReport } from '../../lib/compare/peer/report-document.js';
import type { MeasuredFile } from '../../lib/compare/result-file/measured-file.js';
import { testsAsCells } from '../../lib/compare/result-file/tests-as-cells.js';
import { htmlReport } from '../../lib/report/comparison/html.js';
import { sectionsOf } from '../../lib/report/comparison/section-of.js';
import { textReport } from '../../lib/report/comparison/text.js';
import { captureNames, readJsonCapture } from '../support/captures.js';

function captured(name: string, title?: string): MeasuredFile & { content: 'test' } {
  const document = { ...JSON.parse(readJsonCapture(name)), ...(title === undefined ? {} : { title }) };
  return { path: `captures/${name}`, content: 'test', ...measurementOfReport(document) };
}

describe('tests that were run one by one', () => {
  it('are a cell a file, or a cell a title where files share it', () => {
    const { plan, runs, analysis } = testsAsCells([
      captured('tcp.client.json', 'bridge'),
      captured('udp.client.json'),
      captured('tcp-reverse.client.json', 'bridge'),
    ]);
    expect(plan.cells.map(({ name }) => name)).toEqual(['bridge', 'udp.client']);
    expect(runs.map(({ cell, block }) => [cell, block])).toEqual([
      ['c1', 0],
      ['c2', 0],
      ['c1', 1],
    ]);
    expect(analysis.cells[0]).toMatchObject({ measured: 2, failed: 0 });
    expect(analysis.contrasts).toEqual([]);
  });

  it('have names of their own where a file is called like a title', () => {
    const { plan } = testsAsCells([captured('tcp.client.json'), captured('tcp-omit.client.json', 'tcp.client')]);
    expect(plan.cells.map(({ name }) => name)).toEqual(['tcp.client', 'tcp.client (2)']);
  });

  it('get no verdict, and the report says why', () => {
    const text = textReport(sectionsOf([captured('tcp.client.json'), captured('udp.client.json')]), undefined);
    expect(text).toContain('No verdict: these tests were run one by one, in an order that nothing randomised');
    expect(text).not.toContain('ratio');
  });

  it('become a page from every report of iperf3 that we have', () => {
    const files = captureNames(/^(tcp|udp).*\.client\.json$/).map((name) => captured(name));
    expect(files.length).toBeGreaterThan(10);
    const page = htmlReport(sectionsOf(files));
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
    const wide = page.slice(page.indexOf('<div class="wide">'), page.indexOf('<div class="narrow">'));
    expect(wide.match(/class="dot"/g)).toHaveLength(files.length);
  });
});

describe('a report of vnetperf itself', () => {
  const core = { core: 0, user: 1, system: 66, irq: 0, softirq: 32, steal: 0, idle: 1 };
  const document = {
    ...JSON.parse(readJsonCapture('tcp.client.json')),
    title: 'pinned',
    vnetperf: {
      streams: [
        {
          id: 1,
          role: 'sender',
          bytesByCore: [
            { core: 0, bytes: 700 },
            { core: 3, bytes: 300 },
          ],
          migrations: 1,
          pin: { asked: [], got: [0, 3] },
        },
      ],
      peer: {
        streams: [
          {
            id: 1,
            role: 'receiver',
            bytesByCore: [{ core: 1, bytes: 1000 }],
            receiveCore: 1,
            pin: { asked: [1], got: [1] },
          },
        ],
      },
      cores: [core],
      intervals: [{ startSeconds: 0, cores: [core], ends: { client: 98, server: 70 }, softirq: 32 }],
      topology: {
        kind: 'bridge',
        path: {
          clientAddress: '198.18.0.2',
          serverAddress: '198.18.0.3',
          pathMtuBytes: 1500,
          hops: [
            {
              namespace: 'client',
              interface: 'eth0',
              kind: 'veth',
              mtuBytes: 1500,
              qdisc: 'noqueue',
              offloads: { tso: true },
            },
          ],
        },
      },
    },
  };

  it('keeps what is said of the link between two hosts, as far as it can be one', () => {
    const { link: _, ...told } = document.vnetperf.topology as Record<string, unknown>;
    const reportOf = (link: unknown) =>
      measurementOfReport({ ...document, vnetperf: { ...document.vnetperf, topology: { ...told, link } } }).measurement;
    const link = {
      rateBitsPerSecond: 1e9,
      mtuBytes: 1500,
      underlayFamily: 4,
      headers: [{ name: 'VXLAN', bytes: 8 }],
      packet: { payloadBytes: 1398, lineBytes: 1538, packets: 1, parts: [{ name: 'Ethernet', bytes: 38 }] },
      carriesBitsPerSecond: 909e6,
      directions: [{ from: 'client', reachedPercent: 99.9, packets: 1000 }],
      // None, which is not the same as not known.
      lostOffloads: [],
      packetsTakenApart: true,
      machine: { cpuSecondsPerGigabyte: 1.5, softirqSecondsPerGigabyte: 0.5 },
    };
    expect(reportOf(link).link).toEqual(link);
    expect(reportOf({ mtuBytes: -1 }).link).toBeUndefined();
    expect(reportOf({ mtuBytes: 1500, packet: { lineBytes: 0 }, hosts: 7 }).link).toEqual({
      mtuBytes: 1500,
      underlayFamily: 4,
      headers: [],
      directions: [],
      packetsTakenApart: false,
    });
  });

  it('keeps whose host a switch runs on', () => {
    const carriers = [{ name: 'ovs-vswitchd', pid: 7, host: 'server', cpuPercent: 20 }];
    const told = (each: object) =>
      measurementOfReport({ ...document, vnetperf: { ...document.vnetperf, carriers: [each] } }).measurement.carriers;
    expect(told(carriers[0]!)).toEqual(carriers);
    expect(told({ ...carriers[0], host: 'both' })[0]).not.toHaveProperty('host');
  });

  it('keeps cores, bytes by core, pins and the path', () => {
    const { title, measurement } = measurementOfReport(document);
    expect(title).toBe('pinned');
    expect(measurement.streams).toMatchObject([
      {
        end: 'client',
        bytes: 1000,
        bytesByCore: [
          { core: 0, bytes: 700 },
          { core: 3, bytes: 300 },
        ],
        migrations: 1,
        pin: { asked: [], got: [0, 3] },
      },
      { end: 'server', bytes: 1000, receiveCore: 1, pin: { asked: [1], got: [1] } },
    ]);
    expect(measurement.cores).toEqual([core]);
    expect(measurement.intervals[0]).toMatchObject({ cores: [core], ends: { client: 98, server: 70 }, softirq: 32 });
    expect(measurement.path).toMatchObject({ kind: 'bridge', pathMtuBytes: 1500, hops: [{ interface: 'eth0' }] });
  });

  it('is refused where a core has no number', () => {
    const broken = { ...document, vnetperf: { ...document.vnetperf, cores: [{ core: 'zero' }] } };
    expect(() => measurementOfReport(broken)).toThrow('"vnetperf.cores[0].core" is no number that a test can have');
  });
});
