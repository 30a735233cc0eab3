import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfiguration, readConfiguration } from '../../lib/topology/cni/configuration.js';
import { findPlugins, pluginDirectories } from '../../lib/topology/cni/find-plugin.js';
import { checkPluginOutput, pluginError } from '../../lib/topology/cni/plugin-error.js';
import { executionConfiguration, requestText } from '../../lib/topology/cni/request.js';
import { resultAddresses } from '../../lib/topology/cni/result.js';
import type { PluginCall, TextInput } from '../../lib/topology/plan.js';
import { textOf } from '../../lib/topology/step-files.js';

const directory = mkdtempSync(join(tmpdir(), 'vnetperf-cni-'));
afterAll(() => rmSync(directory, { recursive: true }));

const LIST = {
  cniVersion: '1.0.0',
  name: 'net0',
  plugins: [{ type: 'bridge', ipam: { type: 'host-local' } }, { type: 'portmap' }],
};
const parse = (value: unknown) => parseConfiguration(JSON.stringify(value), 'a.conflist');

describe('a configuration of CNI', () => {
  it('is a list of plugins with a name and a version', () => {
    expect(parse({ ...LIST, disableCheck: true })).toEqual({ ...LIST, path: 'a.conflist', disableCheck: true });
  });

  it('that is a single one is a list of one', () => {
    const single = { cniVersion: '0.3.1', name: 'net0', type: 'ptp', ipam: {} };
    expect(parse(single)).toMatchObject({ name: 'net0', cniVersion: '0.3.1', plugins: [{ type: 'ptp', ipam: {} }] });
  });

  it.each([
    ['not JSON', '{"name": ', /^the CNI configuration a.conflist is not JSON: /],
    ['no object', '[]', /holds no JSON object$/],
    ['without a name', { ...LIST, name: undefined }, /has no "name"$/],
    ['with a name that is a path', { ...LIST, name: '../x' }, /has the name "..\/x", which no network can have$/],
    ['without a version', { ...LIST, cniVersion: undefined }, /has no "cniVersion"$/],
    ['of a later version', { ...LIST, cniVersion: '2.0.0' }, /is of CNI 2.0.0, which .* \(0.3.0 to 1.0.0\)$/],
    ['of a version before results had interfaces', { ...LIST, cniVersion: '0.2.0' }, /is of CNI 0.2.0, which/],
    ['with a version that is no text', { ...LIST, cniVersion: 1 }, /is of CNI 1, which/],
    ['without plugins', { ...LIST, plugins: [] }, /names no plugins$/],
    ['with plugins that are no list', { ...LIST, plugins: 'bridge' }, /names no plugins$/],
    ['with a plugin that is no object', { ...LIST, plugins: ['bridge'] }, /has a plugin 1 that is no JSON object$/],
    ['without a type', { ...LIST, plugins: [{ type: 'bridge' }, {}] }, /has a plugin 2 without a "type"$/],
    [
      'with a path for a type',
      { ...LIST, plugins: [{ type: '/bin/sh' }] },
      /"\/bin\/sh", which is no name of a program$/,
    ],
    ['with a type that is an option', { ...LIST, plugins: [{ type: '-c' }] }, /which is no name of a program$/],
  ])('%s is refused in a sentence', (_, value, message) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect(() => parseConfiguration(text, 'a.conflist')).toThrow(
      expect.objectContaining({ code: 'ERR_CNI_CONFIGURATION', message: expect.stringMatching(message) }),
    );
  });

  it('is refused by name where it is not there, or is a directory', () => {
    expect(() => readConfiguration('/no/such.conflist')).toThrow('configuration /no/such.conflist is not there');
    expect(() => readConfiguration(directory)).toThrow('is a directory');
  });

  it('of whatever JSON is read, or refused with a remedy', () =>
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          expect(parse(value).plugins.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_CNI_CONFIGURATION', remedy: expect.any(String) });
        }
      }),
    ));
});

