/** Ids that were typed: one each, or several with commas between them. */
export function idsOf(typed: readonly string[]): string[] {
  return typed
    .flatMap((word) => word.split(','))
    .map((id) => id.trim())
    .filter((id) => id !== '');
}
