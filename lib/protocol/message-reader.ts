import { ByteReader } from './byte-reader.js';
import { decodeJsonBody, decodeJsonLength, type JsonObject, LENGTH_BYTES } from './json-message.js';

/**
 * Messages out of any split of the control connection's bytes. The stream has no marks of its own: what comes next
 * is known only from the state of the test, so the machine asks for what it expects. A question that gets undefined
 * must be asked again, unchanged, after the next feed().
 */
export class MessageReader {
  readonly #bytes = new ByteReader();
  #firstLengthByte: number | undefined;
  #bodyLength: number | undefined;

  feed(chunk: Uint8Array): void {
    this.#bytes.feed(chunk);
  }

  state(): number | undefined {
    return this.#bytes.take(1)?.[0];
  }

  exactly(length: number): Uint8Array | undefined {
    return this.#bytes.take(length);
  }

  /**
   * A JSON message, or one of the state bytes that a peer sends instead of it when it gives up. The two cannot be
   * confused: each of those bytes, as the first of a length, would announce more than `limit`.
   *
   * @throws MalformedJson
   */
  jsonOr(states: readonly number[], limit: number): { json: JsonObject } | { state: number } | undefined {
    if (this.#bodyLength === undefined) {
      const first = this.#firstLengthByte ?? this.state();
      if (first === undefined) {
        return undefined;
      }
      if (states.includes(first)) {
        return { state: first };
      }
      this.#firstLengthByte = first;
      const rest = this.#bytes.take(LENGTH_BYTES - 1);
      if (rest === undefined) {
        return undefined;
      }
      this.#bodyLength = decodeJsonLength(Uint8Array.of(first, ...rest), limit);
      this.#firstLengthByte = undefined;
    }
    const body = this.#bytes.take(this.#bodyLength);
    if (body === undefined) {
      return undefined;
    }
    this.#bodyLength = undefined;
    return { json: decodeJsonBody(body) };
  }

  /** What has come of the message that is waited for. */
  get waiting(): Uint8Array {
    return this.#bytes.waiting;
  }

  /** What stands behind the last message in the last chunk. */
  get untouched(): Uint8Array {
    return this.#bytes.untouched;
  }

  /** The message under way in words, for the error when it is cut off; undefined between two messages. */
  get underWay(): string | undefined {
    if (this.#bodyLength !== undefined) {
      return `${this.waiting.length} of ${this.#bodyLength} bytes of a message`;
    }
    if (this.#firstLengthByte !== undefined) {
      return `${1 + this.waiting.length} of the ${LENGTH_BYTES} bytes of a message's length`;
    }
    return undefined;
  }

  get allocatedBytes(): number {
    return this.#bytes.allocatedBytes;
  }
}
