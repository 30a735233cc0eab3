import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 16_384;
const LAST_LINES = 6;
const LONGEST_LINE = 240;

/** What a daemon said last, for a person: messages without their times and levels. */
export function lastWords(logFile: string): string[] {
  const said = tail(logFile).split('\n').map(messageOf).filter(Boolean);
  return said.filter((message, index) => message !== said[index - 1]).slice(-LAST_LINES);
}

function tail(logFile: string): string {
  const log = openSync(logFile, 'r');
  try {
    const { size } = fstatSync(log);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(log, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString();
    // The first of a tail is the rest of a line.
    return size > TAIL_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(log);
  }
}

/** The message of a line of dockerd's and containerd's log, of etcd's, Open vSwitch's or BIRD's; any other as it is. */
export function messageOf(line: string): string {
  const text = line.trim();
  const message =
    engineMessage(text) ??
    etcdMessage(text) ??
    /^\S+Z\|\d+\|[^|]+\|[A-Z]+\|(.*)$/.exec(text)?.[1] ??
    /^\d{4}-\d\d-\d\d [\d:.]+ <[A-Z]+> (.*)$/.exec(text)?.[1] ??
    text;
  return message.length > LONGEST_LINE ? `${message.slice(0, LONGEST_LINE)}...` : message;
}

/** `time="..." level=warning msg="..." error="..."`; a value with white space is quoted. */
function engineMessage(line: string): string | undefined {
  if (!/^time=\S+ level=/.test(line)) return undefined;
  const values = new Map(
    [...line.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|\S*)/g)].map(([, key, value]) => [key!, unquoted(value!)]),
  );
  const [message, error] = [values.get('msg'), values.get('error')];
  if (message === undefined) return undefined;
  return error === undefined || error === '<nil>' ? message : `${message}: ${error}`;
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : value;
}

/** capnslog's `2026-01-31 12:00:00.000000 I | etcdmain: ...`, or a JSON object. */
function etcdMessage(line: string): string | undefined {
  const plain = /^\d{4}-\d\d-\d\d [\d:.]+ [A-Z] \| (.*)$/.exec(line)?.[1];
  if (plain !== undefined || !line.startsWith('{')) return plain;
  try {
    const { msg, error } = JSON.parse(line);
    return typeof msg !== 'string' ? undefined : typeof error === 'string' ? `${msg}: ${error}` : msg;
  } catch {
    return undefined;
  }
}
