/** Numbers and states as people read them. */

/** 41,873 */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** "1 record", "3 records" */
export function formatMany(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** 850 ms, 12.4 s, 3:41 */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A value from a record, in one line. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(formatValue).join(', ');
  if (typeof value === 'object' && 'amount' in value && 'currency' in value) {
    return `${String(value.amount)} ${String(value.currency)}`;
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What to do, in front of which "Try:" or "fix:" stands already: a bare command loses its own introduction. */
export function formatAction(action: string): string {
  return action.replace(/^(?:Run|See): (?=tierlink )/, '');
}

/** What to do about an error, a line for each. */
export function formatActions(actions: readonly string[]): string[] {
  return actions.map((action, index) => `${index === 0 ? 'Try:' : '    '}  ${formatAction(action)}`);
}