describe('what a plugin is given', () => {
  it('is its own part with the name and version of the list', () => {
    const plugin = { type: 'bridge', name: 'other', cniVersion: '0.1.0', bridge: 'cni0', prevResult: {} };
    expect(executionConfiguration(LIST, plugin, { portMappings: [] })).toEqual({
      type: 'bridge',
      name: 'net0',
      cniVersion: '1.0.0',
      bridge: 'cni0',
    });
  });

  it('and of what the runtime has what it declares, unless it says so itself', () => {
    const offered = { portMappings: [{ hostPort: 1 }], mac: 'x' };
    const declares = { type: 'portmap', capabilities: { portMappings: true, mac: false } };
    expect(executionConfiguration(LIST, declares, offered)).toEqual({
      type: 'portmap',
      name: 'net0',
      cniVersion: '1.0.0',
      runtimeConfig: { portMappings: [{ hostPort: 1 }] },
    });
    const own = { ...declares, runtimeConfig: { portMappings: [], bandwidth: { ingressRate: 1 } } };
    expect(executionConfiguration(LIST, own, offered).runtimeConfig).toEqual(own.runtimeConfig);
  });

  it('without a directory of its own for an address manager', () => {
    const ipam = { type: 'host-local', subnet: '198.18.9.0/24' };
    const plugin = { type: 'bridge', ipam: { ...ipam, dataDir: '/run/cni-ipam-state' } };
    expect(executionConfiguration(LIST, plugin, {}).ipam).toEqual(ipam);
    expect(executionConfiguration(LIST, { type: 'bridge', ipam: {} }, {}).ipam).toEqual({});
  });

  it('and another MTU than its own, where one is asked for', () => {
    expect(executionConfiguration(LIST, { type: 'bridge', mtu: 1500 }, {}, 1400)).toMatchObject({ mtu: 1400 });
  });

  it('is JSON with the result of the plugin before, or without where there is none', () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (own, result) => {
        const configuration = { ...own, name: 'net0', prevResult: undefined };
        const plain = JSON.parse(JSON.stringify(configuration));
        const request = requestText(configuration, 'client.json');
        expect(JSON.parse(textOf(request, join(directory, 'empty')))).toEqual(plain);
        writeFileSync(join(directory, 'client.json'), `${JSON.stringify(result, undefined, 1)}\n`);
        const given = JSON.parse(textOf(request, directory));
        expect(given).toEqual({ ...plain, prevResult: JSON.parse(JSON.stringify(result)) });
        expect(JSON.parse(textOf(requestText(configuration), directory))).toEqual(plain);
      }),
    ));
});

describe('the result of a plugin', () => {
  const RESULT = {
    cniVersion: '1.0.0',
    interfaces: [{ name: 'cni0' }, { name: 'eth0', sandbox: '/run/cni/client' }, { name: 'eth0' }],
    ips: [
      { address: '198.18.9.1/24', interface: 0 },
      { address: '198.18.9.7/24', interface: 1 },
      { address: '198.18.9.8/24', interface: 1 },
      { address: 'fd00:198:18:9::7/64', interface: 1 },
    ],
  };

  it('gives the addresses of the interface in the container, the first of each family', () => {
    expect(resultAddresses(JSON.stringify(RESULT), 'eth0')).toEqual({ ipv4: '198.18.9.7', ipv6: 'fd00:198:18:9::7' });
  });

  it('may leave out which interface it is', () => {
    const text = JSON.stringify({ ips: [{ version: '4', address: '198.18.9.7/24' }] });
    expect(resultAddresses(text, 'eth0')).toEqual({ ipv4: '198.18.9.7', ipv6: undefined });
  });

  it('of whatever JSON, or none, is read without trouble', () => {
    const ips = fc.array(fc.record({ address: fc.anything(), interface: fc.anything() }, { requiredKeys: [] }));
    const value = fc.oneof(fc.jsonValue(), fc.record({ ips, interfaces: fc.anything() }, { requiredKeys: [] }));
    const none = { ipv4: undefined, ipv6: undefined };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          value.map((any) => stringified(any)),
        ),
        (text) => {
          const found = resultAddresses(text, 'eth0');
          for (const address of Object.values({ ...none, ...found })) {
            if (address !== undefined) expect(text).toContain(address);
          }
        },
      ),
    );
    expect(resultAddresses('', 'eth0')).toEqual(none);
  });
});

