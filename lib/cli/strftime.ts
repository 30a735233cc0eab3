/**
 * strftime(3) in the C locale and local time, with glibc's flags (`_ - 0 ^ #`) and widths. What is no conversion is
 * printed as it stands, as glibc does.
 */
export function strftime(format: string, date: Date): string {
  return format.replace(
    /%([-_0^#]*)(\d*)[EO]?(.)/gs,
    (whole: string, flags: string, width: string, conversion: string) => {
      const field = convert(conversion, date);
      return field === undefined ? whole : pad(recase(field.text, flags, conversion), field, flags, width);
    },
  );
}

interface Field {
  text: string;
  width: number;
  fill: '0' | ' ';
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

function convert(conversion: string, date: Date): Field | undefined {
  const hour = date.getHours();
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  switch (conversion) {
    case 'a':
      return words(days[date.getDay()]!.slice(0, 3));
    case 'A':
      return words(days[date.getDay()]!);
    case 'b':
    case 'h':
      return words(months[date.getMonth()]!.slice(0, 3));
    case 'B':
      return words(months[date.getMonth()]!);
    case 'c':
      return words(strftime('%a %b %e %H:%M:%S %Y', date));
    case 'C':
      return digits(Math.floor(date.getFullYear() / 100), 2);
    case 'd':
      return digits(date.getDate(), 2);
    case 'D':
    case 'x':
      return words(strftime('%m/%d/%y', date));
    case 'e':
      return digits(date.getDate(), 2, ' ');
    case 'F':
      return words(strftime('%Y-%m-%d', date));
    case 'g':
      return digits(isoWeek(date).year % 100, 2);
    case 'G':
      return digits(isoWeek(date).year, 1);
    case 'H':
      return digits(hour, 2);
    case 'I':
      return digits(hour12, 2);
    case 'j':
      return digits(dayOfYear(date) + 1, 3);
    case 'k':
      return digits(hour, 2, ' ');
    case 'l':
      return digits(hour12, 2, ' ');
    case 'm':
      return digits(date.getMonth() + 1, 2);
    case 'M':
      return digits(date.getMinutes(), 2);
    case 'n':
      return words('\n');
    case 'p':
      return words(hour < 12 ? 'AM' : 'PM');
    case 'P':
      return words(hour < 12 ? 'am' : 'pm');
    case 'r':
      return words(strftime('%I:%M:%S %p', date));
    case 'R':
      return words(strftime('%H:%M', date));
    case 's':
      return digits(Math.floor(date.getTime() / 1000), 1, ' ');
    case 'S':
      return digits(date.getSeconds(), 2);
    case 't':
      return words('\t');
    case 'T':
    case 'X':
      return words(strftime('%H:%M:%S', date));
    case 'u':
      return digits(date.getDay() === 0 ? 7 : date.getDay(), 1);
    case 'U':
      return digits(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7), 2);
    case 'V':
      return digits(isoWeek(date).week, 2);
    case 'w':
      return digits(date.getDay(), 1);
    case 'W':
      return digits(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7), 2);
    case 'y':
      return digits(date.getFullYear() % 100, 2);
    case 'Y':
      return digits(date.getFullYear(), 1);
    case 'z':
      return words(offset(date));
    case 'Z':
      return words(zoneName(date));
    case '%':
      return words('%');
    default:
      return undefined;
  }
}

function words(text: string): Field {
  return { text, width: 0, fill: ' ' };
}

function digits(value: number, width: number, fill: Field['fill'] = '0'): Field {
  return { text: String(value), width, fill };
}

/** `^`: capitals. `#`: the other case, which glibc knows for names only. `%P` is small whatever is asked. */
function recase(text: string, flags: string, conversion: string): string {
  if (conversion === 'P') return text;
  if (flags.includes('#')) {
    if ('pZ'.includes(conversion)) return text.toLowerCase();
    return 'aAbBh'.includes(conversion) ? text.toUpperCase() : text;
  }
  return flags.includes('^') ? text.toUpperCase() : text;
}

function pad(text: string, field: Field, flags: string, width: string): string {
  // The last of several padding flags counts.
  const flag = [...flags].reverse().find((character) => '_0-'.includes(character));
  if (flag === '-' && width === '') return text;
  const fill = flag === '0' ? '0' : flag === undefined ? field.fill : ' ';
  return text.padStart(width === '' ? field.width : Math.min(Number(width), 1000), fill);
}

function dayOfYear(date: Date): number {
  // In UTC, where every day has 24 hours.
  const today = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return (today - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000;
}

/** ISO 8601: a week belongs to the year that has its Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const weekday = (date.getDay() + 6) % 7;
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() - weekday + 3);
  return { year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const magnitude = Math.abs(minutes);
  const hours = String(Math.floor(magnitude / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}${String(magnitude % 60).padStart(2, '0')}`;
}

/** The zone's short name as people there write it, which is in the tables of one English or the other. */
function zoneName(date: Date): string {
  for (const locale of ['en-US', 'en-GB', 'en-AU', 'en-IN']) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(date);
    const name = parts.find((part) => part.type === 'timeZoneName')?.value;
    if (name !== undefined && /^[A-Z]+$/.test(name)) return name;
  }
  return offset(date).replace(/00$/, '');
}
