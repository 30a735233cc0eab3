import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../lib/compare/measurement.js';
import { planCells } from '../../lib/compare/plan/cells.js';
import { csvReport } from '../../lib/report/comparison/csv.js';
import { htmlReport } from '../../lib/report/comparison/html.js';
import { markdownReport } from '../../lib/report/comparison/markdown.js';
import { priceNotes, priceTable } from '../../lib/report/comparison/price-table.js';
import { sectionsOf } from '../../lib/report/comparison/section-of.js';
import { textReport } from '../../lib/report/comparison/text.js';
import { orderSentences } from '../../lib/report/reference/order-sentences.js';
import { publishedLineCarries } from '../../lib/report/reference/published-packets.js';
import { referenceTables } from '../../lib/report/reference/reference-tables.js';
import type { ReportedCell } from '../../lib/report/reported-cell.js';
import { cellsAcrossHosts, suiteAcrossHosts } from '../support/comparison-across-hosts.js';
import { isValidByAjv } from '../support/result-documents.js';

const emptyCell = {
  summary: { cell: '', measured: 1, failed: 0, outliers: [], limitedBy: [] },
  contrasts: [],
  failed: [],
} satisfies Partial<ReportedCell>;

const GIGABIT = { hosts: 941, vxlan: 908, calico: 940 };

const PATH = { kind: '', description: '', pathMtuBytes: 1500, hops: [] };

/** A cell with other levels, every run of it changed. */
function changed(
  each: ReportedCell,
  levels: Record<string, string>,
  change: (measurement: Measurement) => Measurement,
): ReportedCell {
  const measured = each.measured.map((run) => ({ ...run, measurement: change(run.measurement) }));
  return { ...each, cell: { ...each.cell, levels }, measured };
}

function pinnedStreams({ streams }: Measurement, asked: Record<'client' | 'server', number[]>) {
  return streams.map((stream) => ({ ...stream, pin: { asked: asked[stream.end], got: [0, 1] } }));
}

function referenceRow(cells: Parameters<typeof referenceTables>[0], name: RegExp): string[] {
  return referenceTables(cells)
    .flatMap(({ rows }) => rows)
    .find(([network]) => name.test(network!))!;
}

describe('the table of prices', () => {
  it('has a row for each network across hosts, with its share of the bare link and of the arithmetic', () => {
    const { columns, rows } = priceTable(cellsAcrossHosts(GIGABIT, 1e9))!;
    expect(columns.map(({ title }) => title)).toEqual([
      'cell',
      'of hosts',
      'payload of line bytes',
      'link carries',
      'of that',
      'headers',
      'packets/GB',
      'segments a packet',
      'client CPU s/GB',
      'its softirq',
      'server CPU s/GB',
      'its softirq',
    ]);
    const [, vxlan] = rows;
    expect(rows.map(([cell]) => cell)).toEqual(['hosts TCP pinned', 'vxlan TCP pinned', 'calico TCP pinned']);
    expect(rows[0]!.slice(1, 6)).toEqual(['1.00', '1448 of 1538', '941 Mbit/s', '99.9 %', '0.0 %']);
    expect(vxlan![1]).toMatch(/^0\.96/);
    expect(vxlan!.slice(2)).toEqual([
      '1398 of 1538',
      '909 Mbit/s',
      '99.9 %',
      '3.3 %',
      '715 k',
      '1.00',
      '2.40',
      '0.800',
      '4.00',
      '2.40',
    ]);
  });

  it('tells both hosts together where a switch runs on any core, of all networks beside it', () => {
    const { columns, rows } = priceTable(cellsAcrossHosts({ hosts: 941, 'ovs-vxlan': 908 }, 1e9))!;
    const titles = columns.map(({ title }) => title);
    expect(titles.slice(-3)).toEqual(['both CPU s/GB', 'their softirq', 'their switches']);
    // Of ten seconds and 1.25 GB: threads 20 % each, softirq 40 %; the switch's 50 % fit into no time that is left.
    expect(rows.map((row) => row.slice(8))).toEqual([
      ['2.40', '0.800', '4.00', '2.40', '6.40', '3.20', ''],
      ['', '', '', '', '6.40', '3.20', '4.00'],
    ]);
  });

  it('says what it lacks without the bare link, with the command that brings it', () => {
    const cells = cellsAcrossHosts({ vxlan: 908, calico: 940 }, 1e9);
    expect(priceTable(cells)!.columns.map(({ title }) => title)).not.toContain('of hosts');
    expect(priceNotes(cells)).toEqual([
      'What share of the bare link they reach is not known: hosts is not among them. ' +
        'It is with: vnetperf compare hosts vxlan calico --pin auto',
    ]);
  });

  it('gives that command with all that was given and varied, and networks by their kind', () => {
    const planned = planCells({
      kinds: ['vxlan', 'vxlan', 'docker-hosts'],
      factors: [{ name: 'streams', levels: ['1', '4'] }],
      given: [
        { name: 'link-rate', words: ['--link-rate', '1gbit'], iperf3: false },
        { name: 'docker-path', words: ['--docker-path', 'D'], iperf3: false },
        { name: 'congestion', words: ['-C', 'cubic'], iperf3: true },
      ],
      peers: [],
    });
    const runs = cellsAcrossHosts({ vxlan: 908 }, 1e9).flatMap((each) => each.measured);
    const measured = runs.find((run) => run.measurement.link !== undefined);
    const cells = planned.cells.map((cell) => ({ ...emptyCell, cell, measured: [measured!] }));
    expect(priceNotes(cells).at(-1)).toMatch(
      / compare hosts vxlan docker-hosts --vary streams=1,4 --link-rate 1gbit -C cubic --docker-path D$/,
    );
  });

  it('is not there on one host', () => {
    expect(priceTable(cellsAcrossHosts({ bridge: 30_000 }))).toBeUndefined();
  });
});

