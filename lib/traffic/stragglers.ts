/** A data connection that was under way when its test failed would be taken for a new client, and waited for. */
const STRAGGLERS_MS = 3_000;

/** Cookies of tests whose clients left while streams were being opened: for a while some may still come. */
export class Stragglers {
  readonly #untilMs = new Map<string, number>();

  add(cookie: string): void {
    this.#untilMs.set(cookie, performance.now() + STRAGGLERS_MS);
  }

  has(cookie: string): boolean {
    const now = performance.now();
    for (const [old, untilMs] of this.#untilMs) if (untilMs < now) this.#untilMs.delete(old);
    return this.#untilMs.has(cookie);
  }
}
