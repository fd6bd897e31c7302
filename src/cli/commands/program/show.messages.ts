export const text = {
  summary: 'Show what a program says, on one page, for somebody who has to explain it.',
  file: "The file. (Default: the project's program)",
  title: (title: string, version: string, validFrom: string) =>
    `${title}, version ${version}, in force from ${validFrom}`,
  circumstances: ({
    timeZone,
    currency,
    period,
    fiscalYearStart,
  }: {
    timeZone: string;
    currency: string;
    period: string;
    /** Its first month; null for January. */
    fiscalYearStart: string | null;
  }) =>
    `Time zone ${timeZone}, amounts in ${currency}, figures kept per ${period}${
      fiscalYearStart === null ? '' : `, fiscal year from ${fiscalYearStart}`
    }.`,
  rates: (currency: string) => `What one unit of another currency is worth in ${currency}`,
  rate: (rate: string, from: string | null) => (from === null ? rate : `${rate} from ${from}`),
  rateAt: {
    evaluation: 'The rate of the day of the evaluation counts, where a measure does not say so.',
    windowEnd: 'The rate of the last day of the window counts, where a measure does not say so.',
  },
  sources: (readOn: string) => `Taken from, as read on ${readOn}`,
  unknown: 'What the sources do not say',
  errata: 'Where the sources contradict themselves',
  types: 'Partner types',
  tracks: 'Tracks, of which the first one that fits is that of a partner',
  track: (track: string, when: string | null) => `${track} (${when ?? 'everybody else'})`,
  trackKeeping: (keeping: string) => `A track that was given is kept ${keeping}.`,
  regions: 'Regions',
  region: (label: string, has: string) => `${label} (${has})`,
  otherCountries: 'every other country',
  factors: 'What makes partners succeed, the most important first',
  figures: 'How each figure is made',
  whenEmpty: 'A figure that is not there neither raises nor lowers a tier, where nothing else is said of it.',
  figure: (label: string, unit: string) => `${label} (${unit})`,
  made: (part: string | null, says: string, hasLines: boolean) =>
    `${part === null ? 'Is' : `${part}`} ${says}${hasLines ? ':' : '.'}`,
  tables: 'Tables that figures look up',
  tableFrom: (day: string) => `From ${day}:`,
  missing: {
    leaveOut: 'A record that it has no value for does not count, and is named.',
    refuse: 'There is no figure while it has no value for a record.',
  },
  certificates: 'What certificates count',
  calendars: 'Business calendars',
  attributes: 'Attributes of your own',
  freshness: 'How late data may be, before figures cost nobody a tier',
  motivators: 'What moves partners, the strongest first',
  withTarget: ({ label, target }: { label: string; target: string | null }) =>
    target === null ? label : `${label} (target ${target})`,
  benefits: 'What partners get',
  due: (when: string) => `, ${when}`,
  responsibilities: 'Who does what',
  vendor: (words: string) => `Vendor: ${words}`,
  partner: (words: string) => `Partner: ${words}`,
  expected: (words: string) => `Expected ${words}`,
  ramp: (days: number) => `The first ${days} days of a new partner`,
  goals: 'Goals of the program',
  everyPartner: 'for every partner',
  forTypes: (types: readonly string[]) =>
    `for partners of the ${types.length === 1 ? 'type' : 'types'} ${types.join(', ')}`,
  where: (condition: string) => `where ${condition}`,
  specialisation: ', a specialisation beside the tier',
  beside: ', beside other ladders',
  entry: (tier: string) => `New partners start as ${tier}.`,
  heldByCompany: 'It is decided for the company at the top of a family; its subsidiaries have the same.',
  alike: (each: string, labels: readonly string[]) =>
    `Alike, with its own words, for each other ${each}: ${labels.join('; ')}.`,
  cumulative: 'A tier also asks for what all tiers below it ask for.',
  asksForNothing: 'Asks for nothing.',
  asksFor: 'Asks for:',
  toKeep: 'To keep it:',
  onBestTrack: 'Judged on the track on which it holds: all of it on the same one.',
  onBestRegion: 'Judged in the region in which it holds: all of it in the same one, by its figures.',
  gives: 'Gives:',
  approval: 'Approvals',
  profile: (label: string) => `${label}: fit of 0 to 100`,
  profileColumns: ['CRITERION', 'WEIGHT', 'IDEAL'],
  noLadders: 'No tiers: the program measures its partners, and ranks them.',
  next: (file: string | undefined) => `tierlink program check${file === undefined ? '' : ` ${file}`}`,
} as const;
