export const text = {
  list: {
    summary: 'List overrides and waivers: what people decided about single partners, why and until when.',
    partner: 'Only those of this partner.',
    all: 'List also those that are over.',
    columns: ['PARTNER', 'KIND', 'WHAT', 'FROM', 'THROUGH', 'BY', 'REASON'],
    none: 'There is none in force or to come.',
    of: (requirement: string, tier: string) => `${requirement} of ${tier}`,
    idle: (partner: string, requirement: string, tier: string) =>
      `The waiver of ${requirement} for ${partner} waives nothing: ${tier} asks for no requirement of that name any more. End it (tierlink tier waive "${partner}" ${requirement.includes(' ') ? `"${requirement}"` : requirement} --end), and waive the one that took its place.`,
    ended: (day: string) => `ended ${day}`,
    reasons: (reason: string, ended: string) => `${reason}; ended: ${ended}`,
  },
} as const;
