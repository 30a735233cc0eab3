import { describe, expect, it } from 'vitest';
import { unlessAborted } from '../../lib/api/unless-aborted.js';
import { type DiagnosisSubject, diagnose, InterruptedError, TestError } from '../../lib/index.js';

const MACHINE: DiagnosisSubject = { subject: 'machine', network: {} };

async function thrownBy(body: () => Promise<unknown>): Promise<unknown> {
  return await body().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a diagnosis that is aborted', () => {
  it.each<DiagnosisSubject>([
    MACHINE,
    { subject: 'kind', kind: 'veth', network: {} },
    { subject: 'places', places: ['host', 'host'], network: {} },
  ])('before it begins is interrupted: $subject', async (subject) => {
    const error = await thrownBy(() => diagnose(subject, { signal: AbortSignal.abort('no time') }));
    expect(error).toBeInstanceOf(InterruptedError);
    expect(error).toMatchObject({ code: 'ERR_INTERRUPTED', cause: 'no time' });
  });

  it('while it looks is interrupted, and says nothing of what it saw', async () => {
    const aborting = new AbortController();
    const diagnosis = diagnose(MACHINE, { signal: aborting.signal });
    setImmediate(() => aborting.abort());
    await expect(diagnosis).rejects.toThrow(InterruptedError);
  });
});

describe('what nobody waits for any more', () => {
  it('is let go of when it comes', async () => {
    const aborting = new AbortController();
    const letGo: string[] = [];
    let come = (_: string) => {};
    const working = new Promise<string>((resolve) => {
      come = resolve;
    });
    const waiting = unlessAborted(
      () => working,
      aborting.signal,
      'it was interrupted',
      (value) => void letGo.push(value),
    );
    aborting.abort();
    await expect(waiting).rejects.toThrow('it was interrupted');
    come('late');
    await expect.poll(() => letGo).toEqual(['late']);
  });

  it('is not begun after the signal, and ends with its reason where that is an error of ours', async () => {
    const reason = new TestError('the server is gone', { code: 'ERR_CONTROL_CLOSED' });
    const begun: string[] = [];
    const body = async () => void begun.push('begun');
    expect(await thrownBy(() => unlessAborted(body, AbortSignal.abort(reason), 'unused'))).toBe(reason);
    expect(begun).toEqual([]);
  });
});
