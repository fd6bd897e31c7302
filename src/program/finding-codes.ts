import type { CodeMeaning } from '../errors-page.ts';

/**
 * Findings with which a program cannot be used. Codes are never reused, whatever becomes of the words of a finding;
 * docs/findings.md is made from here.
 */
export const programErrors = {
  PROGRAM_NOT_YAML: {
    meaning: 'The text of the file is no YAML, so nothing else in it was looked at.',
    fix: 'Correct the line that is named; what is said to be written there is the whole line as it is meant.',
  },
  PROGRAM_REPEATED_KEY: {
    meaning: 'A key is there twice in one block, and nothing says which of the two counts.',
    fix: 'Remove one of them, rename it, or make a list of several conditions.',
  },
  PROGRAM_CUT_NUMBER: {
    meaning: 'Inside { } a comma ends a value, so that a number with commas is cut there.',
    fix: 'Write the number without commas.',
  },
  PROGRAM_INEXACT_NUMBER: {
    meaning: 'A number is read as another one than what was written.',
    fix: 'Write it in quotes.',
  },
  PROGRAM_UNKNOWN_KEY: {
    meaning: 'A key is none that may stand there.',
    fix: 'Correct its spelling, or move it to where it belongs; the reference has the keys of each block.',
  },
  PROGRAM_MISSING_KEY: { meaning: 'A key that has to be there is not.', fix: 'Add it.' },
  PROGRAM_WRONG_VALUE: {
    meaning: 'A value is not of the kind, or not among the words, that may stand there.',
    fix: 'Write what the finding says may stand there.',
  },
  PROGRAM_NOT_ONE_OF: {
    meaning: 'Several of the keys of which exactly one may be used are there, or none.',
    fix: 'Keep one of them, and write the others as entries of their own.',
  },
  PROGRAM_INCOMPLETE: {
    meaning: 'What is written needs something beside it that is not there.',
    fix: 'Add what the finding names, or leave out what needs it.',
  },
  PROGRAM_MISPLACED: {
    meaning: 'A key may not stand at this place, or not beside another one that is there.',
    fix: 'Move it to where the finding says, or leave it out.',
  },
  PROGRAM_NO_EFFECT: {
    meaning: 'What is written changes nothing, so that something else must have been meant.',
    fix: 'Leave it out, or write what the finding proposes.',
  },
  PROGRAM_CONTRADICTION: {
    meaning: 'Two things that are written cannot both be so.',
    fix: 'Change one of the two.',
  },
  PROGRAM_UNKNOWN_WORD: {
    meaning: 'A part of forEach names a word in < > that none of its values has.',
    fix: 'Correct its spelling, or add the word to each value; where the text itself is meant, write << >>.',
  },
  PROGRAM_DUPLICATE: {
    meaning: 'The same name, key or entry is there twice.',
    fix: 'Remove one of the two, or give it a name of its own.',
  },
  PROGRAM_WRONG_ORDER: {
    meaning: 'Entries that have an order do not stand in it.',
    fix: 'Put the earliest, smallest or lowest one first.',
  },
  PROGRAM_OUT_OF_RANGE: {
    meaning: 'A number, period or length of time is beyond what can be meant there.',
    fix: 'Write one within the limits that the finding names.',
  },
  PROGRAM_TOO_MANY_ASKED: {
    meaning: 'More is asked for than there is to choose from.',
    fix: 'Ask for fewer, or add to those among which they count.',
  },
  PROGRAM_MISSING_PART: {
    meaning:
      'Something rests on a part of the program that it does not have, such as regions, tracks or certificates.',
    fix: 'Add that part, or leave out what rests on it.',
  },
  PROGRAM_UNKNOWN_KPI: {
    meaning: 'A KPI is named that the program, or the list that is meant, does not have.',
    fix: 'Correct the name, or add the KPI under "kpis".',
  },
  PROGRAM_UNKNOWN_TIER: {
    meaning: 'A tier is named that the ladder, or the program, does not have.',
    fix: 'Write the key of one of its tiers.',
  },
  PROGRAM_UNKNOWN_LADDER: {
    meaning: 'A ladder or specialisation is named that the program does not have.',
    fix: 'Write the key of one that it has.',
  },
  PROGRAM_UNKNOWN_TRACK: {
    meaning: 'A track is named that the program does not have.',
    fix: 'Write the key of one under "tracks".',
  },
  PROGRAM_UNKNOWN_REGION: {
    meaning: 'A region is named that the program does not have.',
    fix: 'Write the key of one under "regions".',
  },
  PROGRAM_UNKNOWN_SEGMENT: {
    meaning: 'A number stands for something that is no track and no region of the program.',
    fix: 'Write the keys of tracks, or those of regions.',
  },
  PROGRAM_UNKNOWN_PARTNER_TYPE: {
    meaning: 'A partner type is named that the program does not have, or has in another spelling.',
    fix: 'Write the key of one under "partnerTypes".',
  },
  PROGRAM_UNKNOWN_TABLE: {
    meaning: 'A table is named that the program does not have.',
    fix: 'Write the key of one under "tables".',
  },
  PROGRAM_UNKNOWN_CALENDAR: {
    meaning: 'A business calendar is named that the program does not have.',
    fix: 'Write the key of one under "calendars".',
  },
  PROGRAM_UNKNOWN_CERTIFICATE: {
    meaning: 'A code, line or version is named that the catalogue of certificates does not have.',
    fix: 'Correct it, or add it under "certificates".',
  },
  PROGRAM_UNKNOWN_ENTITY: {
    meaning: 'A word stands where a kind of record is named, and is none.',
    fix: 'Write one of the kinds that the finding lists.',
  },
  PROGRAM_UNKNOWN_ATTRIBUTE: {
    meaning: 'A path leads to no attribute that rules can read.',
    fix: 'Write one of the attributes that the finding names; one of your own begins with "extra.".',
  },
  PROGRAM_UNKNOWN_CURRENCY: {
    meaning: 'An amount is in a currency in which figures cannot be compared.',
    fix: 'Add a rate for it, or write the amount in the currency of the program.',
  },
  PROGRAM_UNKNOWN_TIME_ZONE: {
    meaning: 'The time zone is none.',
    fix: 'Write one like Europe/Stockholm, or UTC.',
  },
  PROGRAM_UNKNOWN_PERIOD: {
    meaning: 'What stands where a period is named is none.',
    fix: 'Write it like 2026-Q3, 2026-09, 2026, FY2026-Q1 or FY2026.',
  },
  PROGRAM_NO_SUCH_DAY: { meaning: 'No year has this day.', fix: 'Write month and day, such as 01-31.' },
  PROGRAM_WRONG_TYPE: {
    meaning: 'A value, or what an attribute has in it, is of another type than what is done with it.',
    fix: 'Name another attribute or value, or say under "attributes" what one of your own is.',
  },
  PROGRAM_WRONG_RECORDS: {
    meaning: 'Something is asked of records that only other records have.',
    fix: 'Measure the records that the finding names, or leave it out.',
  },
  PROGRAM_WRONG_UNIT: {
    meaning: 'The unit of a KPI, or of a number that it is compared with, is not that of the figure.',
    fix: 'Write the unit that the finding names.',
  },
  PROGRAM_NOT_OWN_ATTRIBUTE: {
    meaning: "A condition on the partner reads what is not the partner's own.",
    fix: 'Measure it with a KPI, and ask for that.',
  },
  PROGRAM_NOT_OF_VALUE: {
    meaning: 'What is asked of each value may differ from record to record of it.',
    fix: 'Ask for what is the same for all of its records.',
  },
  PROGRAM_NOT_PER_REGION: {
    meaning: 'Figures by region are wanted of a KPI that has none.',
    fix: 'Write perRegion: true at it, or at the KPIs that it is made of.',
  },
  PROGRAM_NOT_ADDED_UP: {
    meaning: 'A figure is to be added up over partners, and its sum would say nothing.',
    fix: 'Name a KPI that sums or counts.',
  },
  PROGRAM_PERIODS_DIFFER: {
    meaning: 'A KPI looks at other days than the period that it is asked for.',
    fix: 'Name a KPI with a window of the same length, or another period.',
  },
  PROGRAM_ROLL_UPS_MIXED: {
    meaning: 'Figures of a whole company and of the partner alone come together in one.',
    fix: 'Give the KPIs behind it the same rollUp.',
  },
  PROGRAM_RANK_OF_RANK: {
    meaning: 'A rank compares what is a place in a group already.',
    fix: 'Rank by what that one compares.',
  },
  PROGRAM_LOWER_IS_BETTER: {
    meaning: 'More points would be given for a figure that is better when it is lower.',
    fix: 'Give points for it with "bands".',
  },
  PROGRAM_NO_LIMIT: {
    meaning: 'A share of a figure is wanted that has no upper limit.',
    fix: 'Say with "full" which figure is all of it.',
  },
  PROGRAM_NOT_COUNTED: {
    meaning: 'One of several specialisations is asked for that does not count among them.',
    fix: 'Let it count, or name one that does.',
  },
  PROGRAM_MIXED_KINDS: {
    meaning: 'Entries of two kinds stand in one place, where all are to be of the same.',
    fix: 'Use one of both in all of it.',
  },
  PROGRAM_SEGMENT_MISSING: {
    meaning: 'Each track or region is to have something, and one of them has nothing.',
    fix: 'Add it for those that the finding names.',
  },
  PROGRAM_SEGMENT_AMBIGUOUS: {
    meaning: 'A region is in several groups of which each says something else.',
    fix: 'Say it for the region itself.',
  },
  PROGRAM_CIRCLE: {
    meaning: 'Something rests on itself, directly or by way of others, so that none could be decided first.',
    fix: 'Take one of them out of the circle.',
  },
  PROGRAM_UNREACHABLE_TIER: {
    meaning: 'Nobody can reach a tier, keep it, or stay on it.',
    fix: 'Change one of the requirements that exclude each other.',
  },
  PROGRAM_KEPT_HARDER: {
    meaning: 'Keeping a tier asks for more than reaching it, so that some would lose it at once.',
    fix: 'Ask for less to keep it, or for more to reach it.',
  },
  PROGRAM_UNREACHABLE_LADDER: {
    meaning: 'Nobody can be on a ladder or specialisation.',
    fix: 'Change its partner types or its condition.',
  },
  PROGRAM_UNREACHABLE_TRACK: { meaning: 'Nobody can be on a track.', fix: 'Change its condition.' },
} as const satisfies Record<string, CodeMeaning>;

