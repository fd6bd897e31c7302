import { userInfo } from 'node:os';

/** Who is at the command line, for the audit. */
export function currentActor(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user number without a name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
