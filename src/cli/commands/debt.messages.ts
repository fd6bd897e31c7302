import { noTier } from '../../model/states.ts';

export const text = {
  summary:
    'Show what blank and wrong fields in the CRM cost: amounts that do not count, and tiers, by record owner.',
  description: `Amounts and tiers are upper bounds: a record that is mended may still not count for another reason.
The owner is that of the deal; of other records, that of the partner.`,
  format: 'Print all records as CSV instead, for a spreadsheet.',
  owner: 'Only the records of this owner.',
  badOwner: (word: string, hint: string) => `--owner: no partner or deal belongs to "${word}"${hint}`,
  noOwners: '; no CRM names the owners of them: owner in the mappings.',
  listOwners: '. tierlink debt lists those to whom records are lost.',
  nobody: 'No record is left out because of a blank or wrong field.',
  total: (count: number, records: string, worth: string) =>
    `${records} ${count === 1 ? 'does' : 'do'} not count because of a blank or wrong field${worth}.`,
  worth: (amount: string) => `, worth at most ${amount}`,
  unknownWorth: (records: string) => `; what ${records} would bring is not known`,
  columns: ['OWNER', 'RECORDS', 'AT MOST', 'AMOUNT NOT KNOWN', 'DEALS WITHOUT PARTNER', 'WORTH'],
  they: (count: number) => (count === 1 ? 'it' : 'they'),
  unknownOwner: '(not known)',
  ownSales: (deals: string, amount: string) =>
    `${deals} won in the last twelve months without a partner, worth ${amount}; some may be sales of your own.`,
  tiers: 'Partners that would hold a higher tier, at most, if these records counted:',
  tierColumns: ['PARTNER', 'BY TODAY', 'COULD BE', 'OWNER'],
  noTier,
  records: 'The records, those worth most first:',
  recordColumns: ['RECORD', 'NAME', 'PARTNER', 'OWNER', 'WHY', 'AT MOST'],
  more: (count: string) => `  ... ${count} more; --format csv has all of them`,
  nextCsv: 'tierlink debt --format csv > debt.csv',
  nextWhy: (partner: string) => `tierlink tier why "${partner}"`,
  csvColumns: [
    'owner',
    'partner',
    'record type',
    'name',
    'why',
    'at most',
    'currency',
    'KPIs',
    'connection',
    'CRM id',
    'link',
  ],
} as const;
