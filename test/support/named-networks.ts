import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** Network namespaces with names of a test's own, gone when it is disposed of. Needs root. */
export class NamedNetworks implements Disposable {
  readonly #suffix = randomBytes(3).toString('hex');
  readonly #names: string[] = [];

  constructor(...words: string[]) {
    for (const word of words) {
      execFileSync('ip', ['netns', 'add', this.name(word)]);
      this.#names.push(this.name(word));
      this.run(word, 'ip link set lo up');
    }
  }

  /** As `ip netns` has it. */
  name(word: string): string {
    return `vnptest-${word}-${this.#suffix}`;
  }

  /** As vnetperf takes it. */
  place(word: string): string {
    return `netns:${this.name(word)}`;
  }

  /** Runs a command inside; its words are split at spaces. */
  run(word: string, line: string): string {
    const command = line.split(' ');
    return execFileSync('nsenter', [`--net=/run/netns/${this.name(word)}`, ...command], {
      encoding: 'utf8',
      timeout: 5_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** A cable: an interface with an address in one, another in the other. */
  cable(one: string, port: string, other: string, otherPort: string): void {
    this.run(one, `ip link add ${port} type veth peer name ${otherPort} netns ${this.name(other)}`);
    this.run(one, `ip link set ${port} up`);
    this.run(other, `ip link set ${otherPort} up`);
  }

  [Symbol.dispose](): void {
    for (const name of this.#names) execFileSync('ip', ['netns', 'delete', name]);
  }
}
