import type { CommonConfiguration, OutputConfiguration } from './configuration.js';
import { DEFAULT_PORT } from './default-port.js';
import { splitHostDevice } from './host-device.js';
import {
  checkIntervalSeconds,
  checkKeepalive,
  checkPort,
  checkReceiveTimeoutMs,
  checkSendTimeoutMs,
} from './limits.js';
import { withDefaults } from './with-defaults.js';

/** What may be asked of either side. Everything absent takes iperf3's default. `bindHost` may carry `%dev`. */
export interface CommonRequest extends Partial<Omit<CommonConfiguration, 'output'>> {
  /** How reports look. */
  output?: Partial<OutputConfiguration> | undefined;
}

const defaultOutput: OutputConfiguration = {
  mode: 'text',
  jsonStreamFullOutput: false,
  verbose: false,
  format: 'a',
  forceFlush: false,
};

/** @throws the iperf3 error of the first limit that is not kept. */
export function resolveCommon(request: CommonRequest): CommonConfiguration {
  const bind = request.bindHost === undefined ? undefined : splitHostDevice(request.bindHost);
  return {
    port: checkPort(request.port ?? DEFAULT_PORT),
    family: request.family,
    bindHost: bind?.zone === undefined ? bind?.host : `${bind.host}%${bind.zone}`,
    bindDevice: request.bindDevice ?? bind?.device,
    intervalSeconds: checkIntervalSeconds(request.intervalSeconds ?? 1),
    cores: request.cores ?? [],
    filePath: request.filePath,
    receiveTimeoutMs: checkReceiveTimeoutMs(request.receiveTimeoutMs ?? 120_000),
    sendTimeoutMs: checkSendTimeoutMs(request.sendTimeoutMs ?? 0),
    controlKeepalive: request.controlKeepalive && checkKeepalive(request.controlKeepalive),
    pidFilePath: request.pidFilePath,
    sctpBindAddresses: request.sctpBindAddresses ?? [],
    debugLevel: request.debugLevel ?? 0,
    output: withDefaults(defaultOutput, request.output),
  };
}
