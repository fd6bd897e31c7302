import type { LinkWay } from '../../../sync/links/list.ts';
import type { SuggestionKind } from '../../../sync/links/suggest.ts';

const ways: Readonly<Record<LinkWay, string>> = {
  own: 'its own',
  key: 'our id',
  match: 'a match',
  person: 'a person',
  file: 'a file',
  lookup: 'its lookup',
};

const kinds: Readonly<Record<SuggestionKind, string>> = {
  duplicate: 'two in the CRM',
  lost: 'lost',
  file: 'from a file',
  registration: 'registration',
};

export const text = {
  way: (by: LinkWay) => ways[by],
  kind: (kind: SuggestionKind) => kinds[kind],
  object: 'Only of this object of the CRM.',
  entity: 'Only records of this entity.',
  crm: 'Id of the record in the CRM, such as 001A1. Where it can be several things, say --object or --entity.',
  record: 'Record of ours: its id, its id in a CRM or a file, or its whole name.',
  reason: 'Why; it is kept with the decision.',
  askReason: 'The reason',
  dryRun: 'Show what would change, and change nothing.',
  list: {
    summary: 'List which record of a CRM is which record of ours.',
    description: `Every record that comes from a CRM or a file, since when and by what it is linked. A broken link is one that a
person took apart: its record is left out.`,
    state: 'Only in this state.',
    partner: 'Only this partner, and what belongs to it: its id or name.',
    limit: 'How many at most. (Default: 200)',
    columns: ['CONNECTION', 'OBJECT', 'ID', 'AS', 'RECORD', 'NAME', 'STATE', 'BY', 'SINCE'],
    none: 'No link is like that.',
    more: (count: string) => `... ${count} more: narrow it down, or --limit.`,
    nextShow: (id: string) => `tierlink links show ${id}`,
  },
  show: {
    summary: 'Show everything that a record is linked to, and what it is kept apart from.',
    linked: 'Linked to',
    columns: ['CONNECTION', 'OBJECT', 'ID', 'STATE', 'BY', 'SINCE', 'ADDRESS'],
    nothing: 'Linked to nothing.',
    apart: 'Kept apart from',
    apartColumns: ['RECORD', 'NAME', 'BY', 'SINCE', 'WHY'],
  },
  suggest: {
    summary: 'Suggest records that may be the same, with reasons and a score.',
    description: `Two records of one CRM that may be the same, a record that ended and may be there anew, what a file brought in,
and deals or leads that are to be created and may be in the CRM already. Nothing is joined by itself: move the link, keep the
two apart, or merge them in the CRM. What connections have in common is in tierlink match list.`,
    kind: 'Only of this kind.',
    score: 'Only from this score on, 0 to 100. (Default: 40)',
    limit: 'How many at most. (Default: 50)',
    columns: ['SCORE', 'WHAT', 'AS', 'ONE', 'OTHER', 'BECAUSE OF', 'AGAINST'],
    none: 'Nothing looks like the same.',
    more: (count: string) => `... ${count} more: --limit, or --score.`,
    nextMove: (crmId: string, record: string) =>
      `tierlink links move ${crmId} ${record} --reason "..."        (they are the same)`,
    nextApart: (one: string, other: string) =>
      `tierlink links apart ${one} ${other} --reason "..."        (they are not; a registration is created)`,
  },
  make: {
    summary: 'Say which record of ours a record of a CRM is whose link is broken.',
    description: `The next sync reads it, and it counts again. Nothing is written to the CRM.`,
    done: (crm: string, name: string) => `${crm} is ${name} from now on.`,
    tried: (crm: string, name: string) => `${crm} would be ${name}.`,
  },
  break: {
    summary: 'Say that a record of a CRM is not the record of ours that it is linked to.',
    description: `It is left out from then on, whatever is read of it, whatever id it carries and whatever it is merged with,
until links make says which record it is. Nothing is written to the CRM.`,
    done: (crm: string, name: string) => `${crm} is not ${name}: it is left out from now on.`,
    tried: (crm: string, name: string) => `${crm} would be left out: it is not ${name}.`,
  },
  move: {
    summary: 'Say that a record of a CRM is another record of ours.',
    description: `That one gets what the CRM says of it and what points to it there, with the next sync. The former one keeps its
history, and counts only if something else is linked to it. Of several records of one CRM that are one of ours the one linked
first decides. Nothing is written to the CRM.`,
    done: (crm: string, before: string, after: string) => `${crm} is ${after} from now on, not ${before}.`,
    tried: (crm: string, before: string, after: string) => `${crm} would be ${after}, not ${before}.`,
  },
  apart: {
    summary: 'Keep two records of ours apart: they are not the same.',
    description: `Nothing makes them one by itself then: no match, no address, no merge in the CRM. A deal or lead that waited,
because the other one might be it, is created in the CRM.`,
    takeBack: 'Take it back.',
    done: (one: string, other: string) => `${one} and ${other} are kept apart.`,
    undone: (one: string, other: string) => `${one} and ${other} are no longer kept apart.`,
  },
  leaves: (record: string) =>
    `${record} counts no longer, because nothing else is linked to it; its history stays.`,
  returns: (record: string) => `${record} counts again, with its history.`,
  follow: (records: string) => `The next sync reads what points to it once more: ${records}.`,
  dropped: (writes: string) => `${writes} that were planned for it are planned anew.`,
  next: 'tierlink sync        (values, figures and tiers follow)',
  nextBack: (crmId: string, record: string) =>
    `tierlink links move ${crmId} ${record} --reason "..."        (takes it back)`,
  nextMake: (crmId: string, record: string) =>
    `tierlink links make ${crmId} ${record} --reason "..."        (takes it back)`,
} as const;
