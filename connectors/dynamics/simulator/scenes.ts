import { playScene as play, type SalesFloor } from '../../simulation/quarter.ts';
import { storyLevels } from '../../simulation/story/story.ts';
import { dispatch } from './dispatch.ts';
import type { Org } from './org.ts';
import type { Row, Table, Value } from './types.ts';

/** Lets people act in the environment as a sales team would; one sentence per happening. Throws for an unknown scene. */
export function playScene(org: Org, scene: string): string[] {
  return play(salesFloor(org), scene);
}

/** What the generated solution adds to accounts. */
const tierColumn = 'tierlink_tier';
const partnerColumn = 'nw_partnerid';
const certificates = 'nw_partnercertification';
const partnerTypes: readonly Value[] = [5, 9];

/** Rows in the order of their creation; none of a table that is not there. */
function rowsOf(org: Org, name: string, isWanted: (row: Row) => boolean): Row[] {
  const table = org.schema.table(name);
  return table === undefined ? [] : [...org.state.rows(table).all.values()].filter(isWanted);
}

const textOf = (value: Value | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

/** Sends what a form would send. Throws when it is refused: a scene must happen as it is told. */
function send(org: Org, method: string, path: string, body: Record<string, unknown>): void {
  const answer = dispatch({
    org,
    caller: org.admin,
    method,
    path,
    headers: {},
    body,
    root: '/api/data/v9.2',
  });
  if (answer.status >= 300)
    throw new Error(`The scene could not ${method} ${path}: ${JSON.stringify(answer.body)}`);
}

function edit(org: Org, table: string, id: string, values: Record<string, unknown>): void {
  send(org, 'PATCH', `${org.table(table).entitySet}(${id})`, values);
}

function optionValue(table: Table, column: string, label: string): number | undefined {
  return table.columns.get(column)?.options?.find((option) => option.label === label)?.value;
}

/** The tier of an account is a text, so its order is what the people of the company have in mind. */
function tierNames(account: Table): string[] {
  return account.columns.has(tierColumn) ? [...storyLevels] : [];
}

function salesFloor(org: Org): SalesFloor {
  const account = org.table('account');
  const ofTable = (table: string, column: string) => (id: Value | undefined) =>
    String(org.get(table, String(id))?.[column] ?? 'somebody');
  const userName = ofTable('systemuser', 'fullname');
  const currencyOf = ofTable('transactioncurrency', 'isocurrencycode');
  const nameOf = (id: string): string =>
    String(org.get('account', id)?.name ?? org.get('contact', id)?.fullname ?? 'somebody');
  return {
    now: () => org.clock.now(),
    nameOf,
    openDeals: () =>
      rowsOf(org, 'opportunity', (row) => row.statecode === 0 && (row[partnerColumn] ?? null) !== null).map(
        (row) => ({
          id: String(row.opportunityid),
          name: String(row.name),
          partner: String(row[partnerColumn]),
          amount: Number(row.estimatedvalue ?? 0),
          currency: currencyOf(row.transactioncurrencyid),
          owner: userName(row.ownerid),
          createdAt: Date.parse(String(row.createdon)),
        }),
      ),
    certificates: (today) => {
      const active = optionValue(org.schema.table(certificates) ?? account, 'nw_status', 'Active');
      return rowsOf(
        org,
        certificates,
        (row) => row.nw_status === active && String(row.nw_expireson ?? '') >= today,
      ).map((row) => ({
        id: String(row.nw_partnercertificationid),
        code: String(row.nw_code),
        holder: String(row.nw_contactid),
        partner: String(row.nw_accountid),
      }));
    },
    partners: () =>
      rowsOf(
        org,
        'account',
        (row) => row.statecode === 0 && partnerTypes.includes(row.customertypecode ?? null),
      ).map((row) => ({
        id: String(row.accountid),
        name: String(row.name),
        parent: textOf(row.parentaccountid),
        tier: textOf(row[tierColumn]),
        owner: userName(row.ownerid),
      })),
    tiers: () => tierNames(account),
    win: ({ id, createdAt: before }, { on, amount, createdAt }) => {
      if (createdAt !== before)
        org.set('opportunity', id, { createdon: `${new Date(createdAt).toISOString().slice(0, 19)}Z` });
      edit(org, 'opportunity', id, { estimatedvalue: amount, estimatedclosedate: on });
      send(org, 'POST', 'WinOpportunity', {
        Status: 3,
        OpportunityClose: {
          subject: 'Won',
          'opportunityid@odata.bind': `/opportunities(${id})`,
          actualrevenue: amount,
          actualend: `${on}T12:00:00Z`,
        },
      });
    },
    expire: ({ id }, on) =>
      edit(org, certificates, id, {
        nw_expireson: on,
        nw_status: optionValue(org.table(certificates), 'nw_status', 'Expired'),
      }),
    merge: (winner, { id }) =>
      send(org, 'POST', 'Merge', {
        Target: { '@odata.type': 'Microsoft.Dynamics.CRM.account', accountid: winner },
        Subordinate: { '@odata.type': 'Microsoft.Dynamics.CRM.account', accountid: id },
        PerformParentingChecks: false,
      }),
    setTier: ({ id }, tier) => edit(org, 'account', id, { [tierColumn]: tier }),
  };
}
