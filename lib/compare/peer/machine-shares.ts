import { coreDifference, readCoreSeconds } from '../../platform/core-seconds.js';
import { readProcessSeconds } from '../../platform/process-seconds.js';
import { carrierFacts, type ProcessReading } from '../../traffic/carrier-cpu.js';
import type { CarrierIdentity } from '../../traffic/events.js';
import { corePercents } from '../../traffic/facts.js';
import type { Measurement } from '../measurement.js';

/** What the cores and the carriers of a network do from here on: what another program does not tell of its test. */
export class MachineShares {
  readonly #carriers: readonly CarrierIdentity[];
  readonly #cores = readCoreSeconds();
  readonly #processes: ProcessReading;

  constructor(carriers: readonly CarrierIdentity[]) {
    this.#carriers = carriers;
    this.#processes = this.#read();
  }

  untilNow(): Pick<Measurement, 'cores' | 'carriers'> {
    return {
      cores: corePercents(coreDifference(this.#cores, readCoreSeconds())),
      carriers: carrierFacts(this.#carriers, this.#processes, this.#read()),
    };
  }

  #read(): ProcessReading {
    const processes = this.#carriers.map(({ pid }) => readProcessSeconds(pid));
    return { processes, readSeconds: performance.now() / 1000 };
  }
}
