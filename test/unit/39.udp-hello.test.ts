import { describe, expect, it } from 'vitest';
import { isUdpHelloReply, udpHello, udpHelloReply } from '../../lib/protocol/udp-hello.js';

describe('the first datagrams of a UDP stream', () => {
  it('are 9876 and 6789 in digits, as since 3.12', () => {
    expect(udpHello()).toEqual(Uint8Array.of(0x39, 0x38, 0x37, 0x36));
    expect(udpHelloReply()).toEqual(Uint8Array.of(0x36, 0x37, 0x38, 0x39));
    expect(isUdpHelloReply(udpHelloReply())).toBe(true);
  });

  it('may be answered by a server up to 3.11, of either byte order', () => {
    expect(isUdpHelloReply(Uint8Array.of(0xb1, 0x68, 0xde, 0x3a))).toBe(true);
    expect(isUdpHelloReply(Uint8Array.of(0x3a, 0xde, 0x68, 0xb1))).toBe(true);
  });

  it('are not taken for data that overtook the answer, nor for the hello itself', () => {
    expect(isUdpHelloReply(udpHello())).toBe(false);
    expect(isUdpHelloReply(new Uint8Array(0))).toBe(false);
    expect(isUdpHelloReply(udpHelloReply().subarray(0, 3))).toBe(false);
    expect(isUdpHelloReply(Buffer.from('67890123456789012345'))).toBe(false);
    expect(isUdpHelloReply(Buffer.from('xx6789').subarray(2))).toBe(true);
  });
});
