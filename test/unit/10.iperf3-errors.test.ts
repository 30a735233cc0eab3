import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { VnetperfError } from '../../lib/errors.js';
import { iperf3Error, iperf3ErrorText } from '../../lib/iperf3-errors.js';
import { errnoOf, strerror } from '../../lib/strerror.js';

describe('iperf3 errors', () => {
  it('have the number, a readable code and the words of iperf3', () => {
    const error = iperf3Error(121);
    expect(error).toBeInstanceOf(VnetperfError);
    expect(error).toMatchObject({
      code: 'ERR_SERVER_BUSY',
      iperf3Number: 121,
      errno: 0,
      message: 'the server is busy running a test. try again later',
    });
  });

  it('append the reason of the kernel where iperf3 does, and nothing when there is none', () => {
    expect(iperf3Error(17, { errno: 2 }).message).toBe('unable to open log file: No such file or directory');
    expect(iperf3Error(17, { errno: -2 }).message).toBe('unable to open log file: No such file or directory');
    expect(iperf3Error(31).message).toBe('receive timeout value is incorrect or not in range');
    expect(iperf3Error(109, { errno: 104 })).toMatchObject({
      message: 'control socket has closed unexpectedly',
      errno: 104,
    });
  });

  it('append what the resolver said instead, where it was a name that could not be found', () => {
    expect(iperf3Error(103, { lookup: 'Name or service not known' }).message).toBe(
      'unable to connect to server - server may have stopped running or use a different port, firewall issue, etc.: ' +
        'Name or service not known',
    );
    expect(iperf3Error(117, { lookup: 'Name or service not known' }).message).toBe('unable to receive results');
  });

  it('quote the refused value and add where it happened', () => {
    expect(iperf3Error(38, { subject: '5x' }).message).toBe("invalid unit value or suffix: '5x'");
    expect(iperf3Error(109, { context: 'while waiting for the results' }).message).toBe(
      'control socket has closed unexpectedly (while waiting for the results)',
    );
  });

  it('keep remedy and cause', () => {
    const cause = new Error('why');
    expect(iperf3Error(22, { remedy: 'do this', cause })).toMatchObject({ remedy: 'do this', cause });
  });

  it('name numbers of a newer peer as iperf3 does', () => {
    expect(iperf3Error(999, { errno: 111 })).toMatchObject({
      code: 'IPERF3_999',
      message: 'int_errno=999: Connection refused',
    });
    expect(iperf3ErrorText(999)).toBe('int_errno=999');
    expect(iperf3ErrorText(142)).toBe('test authorization failed');
  });

  it('have one code each', () => {
    const known = Array.from({ length: 400 }, (_, number) => iperf3Error(number)).filter(
      (error) => !error.code.startsWith('IPERF3_'),
    );
    expect(known.length).toBeGreaterThan(100);
    expect(new Set(known.map((error) => error.code)).size).toBe(known.length);
  });
});

describe('strerror', () => {
  it.each([
    [1, 'Operation not permitted'],
    [2, 'No such file or directory'],
    [22, 'Invalid argument'],
    [32, 'Broken pipe'],
    [98, 'Address already in use'],
    [99, 'Cannot assign requested address'],
    [101, 'Network is unreachable'],
    [104, 'Connection reset by peer'],
    [110, 'Connection timed out'],
    [111, 'Connection refused'],
    [113, 'No route to host'],
    [115, 'Operation now in progress'],
  ])('says of %i what the C library says', (number, sentence) => {
    expect(strerror(number)).toBe(sentence);
    expect(strerror(-number)).toBe(sentence);
  });

  it('knows every error that a socket or file can have here', () => {
    for (const name of ['ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH', 'EADDRINUSE', 'EACCES', 'ENOSPC'] as const) {
      expect(strerror(constants.errno[name])).not.toContain('Unknown');
    }
    expect(strerror(4000)).toBe('Unknown error 4000');
  });

  it('reads the number from errors of Node', () => {
    expect(errnoOf(Object.assign(new Error(), { errno: -111, code: 'ECONNREFUSED' }))).toBe(111);
    expect(errnoOf(Object.assign(new Error(), { code: 'EPIPE' }))).toBe(32);
    expect(errnoOf(Object.assign(new Error(), { code: 'ERR_SOMETHING' }))).toBe(0);
    expect(errnoOf('not an error')).toBe(0);
  });
});
