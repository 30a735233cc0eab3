/**
 * Where a figure is NaN or infinite, for which JSON has no word: `cores[2].user`. undefined where all are numbers.
 */
export function findNotFinite(value: unknown, place = ''): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : place;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const found = findNotFinite(part, placeOf(place, key, Array.isArray(value)));
    if (found !== undefined) return found;
  }
  return undefined;
}

function placeOf(place: string, key: string, inList: boolean): string {
  if (inList) return `${place}[${key}]`;
  return place === '' ? key : `${place}.${key}`;
}
