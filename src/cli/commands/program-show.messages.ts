export const text = {
  summary: 'Show what a program says, on one page, for somebody who has to explain it.',
  file: "The file. (Default: the project's program)",
  title: (title: string, version: string, validFrom: string) =>
    `${title}, version ${version}, in force from ${validFrom}`,
  circumstances: ({ timeZone, currency, period }: { timeZone: string; currency: string; period: string }) =>
    `Time zone ${timeZone}, amounts in ${currency}, figures kept per ${period}.`,
  types: 'Partner types',
  factors: 'What makes partners succeed, the most important first',
  others: 'Other figures',
  motivators: 'What moves partners, the strongest first',
  withTarget: ({ label, target }: { label: string; target: string | null }) =>
    target === null ? label : `${label} (target ${target})`,
  everyPartner: 'for every partner',
  forTypes: (types: string) => `for ${types}`,
  where: (condition: string) => `where ${condition}`,
  entry: (tier: string) => `New partners start as ${tier}.`,
  cumulative: 'A tier also asks for what all tiers below it ask for.',
  asksForNothing: 'Asks for nothing.',
  asksFor: 'Asks for:',
  toKeep: 'To keep it:',
  gives: 'Gives:',
  approval: 'Approvals',
  profile: (label: string) => `${label}: fit of 0 to 100`,
  profileColumns: ['CRITERION', 'WEIGHT', 'IDEAL'],
  noLadders: 'No tiers: the program measures its partners, and ranks them.',
  next: 'tierlink program check',
} as const;
