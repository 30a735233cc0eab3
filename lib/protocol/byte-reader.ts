import assert from 'node:assert/strict';

const FIRST_ALLOCATION_BYTES = 4096;

/**
 * Cuts a stream of chunks into items of a wanted size. An item that stands whole in a chunk is not copied. For one that
 * does not, memory grows with what has come in and not with what was announced: a peer that announces megabytes and
 * sends none costs four kilobytes.
 */
export class ByteReader {
  #chunk: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #partial: Uint8Array = new Uint8Array(0);
  #partialLength = 0;

  /** The chunk is not copied and must stay as it is until take() has returned undefined. */
  feed(chunk: Uint8Array): void {
    assert(this.#offset === this.#chunk.length, 'the last chunk must be used up');
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * The next `length` bytes, or undefined when they are not all there: what there is has been taken from the chunk and
   * is kept. The same length must be asked for until it is there.
   */
  take(length: number): Uint8Array | undefined {
    const available = this.#chunk.length - this.#offset;
    if (this.#partialLength === 0 && available >= length) {
      return this.#advance(length);
    }
    assert(this.#partialLength < length, 'the length of an item must not change under way');
    const part = this.#advance(Math.min(available, length - this.#partialLength));
    this.#reserve(this.#partialLength + part.length, length);
    this.#partial.set(part, this.#partialLength);
    this.#partialLength += part.length;
    if (this.#partialLength < length) {
      return undefined;
    }
    const item = this.#partial.subarray(0, length);
    this.#partial = new Uint8Array(0);
    this.#partialLength = 0;
    return item;
  }

  /** What has come of the item that take() is waiting for. */
  get waiting(): Uint8Array {
    return this.#partial.subarray(0, this.#partialLength);
  }

  /** What of the last chunk no take() has touched. */
  get untouched(): Uint8Array {
    return this.#chunk.subarray(this.#offset);
  }

  /** Memory held for an unfinished item. */
  get allocatedBytes(): number {
    return this.#partial.length;
  }

  #advance(length: number): Uint8Array {
    const part = this.#chunk.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return part;
  }

  #reserve(needed: number, limit: number): void {
    if (needed <= this.#partial.length) {
      return;
    }
    const grown = Math.max(needed, 2 * this.#partial.length, FIRST_ALLOCATION_BYTES);
    const partial = new Uint8Array(Math.min(limit, grown));
    partial.set(this.waiting);
    this.#partial = partial;
  }
}