describe('an order that was published', () => {
  it('is told as the same where it is', () => {
    expect(orderSentences(cellsAcrossHosts({ hosts: 20_000, 'flannel-vxlan': 14_500, calico: 15_400 }))).toEqual([
      'As published, calico is not slower than flannel-vxlan (1.06 times, published 1.06).',
    ]);
  });

  it('is explained too where it comes out by far more', () => {
    const [, sentence] = orderSentences(
      cellsAcrossHosts({ hosts: 20_000, 'flannel-vxlan': 15_400, calico: 15_500, weave: 1000 }),
    );
    expect(sentence).toMatch(
      /^As published, flannel-vxlan is not slower than weave \(15\.40 times, published 1\.46\), and by far more: flannel-vxlan takes .*; weave takes .* packets\/GB\.$/,
    );
  });

  it('is explained by processors and packets where it is another', () => {
    const [sentence] = orderSentences(cellsAcrossHosts({ hosts: 20_000, 'flannel-vxlan': 15_400, calico: 14_500 }));
    expect(sentence).toMatch(
      /^Other than published, flannel-vxlan is faster than calico here \(0\.94 times, published 1\.06\): calico takes 6\.40 CPU s\/GB of both hosts, 3\.20 of it softirq, 715 k packets\/GB; flannel-vxlan takes /,
    );
  });

  it('is none of a link whose rate they all reach', () => {
    expect(orderSentences(cellsAcrossHosts({ 'flannel-vxlan': 908, calico: 940 }, 1e9))).toEqual([]);
  });
});

