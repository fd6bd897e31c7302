export const text = {
  summary: 'Check a program file: every mistake with its line, and what it would measure.',
  file: "The file. (Default: the project's program)",
  ok: (name: string, version: string) => `${name} ${version} is sound.`,
  facts: {
    kpis: 'KPIs',
    ladders: 'Ladders',
    zone: 'Time zone',
    currency: 'Currency',
    validFrom: 'Valid from',
  },
  noLadders: 'none: this program measures without tiers',
  ladder: (label: string, tiers: string) => `${label}: ${tiers}`,
  notGuarded: (why: string) => `Who relies on the rules in force was not looked at: ${why}`,
  bad: (errors: string, warnings: string) => `${errors}, ${warnings}.`,
} as const;