/** What no JSON can hold is left out. */
function stringified(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}

const CALL: PluginCall = {
  verb: 'ADD',
  type: 'bridge',
  container: 'client',
  configuration: 'a.conflist',
  timeLimitSeconds: 30,
};
const START = 'the CNI plugin bridge, called with ADD for the container client, ';
const sentence = (stdout: string, stderr = '', exitStatus: number | null = 1) =>
  pluginError(CALL, { stdout, stderr, exitStatus }).message;

describe('a plugin that fails', () => {
  it('is quoted: its message, its details and its code', () => {
    const said = { cniVersion: '1.0.0', code: 7, msg: 'no such\nsubnet', details: 'x' };
    expect(sentence(JSON.stringify(said), 'log line')).toBe(`${START}says: no such; subnet: x (code 7)`);
    expect(sentence('{"code": 11}')).toBe(`${START}says: code 11`);
  });

  it('that speaks another version gets that remedy', () => {
    const error = pluginError(CALL, { stdout: '{"code": 1, "msg": "incompatible"}', stderr: '', exitStatus: 1 });
    expect(error.remedy).toBe('Give a.conflist a "cniVersion" that this plugin knows.');
  });

  it('in no JSON is quoted as it is; one without words by its end', () => {
    expect(sentence('', 'cannot open x')).toBe(`${START}says: cannot open x`);
    expect(sentence('oops')).toBe(`${START}says: oops`);
    expect(sentence('', '', 3)).toBe(`${START}says: nothing, and ended with status 3`);
    expect(sentence('', '', null)).toBe(`${START}says: nothing, and was ended by a signal`);
    expect(sentence('', '', 124)).toBe(`${START}says: nothing within 30 s, and was ended`);
    expect(sentence('', 'x'.repeat(1000))).toHaveLength(START.length + 6 + 303);
  });

  it('says whatever it likes without trouble', () =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.jsonValue().map(stringified)), (stdout) => {
        expect(sentence(stdout)).toContain(START);
      }),
    ));

  it('fails too where it gives no result', () => {
    expect(() => checkPluginOutput(CALL, '{"ips": []}')).not.toThrow();
    expect(() => checkPluginOutput({ ...CALL, verb: 'CHECK' }, '')).not.toThrow();
    expect(() => checkPluginOutput(CALL, '')).toThrow(`${START}succeeded and gave nothing instead of a result`);
    expect(() => checkPluginOutput(CALL, 'done\n')).toThrow('gave "done" instead of a result in JSON');
  });
});

describe('the programs of plugins', () => {
  it('are looked for where it is said, else where CNI_PATH says', () => {
    expect(pluginDirectories('/a::/b', { CNI_PATH: '/c' })).toEqual(['/a', '/b']);
    expect(pluginDirectories(undefined, { CNI_PATH: '/c' })).toEqual(['/c']);
    expect(pluginDirectories('plugins', {})).toEqual([join(process.cwd(), 'plugins')]);
  });

  it('that are not there are named, address managers too', () => {
    writeFileSync(join(directory, 'bridge'), '', { mode: 0o755 });
    writeFileSync(join(directory, 'portmap'), '', { mode: 0o644 });
    const find = (value: unknown) => findPlugins(parse(value), [directory, '/nowhere']);
    expect(() => find(LIST)).toThrow(
      expect.objectContaining({
        code: 'ERR_CNI_PLUGIN_MISSING',
        message: `a.conflist needs the CNI plugin host-local, which is not in ${directory} or /nowhere`,
        remedy: expect.stringContaining('apt-get install containernetworking-plugins'),
      }),
    );
    expect(() => find({ ...LIST, plugins: [{ type: 'bridge' }, { type: 'portmap' }] })).toThrow(
      'plugin portmap, which',
    );
    expect(find({ ...LIST, plugins: [{ type: 'bridge' }] })).toEqual([join(directory, 'bridge')]);
  });
});

it('an input of parts is those parts', () => {
  const parts: TextInput = ['a', { file: 'none.json', before: 'b' }, 'c'];
  expect(textOf(parts, directory)).toBe('ac');
});
