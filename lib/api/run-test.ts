import type { ClientConfiguration } from '../configuration/configuration.js';
import { type ClientRequest, resolveClient } from '../configuration/resolve-client.js';
import { runClient } from '../traffic/client.js';
import type { NetworkNamespace } from '../traffic/namespace.js';
import { coresOfClient, withPlacement } from './chosen-cores.js';
import { type RunningTest, TestInProgress } from './running-test.js';
import { measuredAlone, TestRecorder, wholeOutput } from './test-recorder.js';

/** What to measure. Everything absent takes iperf3's default: TCP, one stream, ten seconds, port 5201. */
export interface TestRequest
  extends Omit<ClientRequest, 'cores' | 'pidFilePath' | 'debugLevel' | 'output' | 'sctpBindAddresses'> {
  /** Name or address of the server; `%dev` behind a link-local address is its zone. */
  host: string;
  /** Cores of this end's threads, dealt to the streams in turn; `auto` = what suits this machine. Default: any. */
  cores?: readonly number[] | 'auto' | undefined;
}

/** Beside what is to be measured. */
export interface TestOptions {
  /** Aborting ends the test at once: it is rejected with ERR_INTERRUPTED. */
  signal?: AbortSignal | undefined;
  /** Where the sockets are made, for example `network.client.namespace`. Default: this process's own network. */
  namespace?: NetworkNamespace | undefined;
  /** false: of a test of many hours, intervals are told and not remembered. Default true. */
  keepIntervals?: boolean | undefined;
}

/**
 * Runs one test against a server, iperf3's or vnetperf's.
 *
 * @returns the test under way: await it, iterate over it, or listen to it. What awaits it is rejected with a RequestError
 * for a limit that is not kept, a TestError where the server could not be reached, refused, broke off or fell silent, an
 * InterruptedError where it was aborted; each with iperf3's number where iperf3 has one.
 */
export function runTest(request: TestRequest | ClientConfiguration, options: TestOptions = {}): RunningTest {
  const { namespace, keepIntervals } = options;
  return new TestInProgress(async (tell, signal) => {
    const { cores: asked, ...rest } = request;
    const unplaced = 'role' in rest ? rest : resolveClient({ ...rest, output: wholeOutput(keepIntervals) });
    const cores = await coresOfClient(asked, unplaced.settings);
    const recorder = new TestRecorder({ keepIntervals });
    const onEvent = (event: Parameters<typeof tell>[0]) => {
      const whole = withPlacement(event, cores);
      recorder.add(whole);
      tell(whole);
    };
    const end = await runClient({ ...unplaced, cores: cores.client }, { namespace, signal, onEvent });
    return recorder.result(recorder.end ?? end, measuredAlone(end, recorder));
  }, options);
}