describe('published figures', () => {
  it('are held against what their line carries', () => {
    expect(Math.round(publishedLineCarries(1e9, 'docker-overlay', 'tcp') / 1e6)).toBe(909);
    expect(Math.round(publishedLineCarries(1e9, 'hosts', 'tcp') / 1e6)).toBe(941);
    expect(referenceRow([], /^Docker overlay, Kunpeng.*, TCP$/)).toEqual([
      'Docker overlay, Kunpeng 920-6426, 128 cores, TCP',
      '900 Mbit/s',
      'not measured',
      '99.0 % of the 909 Mbit/s that 1 Gbit/s carries of such packets',
    ]);
    expect(referenceRow([], /^Open vSwitch VXLAN, Xeon.*, TCP$/)[3]).toMatch(/^96\.8 % of the 909 Mbit\/s/);
    expect(referenceRow([], /^Open vSwitch VXLAN, Xeon.*, UDP$/)[3]).toBe(
      '750 Mbit/s were asked for, of which 97.3 % came, 2.5 % lost; 1 Gbit/s carries 926 Mbit/s of its datagrams',
    );
    expect(referenceRow([], /^Docker overlay, Kunpeng.*, UDP$/)[3]).toMatch(
      /^920 Mbit\/s were asked for, of which 98\.9 % to 100\.0 % came, 0\.35 % lost; /,
    );
  });

  it.each([
    ['A two containers on the overlay', '913 Mbit/s', /^44\.3 % of C/],
    ['B two containers, bridge and NAT on both sides', '1.73 Gbit/s', /^84\.0 % of C/],
    ['C host to host', '2.06 Gbit/s', /the rate of its line is not known/],
    ['D host to a bridged container on the other host', '1.88 Gbit/s', /^91\.3 % of C/],
    ['E host to its own container', '20.5 Gbit/s', /^within one host/],
    ['F host to a container in host mode on the other host', '2.02 Gbit/s', /^98\.1 % of C/],
    ['Calico without IPIP, one host', '21.4 Gbit/s', /^within one host/],
    ['flannel, one host', '19.8 Gbit/s', /^within one host/],
    ['weave, one host', '21.3 Gbit/s', /^within one host/],
  ])('have a row for %s', (name, published, why) => {
    const row = referenceTables([])
      .flatMap(({ rows }) => rows)
      .find(([network]) => network === `${name}, TCP`)!;
    expect(row.slice(1, 3)).toEqual([published, 'not measured']);
    expect(row[3]).toMatch(why);
  });

  it('stand beside what was pinned as they were, whatever the command line says or leaves out', () => {
    const beside = (levels: Record<string, string>, asked: Record<'client' | 'server', number[]>) => {
      const cells = cellsAcrossHosts({ 'docker-bridge': 30_000 }).flatMap((each) =>
        each.cell.id === 'docker-bridge-pinned'
          ? [changed(each, levels, (measurement) => ({ ...measurement, streams: pinnedStreams(measurement, asked) }))]
          : [],
      );
      return [/^Docker bridge, Kunpeng.* pinned$/, /^Docker bridge, Kunpeng.* unpinned$/].map(
        (name) => referenceRow(cells, name)[2],
      );
    };
    const levels = { topology: 'docker-bridge' };
    expect(beside(levels, { client: [], server: [] })).toEqual(['not measured', '30 Gbit/s']);
    expect(beside(levels, { client: [0], server: [] })).toEqual(['not measured', '30 Gbit/s']);
    expect(beside(levels, { client: [0], server: [1] })).toEqual(['30 Gbit/s', 'not measured']);
    expect(beside({ ...levels, pin: 'auto' }, { client: [], server: [] })).toEqual(['not measured', '30 Gbit/s']);
  });

  it('stand beside the path of that letter, and weave beside its fast path only', () => {
    const own = (kind: string, remark: string) =>
      cellsAcrossHosts({ [kind]: 14_500 }).map((each) =>
        changed(each, each.cell.levels, (measurement) => ({
          ...measurement,
          path: { ...PATH, kind, remarks: [remark] },
        })),
      );
    const measuredOf = (cells: ReportedCell[]) =>
      referenceTables(cells)
        .flatMap(({ rows }) => rows)
        .flatMap(([name, , ours]) => (ours === 'not measured' ? [] : [name]));
    for (const path of ['A', 'B', 'C', 'D', 'E', 'F']) {
      const names = measuredOf(own('docker-hosts', `path ${path}: words`));
      expect(names, path).toEqual([expect.stringMatching(new RegExp(`^${path} `))]);
    }
    expect(measuredOf(own('weave', 'the userspace datapath'))).toContain('weave, TCP');
    expect(measuredOf(own('weave', 'sleeve: frames carried in UDP by a process'))).toEqual([]);
    const sleeveOrder = [...own('calico', ''), ...own('weave', 'sleeve: frames carried')];
    expect(orderSentences(sleeveOrder)).toEqual([]);
  });

  it('of UDP stand beside UDP where every run of TCP failed, and say at which rate ours was sent', () => {
    const cells = cellsAcrossHosts({ calico: 15_400 }).map((each) =>
      each.cell.levels.measure === 'TCP pinned' ? { ...each, ...emptyCell, measured: [] } : each,
    );
    expect(referenceRow(cells, /^Calico without IPIP, TCP$/)[2]).toBe('failed');
    const [, , ours, why] = referenceRow(cells, /^Calico without IPIP, loss by UDP$/);
    expect(ours).toBe('none');
    expect(why).toBe('at 100 Mbit/s; ours at 1 Gbit/s');
  });

  it('stand beside ours, with the share of each in the network under it', () => {
    const cells = cellsAcrossHosts({ hosts: 20_000, 'flannel-vxlan': 14_500, calico: 15_400 });
    expect(referenceRow(cells, /^flannel over VXLAN, TCP$/)).toEqual([
      'flannel over VXLAN, TCP',
      '1.45 Gbit/s',
      '14.5 Gbit/s',
      '94.2 % of Calico without IPIP: headers alone leave 96.5 %, the rest is not explained by arithmetic; ours 94.2 % of calico',
    ]);
    expect(referenceRow(cells, /^flannel over VXLAN, loss by UDP$/).slice(1, 3)).toEqual(['none', 'none']);
  });

  it('are in text, Markdown and page where they are asked for, and nowhere else', () => {
    const result = suiteAcrossHosts(GIGABIT, 1e9);
    expect(isValidByAjv(result), JSON.stringify(isValidByAjv.errors?.slice(0, 3))).toBe(true);
    const sections = sectionsOf([{ content: 'comparison', path: 'x.json', result }]);
    const asked = sections.map((section) => ({ ...section, reference: true }));
    const published = 'two servers of 2019-2020';
    for (const write of [htmlReport, markdownReport, (all: typeof sections) => textReport(all, undefined)]) {
      expect(write(sections)).not.toContain(published);
      expect(write(asked)).toContain(published);
      expect(write(sections)).toContain('CPU s/GB');
    }
  });

  it('of a link are columns of the rows of runs', () => {
    const [head, ...rows] = csvReport(
      sectionsOf([{ content: 'comparison', path: 'x.json', result: suiteAcrossHosts(GIGABIT, 1e9) }]),
    ).split('\r\n');
    const column = head!.split(',').indexOf('packet_payload_bytes');
    const vxlan = rows.find((row) => row.includes('vxlan TCP pinned'))!;
    expect(vxlan.split(',')[column]).toBe('1398');
  });
});