/** Findings that are only likely to be mistakes: the program can be used with them. Codes are never reused. */
export const programWarnings = {
  PROGRAM_NUMBER_IN_LIST: {
    meaning: 'Inside [ ] a comma ends a value, so that what looks like one number is several.',
    fix: 'Write one number without commas, or several with a blank behind each comma.',
  },
  PROGRAM_THOUSANDS_POINT: {
    meaning: 'What looks like a number with points for thousands is read as a small number.',
    fix: 'Write it without points, if the large number is meant.',
  },
  PROGRAM_SMALL_PERCENT: {
    meaning: 'A figure in percent is compared with less than one percent.',
    fix: 'Write 30 for 30 %, not 0.3.',
  },
  PROGRAM_ALIKE_NAME: {
    meaning: 'A word is like one that is known, and not the same; it would be met by nothing.',
    fix: 'Correct its spelling, if that one is meant.',
  },
  PROGRAM_OTHER_PARTNER_TYPE: {
    meaning: 'A condition asks for a partner type that the program does not have; the CRM may have it.',
    fix: 'Correct it, if one of the program is meant.',
  },
  PROGRAM_UNLISTED_CODE: {
    meaning: 'A condition asks for a code that the catalogue of certificates does not list.',
    fix: 'Correct it, or list it under "certificates".',
  },
  PROGRAM_SAME_REQUIREMENT_NAME: {
    meaning: 'Two requirements of a tier have the same name, so that a waiver of one goes by their order.',
    fix: 'Give one of them an id.',
  },
  PROGRAM_ASKS_FOR_WORSE: {
    meaning: 'A requirement is met by a figure that gets worse, by what the KPI calls better.',
    fix: 'Turn the bound around, or say at the KPI which figures are the good ones (better).',
  },
  PROGRAM_SAME_ON_ALL_TRACKS: {
    meaning: 'A tier is judged on the best track, and what it asks for is the same on all.',
    fix: 'Leave onBestTrack out, or ask for something that differs.',
  },
  PROGRAM_TRACKS_MIXED: {
    meaning: 'Figures of the better track come together, and each may be of another one.',
    fix: 'Judge them on one and the same track, as the finding says.',
  },
  PROGRAM_WORSE_TAKEN: {
    meaning: 'The best or worst of figures is taken where lower is better, and it takes the other end.',
    fix: 'Take the other one, if that is meant.',
  },
  PROGRAM_HOLIDAYS_END: {
    meaning: 'The holidays of a business calendar end before the days that figures look at.',
    fix: 'Add those of the years that follow; without them these days count as business days.',
  },
  PROGRAM_LONG_GRACE: {
    meaning: 'Days of grace last much longer, because a tier is lost at a review only.',
    fix: 'Let the grace be counted in reviews, or review more often.',
  },
  PROGRAM_SEAT_COUNTED: {
    meaning: 'Something that only a fact gives counts as a specialisation beside those that are earned.',
    fix: 'Say with "counted" whether it is one.',
  },
  PROGRAM_LADDER_BEHIND: {
    meaning: 'The partners of a ladder are all on ladders that stand before it.',
    fix: 'Put it first, or write beside: true.',
  },
  PROGRAM_TRACK_BEHIND: {
    meaning: 'A track that stands before takes everybody whom this one would take.',
    fix: 'Put it first.',
  },
  PROGRAM_DEAD_END: {
    meaning: 'One of several ways to meet requirements is open to nobody.',
    fix: 'Change it, or leave it out.',
  },
} as const satisfies Record<string, CodeMeaning>;

/** The kind of a finding in a program file; it stays the same whatever the words. */
export type ProgramFindingCode = keyof typeof programErrors | keyof typeof programWarnings;

/** Whether findings of a code keep a program from being used. */
export function severityOf(code: ProgramFindingCode): 'error' | 'warning' {
  return code in programErrors ? 'error' : 'warning';
}
