export const text = {
  summary:
    'Check everything that can be wrong; each finding has one fix. Reads only. Ends with 1 when a check fails or a CRM does not answer.',
  fix: (fix: string) => `fix: ${fix}`,
  all: 'List the checks that are ok too.',
  setUp: (path: string) => `in the CRM: ${path}`,
  folded: (ok: number) => `... ${ok} ok (--all to list)`,
  counts: (checks: string, { ok, warn, fail, unknown }: Record<'ok' | 'warn' | 'fail' | 'unknown', number>) =>
    `${checks}: ${ok} ok, ${warn} warn, ${fail} fail, ${unknown} unknown.`,
  notLookedAt: (checks: string) => `not looked at: ${checks}`,
  next: 'tierlink doctor        (again, after the fixes)',
} as const;
