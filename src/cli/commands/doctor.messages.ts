export const text = {
  summary:
    'Check everything that can be wrong; each finding has one fix. Reads only. Ends with 1 when a check fails or a CRM does not answer.',
  fix: (fix: string) => `fix: ${fix}`,
  counts: (checks: string, ok: number, warn: number, fail: number, unknown: number) =>
    `${checks}: ${ok} ok, ${warn} warn, ${fail} fail, ${unknown} unknown.`,
  notLookedAt: (checks: string) => `not looked at: ${checks}`,
  next: 'tierlink doctor        (again, after the fixes)',
} as const;
