import { constants, createHmac, type KeyObject, privateDecrypt } from 'node:crypto';

/** The first two bytes of a padded block (RFC 8017, 7.2.1), then at least eight that are not zero, then a zero. */
const BLOCK_TYPE = 0x02;
const SHORTEST_PADDING_BYTES = 8;
const FIRST_MESSAGE_INDEX = 2 + SHORTEST_PADDING_BYTES + 1;

/** The plaintext, or undefined when this is not a ciphertext for this key. OAEP tells an attacker nothing by failing. */
export function decryptOaep(ciphertext: Uint8Array, privateKey: KeyObject): Uint8Array | undefined {
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return privateDecrypt({ key: privateKey, padding, oaepHash: 'sha1' }, ciphertext);
  } catch {
    return undefined;
  }
}

/**
 * PKCS#1 v1.5. Node refuses this padding for decryption, because who can tell a well-padded block from an ill-padded
 * one can decrypt anything by asking often enough (Bleichenbacher 1998; CVE-2023-46809). So the block is decrypted raw
 * and the padding taken off here without a branch or an index that depends on it, and an ill-padded block yields a
 * message too: one that is derived from key and ciphertext, as good as random and the same every time (implicit rejection).
 * The caller cannot tell the two apart and must not try: it only looks whether the message is the one it wants.
 *
 * @returns undefined for a ciphertext of the wrong size or beyond the modulus, which anybody could tell.
 */
export function decryptPkcs1(ciphertext: Uint8Array, privateKey: KeyObject): Uint8Array | undefined {
  const modulusBits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (ciphertext.length !== Math.ceil(modulusBits / 8) || ciphertext.length < FIRST_MESSAGE_INDEX) {
    return undefined;
  }
  let block: Uint8Array;
  try {
    block = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, ciphertext);
  } catch {
    return undefined;
  }
  return removePkcs1Padding(block, randomBlock(ciphertext, privateKey, block.length));
}

/** The message behind the padding of `block`, or the tail of `substitute` (of the same size) when it is ill-padded. */
export function removePkcs1Padding(block: Uint8Array, substitute: Uint8Array): Uint8Array {
  // Every mask is all ones for true and all zeros for false.
  let separatorIndex = 0;
  let searching = -1;
  for (let index = 2; index < block.length; index++) {
    const found = searching & isZero(block[index]!);
    separatorIndex |= found & index;
    searching &= ~found;
  }
  const good =
    isZero(block[0]!) &
    isZero(block[1]! ^ BLOCK_TYPE) &
    ~searching &
    ~isNegative(separatorIndex - (FIRST_MESSAGE_INDEX - 1));

  // The substitute's length is taken from it too, somewhere within the block.
  const room = block.length - FIRST_MESSAGE_INDEX;
  const substituteLength = ((substitute[0]! << 8) | substitute[1]!) % (room + 1);
  const length = select(good, block.length - 1 - separatorIndex, substituteLength);

  const tail = new Uint8Array(block.length);
  for (let index = 0; index < block.length; index++) {
    tail[index] = select(good, block[index]!, substitute[index]!);
  }
  return tail.subarray(block.length - length);
}

/** HMAC in counter mode, keyed by the private key, so that nobody else can know the substitute. */
function randomBlock(ciphertext: Uint8Array, privateKey: KeyObject, length: number): Uint8Array {
  const secret = privateKey.export({ type: 'pkcs1', format: 'der' });
  const parts: Buffer[] = [];
  for (let counter = 0; parts.length * 32 < length; counter++) {
    parts.push(createHmac('sha256', secret).update(Uint8Array.of(counter)).update(ciphertext).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** All ones when `value` (31 bits) is 0. */
function isZero(value: number): number {
  return ~((value | -value) >> 31);
}

function isNegative(value: number): number {
  return value >> 31;
}

function select(mask: number, whenSet: number, whenClear: number): number {
  return (whenSet & mask) | (whenClear & ~mask);
}
