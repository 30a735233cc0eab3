/** Beyond this a server's report is no longer kept whole for its client: a day of rows would be gigabytes. */
const CAPACITY_CHARACTERS = 4 * 1024 * 1024;

/** Collects the lines of a server's text report for a client that wants them. */
export class ServerOutputText {
  #lines: string[] = [];
  #characters = 0;
  #leftOut = 0;

  /** `essential`: kept whatever there is already, as the summary is. */
  add(line: string, essential: boolean): void {
    if (!essential && this.#characters >= CAPACITY_CHARACTERS) {
      this.#leftOut++;
      return;
    }
    if (this.#leftOut > 0) {
      this.#lines.push(`(${this.#leftOut} rows left out here; the server has printed them)`);
      this.#leftOut = 0;
    }
    this.#lines.push(line);
    this.#characters += line.length + 1;
  }

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}
