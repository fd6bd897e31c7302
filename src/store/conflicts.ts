/** PostgreSQL's codes: a deadlock; a conflict with another transaction. */
const codes: ReadonlySet<unknown> = new Set(['40P01', '40001']);

/** How often a transaction is begun that others keep getting in the way of. */
export const conflictAttempts = 5;

/** Whether the database rolled a transaction back because it met another one: begun once more it goes through. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && codes.has((error as { code?: unknown }).code);
}

/** Begins a transaction again while it meets others; it must change nothing but the database. Throws what else fails. */
export async function despiteConflicts<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!isConflict(error) || attempt >= conflictAttempts) throw error;
    }
  }
}
