import type { Fault as DynamicsFault } from '../../connectors/dynamics/simulator/faults.ts';
import type { Fault as SalesforceFault } from '../../connectors/salesforce/simulator/faults.ts';
import type { ChannelFault } from '../services/channel/channel.ts';
import type { Crm } from '../services/channel/start.ts';
import { fc } from '../services/fast-check.ts';

/** Misbehaviour of a CRM. Where it says since, it begins at that moment; some of it hides changes for a while. */
export interface Trouble {
  fault: ChannelFault;
  hides: boolean;
}

const after = fc.nat({ max: 25 });
const times = fc.integer({ min: 1, max: 3 });

/** What an answer that never comes may have been about: it is lost after so many of its kind. */
function lost(path: string, most: number) {
  return fc.record({
    kind: fc.constant('lost-answer' as const),
    times,
    after: fc.nat({ max: most }),
    path: fc.constant(path),
  });
}

const turnedAway = fc.record({
  kind: fc.constant('status' as const),
  status: fc.constantFrom(429, 503),
  times,
  after,
});
const disturbed = fc.record({
  kind: fc.constantFrom('lost-answer' as const, 'expired-token' as const),
  times,
  after,
});

const salesforce: fc.Arbitrary<SalesforceFault> = fc.oneof(
  turnedAway,
  fc.record({
    kind: fc.constant('request-limit' as const),
    limit: fc.constantFrom('total' as const, 'concurrent' as const),
    times,
    after,
  }),
  disturbed,
  lost('/composite/sobjects', 2),
  lost('/jobs/ingest', 4),
  fc.record({
    kind: fc.constant('row-lock' as const),
    object: fc.constantFrom('Account', 'Contact', 'Tierlink_KPI_Period__c'),
    times,
  }),
  fc.record({
    kind: fc.constant('row-error' as const),
    object: fc.constantFrom('Account', 'Contact', 'Tierlink_Decision__c'),
    statusCode: fc.constant('FIELD_CUSTOM_VALIDATION_EXCEPTION'),
    message: fc.constant('not today'),
    times,
  }),
  fc.record({ kind: fc.constant('delayed-visibility' as const), ms: fc.constantFrom(5_000, 60_000) }),
  fc.record({ kind: fc.constant('held-replication' as const), since: fc.constant('now') }),
);

const written = fc.constantFrom('account', 'contact', 'tierlink_decision', 'tierlink_kpiperiod');
const followed = fc.constantFrom('account', 'contact', 'lead', 'opportunity', 'connection');

const dynamics: fc.Arbitrary<DynamicsFault> = fc.oneof(
  turnedAway,
  fc.record({
    kind: fc.constant('throttled' as const),
    limit: fc.constantFrom('requests' as const, 'time' as const, 'concurrency' as const),
    // The longest is longer than any call waits.
    retryAfterSeconds: fc.constantFrom(1, 60, 900),
    times,
    after,
  }),
  disturbed,
  lost('$batch', 6),
  lost('/Multiple/', 2),
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(429, 500, 503),
    times,
    after: fc.nat({ max: 6 }),
    path: fc.constantFrom('$batch', '/Multiple/'),
  }),
  fc.record({
    kind: fc.constant('row-error' as const),
    object: written,
    code: fc.constant('0x80040265'),
    message: fc.constant('not today'),
    times,
  }),
  // A row that somebody else has locked.
  fc.record({
    kind: fc.constant('row-error' as const),
    object: written,
    status: fc.constant(500),
    code: fc.constant('0x80044150'),
    message: fc.constant('Generic SQL error. Sql Number: 1205'),
    times,
  }),
  fc.record({ kind: fc.constant('expired-delta' as const), object: followed, times }),
  fc.record({ kind: fc.constant('held-changes' as const), object: followed, since: fc.constant('now') }),
  fc.record({ kind: fc.constant('held-changes' as const), since: fc.constant('now') }),
  fc.record({ kind: fc.constant('slow' as const), ms: fc.constant(2), times }),
);

const hiding: ReadonlySet<string> = new Set(['delayed-visibility', 'held-replication', 'held-changes']);
const trouble = (fault: SalesforceFault | DynamicsFault): Trouble => ({
  fault: fault as unknown as ChannelFault,
  hides: hiding.has(fault.kind),
});

/** What can be wrong with each CRM. */
export const troubles: Readonly<Record<Crm, fc.Arbitrary<Trouble>>> = {
  salesforce: salesforce.map(trouble),
  dynamics: dynamics.map(trouble),
};
