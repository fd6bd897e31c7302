const names: Readonly<Record<string, readonly [string, string]>> = {
  deal: ['deal', 'deals'],
  lead: ['lead', 'leads'],
  person: ['person', 'people'],
  certification: ['certificate', 'certificates'],
  case: ['case', 'cases'],
  fact: ['fact', 'facts'],
  partner: ['partner', 'partners'],
  employee: ['employee', 'employees'],
};

/** How the records of an entity are named beside their number: "deal", "certificates". */
export function recordName(count: number, entity: string): string {
  const [one, many] = names[entity] ?? ['record', 'records'];
  return count === 1 ? one : many;
}

/** "1 deal", "2 certificates". */
export function recordCount(count: number, entity: string): string {
  return `${count} ${recordName(count, entity)}`;
}
