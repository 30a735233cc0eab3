/** `asked` over `defaults`. A key that is present but undefined counts as absent. */
export function withDefaults<Shape extends object>(defaults: Shape, asked: Partial<Shape> | undefined): Shape {
  const given = Object.entries(asked ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as Partial<Shape>) };
}
