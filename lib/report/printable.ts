/** What another machine wrote must not move this terminal's cursor or change its title. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '?');
}
