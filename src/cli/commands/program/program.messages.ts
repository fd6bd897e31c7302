export const text = {
  summary: 'Check program files: every mistake with its line, and what they would measure.',
  file: "One or more files. (Default: the project's program)",
  ok: (name: string, version: string) => `${name} ${version} is sound.`,
  facts: {
    kpis: 'KPIs',
    ladders: 'Ladders',
    specialisations: 'Specialisations',
    zone: 'Time zone',
    currency: 'Currency',
    validFrom: 'Valid from',
  },
  noLadders: 'none: this program measures without tiers',
  ladder: (label: string, tiers: string) => `${label}: ${tiers}`,
  notGuarded: (why: string) => `Who relies on the rules in force was not looked at: ${why}`,
  files: (files: string, bad: number) =>
    bad === 0 ? `${files}, all sound.` : `${files}, ${bad} with errors.`,
  noYaml: (reason: string) => `is not valid YAML: ${reason.replace(/^line \d+, column \d+: /, '')}`,
  bad: (errors: string, warnings: string) => `${errors}, ${warnings}. What each code means: docs/findings.md`,
} as const;
