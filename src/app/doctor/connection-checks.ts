import type { App, AppConnection } from '../../app.ts';
import { freezeText } from '../../model/freeze-reasons.ts';
import type { ObjectAccess } from '../../sync/crm-description.ts';
import { loadConnection } from '../../sync/records/connections.ts';
import { type ConnectionReport, inspectAppConnection } from '../check.ts';
import { currencyChecks } from './currency-checks.ts';
import { dataChecks } from './data-checks.ts';
import { type DoctorCheck, type Found, fail, ok, signInCheck, unknown, warn } from './finding.ts';
import { mappingChecks } from './mapping-checks.ts';
import { twiceChecks } from './twice-checks.ts';

/** A connection that was signed in to. */
export interface ConnectionContext {
  app: App;
  connection: AppConnection;
  report: ConnectionReport;
  /** What the user may do with each object that was asked for. */
  access: readonly ObjectAccess[];
}

const maxSkewMs = 5_000;
const lowCallShare = 0.1;

export const connectionChecks: readonly DoctorCheck<ConnectionContext>[] = [
  {
    name: signInCheck,
    look: ({ report: { user, org }, connection }) => [
      connection.isByBrowser()
        ? ok(`signed in by browser as ${user} to ${org.name} (${org.kind}): it sees what that user sees`)
        : ok(`signed in as ${user} to ${org.name} (${org.kind})`),
    ],
  },
  {
    name: 'clock',
    look: ({ report: { clockSkewMs: skew } }) => {
      if (skew === null)
        return [unknown('DOC-A01', 'the CRM does not tell its clock', 'Nothing to do; times are its own.')];
      const seconds = (Math.abs(skew) / 1000).toFixed(1);
      return [
        Math.abs(skew) <= maxSkewMs
          ? ok(`clock within ${Math.ceil(Math.abs(skew) / 1000) || 1} s of the CRM`)
          : warn(
              'DOC-A02',
              `the clock differs from the CRM's by ${seconds} s`,
              'Let this machine set its clock by NTP.',
            ),
      ];
    },
  },
  { name: 'calls', look: ({ report }) => [callsFound(report)] },
  { name: 'access', look: accessFound },
  ...mappingChecks,
  ...dataChecks,
  ...currencyChecks,
  ...twiceChecks,
  {
    name: 'write-back',
    look: async ({ app, connection }) => {
      const record = await loadConnection(app.store.db, connection.alias);
      if (record.write_back) return [ok(`write-back is on, tiers are ${record.tier_mode}`)];
      return [
        warn(
          'DOC-W06',
          'write-back is off: nothing is written to the CRM',
          `When the comparison looks right: tierlink connect --write-back on --connection ${connection.alias}`,
        ),
      ];
    },
  },
  { name: 'freshness', look: ({ app, connection }) => freshnessFound(app, connection) },
];

function callsFound({ calls }: ConnectionReport): Found {
  if (calls.used === null || calls.max === null) {
    return unknown(
      'DOC-A03',
      'the CRM has not said how many API calls are left',
      'Nothing to do; limits are kept to anyway.',
    );
  }
  const left = calls.max - calls.used;
  const message = `${left.toLocaleString('en-US')} of ${calls.max.toLocaleString('en-US')} API calls left`;
  if (left <= 0)
    return fail('DOC-A04', message, 'Wait for the allowance to come back, or raise it in the CRM.');
  return left < calls.max * lowCallShare
    ? warn('DOC-A05', message, 'Lower dailyCalls of the connection, or raise the allowance in the CRM.')
    : ok(message);
}

/** Who signed in as a person can also sign in as another one. */
function viewAllFix(connection: AppConnection, object: string): string {
  const give = `Give the user the right to view all ${object} records`;
  return connection.isByBrowser()
    ? `${give}, or sign in as one who has it: tierlink connect --connection ${connection.alias} --browser`
    : `${give}.`;
}

/** What the user cannot see is not absent, so partial sight is a failure of the figures. */
function accessFound({ report, connection }: ConnectionContext): Found[] {
  const { needed, readable, partlyVisible, visibilityUnknown } = report;
  const allRights = (object: string) => viewAllFix(connection, object);
  const setUp = (object: string) => connection.manifest.setUpPath({ object, field: null });
  const hidden = needed.filter((object) => !readable.includes(object));
  const found = [
    ...hidden.map((object) => ({
      ...fail(
        'DOC-A06',
        `${object} cannot be read by ${report.user}`,
        `Install what the mappings need (tierlink install plan --connection ${report.alias}, or install source) and give its permission set or role to the user.`,
      ),
      setUp: setUp(object),
    })),
    ...partlyVisible.map((object) => ({
      ...fail(
        'DOC-A07',
        `${report.user} does not see every ${object} record; figures would be too low`,
        allRights(object),
      ),
      setUp: setUp(object),
    })),
    ...visibilityUnknown.map((object) => ({
      ...unknown(
        'DOC-A08',
        `whether ${report.user} sees every ${object} record could not be found out`,
        allRights(object),
      ),
      setUp: setUp(object),
    })),
  ];
  return found.length > 0 ? found : [ok(`${readable.length} of ${needed.length} objects readable in full`)];
}

function thawingFix(reason: string, alias: string): string {
  const again = `tierlink sync --connection ${alias}`;
  if (reason === 'unmapped')
    return `Put the mapping back, or take the records out: ${again} --accept-deletes`;
  if (reason === 'unconfirmed') return `Run: ${again}; it asks again, and demotions wait until then.`;
  return `Mend the cause; the next sync finds out (${again}), and demotions wait until then.`;
}

async function freshnessFound(app: App, connection: AppConnection): Promise<Found[]> {
  const feeds = await app.store.db
    .selectFrom('tierlink.feed')
    .selectAll()
    .where('connection', '=', connection.alias)
    .execute();
  if (feeds.length === 0)
    return [
      unknown('DOC-D06', 'nothing was read yet', `Run: tierlink sync --connection ${connection.alias}`),
    ];
  const found = feeds.flatMap((feed) => {
    if (feed.frozen_reason !== null) {
      return [
        fail(
          'DOC-D07',
          `${feed.object} as ${feed.entity}: ${freezeText(feed.frozen_reason)}`,
          thawingFix(feed.frozen_reason, connection.alias),
        ),
      ];
    }
    const days = limitDays(app, feed.entity);
    const isLate =
      feed.complete_to === null || app.clock.now() - Date.parse(feed.complete_to) > days * 86_400_000;
    const upTo = feed.complete_to ?? 'never';
    return isLate
      ? [
          warn(
            'DOC-D08',
            `${feed.object} as ${feed.entity} is complete to ${upTo} only`,
            `Run: tierlink sync --connection ${connection.alias}`,
          ),
        ]
      : [];
  });
  return found.length > 0 ? found : [ok('everything that it reads is up to date')];
}

/** The program's own limit for the entity, in days. */
function limitDays(app: App, entity: string): number {
  const limits = app.program.freshness as Record<string, string>;
  return Number.parseInt(limits[entity] ?? limits.default ?? '3', 10);
}

/** Signs in and checks one connection. Where the sign-in fails the rest could not be looked at. */
export async function signIn(app: App, connection: AppConnection): Promise<ConnectionContext> {
  const { report, found } = await inspectAppConnection(app, connection);
  return { app, connection, report, access: found.facts.objects };
}
