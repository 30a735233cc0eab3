/** Results may carry the server's whole output; longer than this is no output of a test that a person would read. */
export const RESULTS_LIMIT_FROM_SERVER_BYTES = 64 * 1024 * 1024;
/** A client's results are a few hundred bytes a stream. A server faces strangers, so it takes less on trust. */
export const RESULTS_LIMIT_FROM_CLIENT_BYTES = 4 * 1024 * 1024;
/** iperf3's own cap since 3.18, both for what we take and for what we may send. */
export const PARAMETERS_LIMIT_BYTES = 8192;

export const LENGTH_BYTES = 4;
const NESTING_LIMIT = 1000;

export type JsonObject = Record<string, unknown>;

/** Told of each JSON message of a control connection, in iperf3's words for it. */
export type ExchangeListener = (
  name: 'send_parameters' | 'get_parameters' | 'send_results' | 'get_results',
  json: JsonObject,
) => void;

/** Why a message was refused, as the end of a sentence that begins with what it was to be. */
export class MalformedJson extends Error {
  override readonly name = 'MalformedJson';
}

/** Length, 32 bits big-endian, and the JSON text without an end mark. */
export function encodeJsonMessage(object: JsonObject): Uint8Array {
  const text = Buffer.from(JSON.stringify(object), 'utf8');
  const message = new Uint8Array(LENGTH_BYTES + text.length);
  new DataView(message.buffer).setUint32(0, text.length);
  message.set(text, LENGTH_BYTES);
  return message;
}

/** @throws MalformedJson when a length is not one that may be waited for. */
export function decodeJsonLength(bytes: Uint8Array, limit: number): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  if (length === 0) {
    throw new MalformedJson('is empty');
  }
  if (length > limit) {
    throw new MalformedJson(`is announced with ${length} bytes, more than the ${limit} allowed`);
  }
  return length;
}

/**
 * The object in a message's body. As in iperf3 it is a C string (a NUL ends it), and titles may hold bytes that are not
 * UTF-8, which become U+FFFD.
 *
 * @throws MalformedJson
 */
export function decodeJsonBody(body: Uint8Array): JsonObject {
  const end = body.indexOf(0);
  const text = end < 0 ? body : body.subarray(0, end);
  checkNesting(text);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(text));
  } catch {
    throw new MalformedJson('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedJson('is not a JSON object');
  }
  return value as JsonObject;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/** Ahead of the parse, so that nobody behind it meets an object that is too deep to walk through or to print. */
function checkNesting(text: Uint8Array): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const byte = text[index]!;
    if (byte === QUOTE) {
      inString = !inString;
    } else if (inString) {
      index += byte === BACKSLASH ? 1 : 0;
    } else if (OPENING.includes(byte)) {
      depth++;
      if (depth > NESTING_LIMIT) {
        throw new MalformedJson(`is nested more than ${NESTING_LIMIT} deep`);
      }
    } else if (CLOSING.includes(byte)) {
      depth--;
    }
  }
}
