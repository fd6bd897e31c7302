import type {
  AlertTable,
  BudgetTable,
  CompareSeenTable,
  ComparisonTable,
  ConnectionTable,
  CoverageTable,
  CursorTable,
  FeedSizeTable,
  FeedTable,
  LeaseTable,
  NoticeTable,
  RunTable,
  SettingTable,
} from './tables-connection.ts';
import type {
  ApartTable,
  MatchDueTable,
  MatchKeyTable,
  MatchTable,
  PersonDueTable,
  RegistrationTable,
} from './tables-match.ts';
import type {
  CertificationTable,
  CreditTable,
  CustomerTable,
  DealTable,
  FactTable,
  LeadTable,
  PartnerTable,
  PersonTable,
  RecordVersionTable,
  SupportCaseTable,
} from './tables-record.ts';
import type {
  ApprovalItemTable,
  ApprovalTable,
  DecisionTable,
  DirtyGroupTable,
  DirtyPartnerTable,
  KpiPeriodTable,
  KpiValueTable,
  LadderChangeTable,
  NewcomerTable,
  PartnerTrackTable,
  PeriodClosePartnerTable,
  PeriodCloseTable,
  ProgramVersionTable,
  RankMemberTable,
  TierOverrideTable,
  TierStateTable,
  TrackDueTable,
  WaiverTable,
} from './tables-result.ts';
import type {
  AuditChainTable,
  AuditTable,
  BulkJobTable,
  CrmUserTable,
  DifferenceTable,
  HeldTable,
  LinkTable,
  OutboxTable,
  PendingWriteTable,
  PlanTable,
  RejectTable,
  RescopeTable,
  SealTable,
  TakeoverTable,
  UnsealedTable,
} from './tables-sync.ts';

import type { MismatchTable, VerificationMonthTable, VerificationTable } from './tables-verification.ts';

export type { ConnectionTable } from './tables-connection.ts';
export type { DifferenceTable, HeldTable, RejectTable } from './tables-sync.ts';

/**
 * The tables of schema tierlink as Kysely sees them; the migrations are the truth, a test compares both.
 * What comes out: int8 and numeric are strings, date is 'YYYY-MM-DD', timestamptz is ISO 8601 in UTC with milliseconds,
 * jsonb is parsed. What goes in: jsonb as JSON text.
 */
export interface Database {
  'tierlink.connection': ConnectionTable;
  'tierlink.feed': FeedTable;
  'tierlink.cursor': CursorTable;
  'tierlink.coverage': CoverageTable;
  'tierlink.lease': LeaseTable;
  'tierlink.budget': BudgetTable;
  'tierlink.run': RunTable;
  'tierlink.setting': SettingTable;
  'tierlink.alert': AlertTable;
  'tierlink.notice': NoticeTable;
  'tierlink.feed_size': FeedSizeTable;
  'tierlink.partner': PartnerTable;
  'tierlink.customer': CustomerTable;
  'tierlink.person': PersonTable;
  'tierlink.lead': LeadTable;
  'tierlink.deal': DealTable;
  'tierlink.credit': CreditTable;
  'tierlink.certification': CertificationTable;
  'tierlink.support_case': SupportCaseTable;
  'tierlink.fact': FactTable;
  'tierlink.record_version': RecordVersionTable;
  'tierlink.link': LinkTable;
  'tierlink.compare_seen': CompareSeenTable;
  'tierlink.takeover': TakeoverTable;
  'tierlink.rescope': RescopeTable;
  'tierlink.held': HeldTable;
  'tierlink.reject': RejectTable;
  'tierlink.difference': DifferenceTable;
  'tierlink.crm_user': CrmUserTable;
  'tierlink.pending_write': PendingWriteTable;
  'tierlink.bulk_job': BulkJobTable;
  'tierlink.plan': PlanTable;
  'tierlink.verification': VerificationTable;
  'tierlink.verification_month': VerificationMonthTable;
  'tierlink.mismatch': MismatchTable;
  'tierlink.outbox': OutboxTable;
  'tierlink.comparison': ComparisonTable;
  'tierlink.match_due': MatchDueTable;
  'tierlink.person_due': PersonDueTable;
  'tierlink.match_key': MatchKeyTable;
  'tierlink.match': MatchTable;
  'tierlink.apart': ApartTable;
  'tierlink.registration': RegistrationTable;
  'tierlink.audit': AuditTable;
  'tierlink.unsealed': UnsealedTable;
  'tierlink.seal': SealTable;
  'tierlink.chain': AuditChainTable;
  'tierlink.program_version': ProgramVersionTable;
  'tierlink.dirty_partner': DirtyPartnerTable;
  'tierlink.kpi_value': KpiValueTable;
  'tierlink.partner_track': PartnerTrackTable;
  'tierlink.track_due': TrackDueTable;
  'tierlink.rank_member': RankMemberTable;
  'tierlink.dirty_group': DirtyGroupTable;
  'tierlink.kpi_period': KpiPeriodTable;
  'tierlink.period_close': PeriodCloseTable;
  'tierlink.period_close_partner': PeriodClosePartnerTable;
  'tierlink.tier_state': TierStateTable;
  'tierlink.ladder_change': LadderChangeTable;
  'tierlink.decision': DecisionTable;
  'tierlink.newcomer': NewcomerTable;
  'tierlink.tier_override': TierOverrideTable;
  'tierlink.waiver': WaiverTable;
  'tierlink.approval': ApprovalTable;
  'tierlink.approval_item': ApprovalItemTable;
}
