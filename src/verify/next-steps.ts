import type { MismatchCause } from '../model/mismatch-causes.ts';

/** What to do about records with a cause, the best first. */
export function stepsFor(cause: MismatchCause, of: { connection: string; object: string }): string[] {
  const { connection, object } = of;
  const plan = `tierlink plan --connection ${connection} --cause ${cause}`;
  switch (cause) {
    case 'duplicate':
      return [`If two of them are the same, merge them in ${connection}; else see: tierlink doctor`];
    case 'orphan':
      return [`tierlink rejects list --connection ${connection} --object ${object} --held`];
    case 'invalid':
      return [`tierlink rejects list --connection ${connection} --object ${object}`];
    case 'unsent_edit':
      return [plan];
    default:
      return [plan, `tierlink sync --connection ${connection} --object ${object} --full`];
  }
}
