/** `undecided`: the figures show neither. It is no pass. */
export type GateOutcome = 'passed' | 'failed' | 'undecided';

/** Of several together: one that failed decides, then one that is undecided. */
export function worstOutcome(outcomes: readonly GateOutcome[]): GateOutcome {
  if (outcomes.includes('failed')) return 'failed';
  return outcomes.length === 0 || outcomes.includes('undecided') ? 'undecided' : 'passed';
}
