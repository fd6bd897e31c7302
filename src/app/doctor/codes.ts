import type { CodeMeaning } from '../../errors-page.ts';

/**
 * Every finding of doctor that is not an error of the registry. Codes are never reused; the letter says what it is about: C
 * the project's files, S the store and the service, A sign-in and access, M mappings, W writing, D data, X the check itself. docs/doctor.md is made from here.
 */
export const doctorCodes = {
  'DOC-C01': {
    meaning: 'A variable or setting has no meaning, so it sets nothing.',
    fix: 'Correct its name, or remove it.',
  },
  'DOC-C02': {
    meaning: 'The file with the secrets can be read by other users of the machine.',
    fix: 'Take their rights away with chmod.',
  },
  'DOC-C03': { meaning: 'A line of the program is wrong or doubtful.', fix: 'Correct the line.' },
  'DOC-C04': {
    meaning: 'No schedule is on, so nothing runs by itself.',
    fix: 'Set schedules in tierlink.yaml.',
  },
  'DOC-C05': {
    meaning:
      'A new version of the rules takes effect sooner than partners were promised, or takes something from them.',
    fix: 'See who moves, tell them, or let it begin later.',
  },
  'DOC-S01': { meaning: "Changes of tiers wait for somebody's approval.", fix: 'Approve or reject them.' },
  'DOC-S02': { meaning: 'Nothing has run yet.', fix: 'Run a sync, or start the service.' },
  'DOC-S03': { meaning: 'Nothing has run for more than a day.', fix: 'Keep the service running.' },
  'DOC-S04': { meaning: 'The last run failed.', fix: 'See why in the status.' },
  'DOC-S05': {
    meaning: 'Writes wait for a mapping that is no longer there.',
    fix: 'Put the mapping back, or leave them.',
  },
  'DOC-S06': {
    meaning: 'Writes wait for a connection that is no longer there.',
    fix: 'Put the connection back, or leave them.',
  },
  'DOC-A01': {
    meaning: 'The CRM does not say what time it has, so clocks were not compared.',
    fix: 'Nothing to do.',
  },
  'DOC-A02': {
    meaning: 'The clock of this machine and that of the CRM differ.',
    fix: 'Let the machine set its clock by NTP.',
  },
  'DOC-A03': { meaning: 'The CRM has not said how many API calls are left.', fix: 'Nothing to do.' },
  'DOC-A04': { meaning: 'No API calls are left.', fix: 'Wait, or raise the allowance in the CRM.' },
  'DOC-A05': {
    meaning: 'Few API calls are left.',
    fix: 'Lower dailyCalls, or raise the allowance in the CRM.',
  },
  'DOC-A06': {
    meaning: 'The user cannot read an object that mappings need.',
    fix: 'Give the user the generated permission set or role.',
  },
  'DOC-A07': {
    meaning: 'The user does not see every record of an object, so figures would be too low.',
    fix: 'Let the user view all records of it.',
  },
  'DOC-A08': {
    meaning: 'Whether the user sees every record of an object could not be found out.',
    fix: 'Let the user view all records of it.',
  },
  'DOC-M01': {
    meaning: 'A mapping does not fit the CRM or the program.',
    fix: 'As map check says, at the place that it names.',
  },
  'DOC-W01': {
    meaning: 'The user cannot write an object that mappings write.',
    fix: 'Give the user edit access to the object.',
  },
  'DOC-W02': {
    meaning: 'A field that a mapping writes is computed by the CRM.',
    fix: 'Map another field, or read it only.',
  },
  'DOC-W03': {
    meaning: 'The user cannot write a field that a mapping writes.',
    fix: 'Give the user edit access to the field.',
  },
  'DOC-W04': {
    meaning: 'Whether the user may edit every record could not be found out.',
    fix: 'Let the user edit all records in scope.',
  },
  'DOC-W05': {
    meaning: 'The user may edit only records that are shared for editing.',
    fix: 'Share the records in scope for editing.',
  },
  'DOC-W06': {
    meaning: 'Write-back is off, so nothing is written by itself.',
    fix: 'Turn it on when the comparison looks right, or write by plans.',
  },
  'DOC-D01': { meaning: 'Nothing was read yet, so blanks were not counted.', fix: 'Run a sync.' },
  'DOC-D02': {
    meaning: 'A field that figures need is blank on many records.',
    fix: 'Fill it in the CRM, or map another field.',
  },
  'DOC-D03': {
    meaning: 'Amounts are in a currency for which the program has no rate.',
    fix: 'Add the rate to the program.',
  },
  'DOC-D04': {
    meaning: 'One record of the program is several records in the CRM.',
    fix: 'Merge them in the CRM, if they are the same.',
  },
  'DOC-D05': {
    meaning: 'There are more of these than are named.',
    fix: 'Merge those that are named, then look again.',
  },
  'DOC-D06': { meaning: 'Nothing was read yet, so nothing can be out of date.', fix: 'Run a sync.' },
  'DOC-D07': {
    meaning:
      'The records of an object are frozen: what is known of them may be incomplete, and demotions wait.',
    fix: 'As the finding says.',
  },
  'DOC-D08': { meaning: 'What was read of an object is older than the program allows.', fix: 'Run a sync.' },
  'DOC-X01': {
    meaning: 'A check ended with an error that Tierlink does not know.',
    fix: 'Run it again with --debug.',
  },
  'DOC-X02': { meaning: 'The check needs a sign-in that did not succeed.', fix: 'Mend the sign-in first.' },
} as const satisfies Readonly<Record<string, CodeMeaning>>;

export type DoctorCode = keyof typeof doctorCodes;
