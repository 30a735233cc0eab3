import { formatGeneral } from './number-format.js';

/**
 * JSON in cJSON's layout, which scripts that parse iperf3's output line by line rely on: tabs, `"key":<TAB>value`, arrays
 * in one line with their objects broken. Members that are undefined are left out. No newline at the end.
 */
export function printJson(value: unknown): string {
  return printValue(value, 0, true);
}

/** The same on one line with no blanks, as the event stream has it. */
export function printJsonCompact(value: unknown): string {
  return printValue(value, 0, false);
}

/**
 * A number as cJSON prints it: whole ones as an integer, others with 15 significant digits if that comes within one part
 * in 2^52 of the value, else 17. JSON has no word for NaN and infinity: null.
 */
export function printNumber(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return BigInt(value).toString();
  const short = formatGeneral(value, 15);
  const close = Math.abs(Number(short) - value) <= Math.abs(value) * Number.EPSILON;
  return close ? short : formatGeneral(value, 17);
}

function printValue(value: unknown, depth: number, pretty: boolean): string {
  switch (typeof value) {
    case 'number':
      return printNumber(value);
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? printArray(value, depth, pretty) : printObject(value, depth, pretty);
    default:
      return 'null';
  }
}

function printArray(items: unknown[], depth: number, pretty: boolean): string {
  return `[${items.map((item) => printValue(item, depth + 1, pretty)).join(pretty ? ', ' : ',')}]`;
}

function printObject(object: object, depth: number, pretty: boolean): string {
  const members = Object.entries(object).filter(([, value]) => value !== undefined);
  if (!pretty) {
    return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${printValue(value, depth + 1, false)}`).join(',')}}`;
  }
  const indent = '\t'.repeat(depth);
  const lines = members.map(
    ([key, value]) => `${indent}\t${JSON.stringify(key)}:\t${printValue(value, depth + 1, true)}`,
  );
  return lines.length === 0 ? `{\n${indent}}` : `{\n${lines.join(',\n')}\n${indent}}`;
}
