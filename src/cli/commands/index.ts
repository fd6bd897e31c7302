import type { AnyCommand } from '../command.ts';
import { alertsAck } from './alerts/ack.ts';
import { alertsList } from './alerts/list.ts';
import { alertsTest } from './alerts/test.ts';
import { apply } from './apply.ts';
import { approvalsApprove } from './approvals/approve.ts';
import { approvalsList } from './approvals/list.ts';
import { approvalsReject } from './approvals/reject.ts';
import { approvalsShow } from './approvals/show.ts';
import { audit } from './audit/audit.ts';
import { auditVerify } from './audit/verify.ts';
import { check } from './check.ts';
import { config } from './config.ts';
import { connect } from './connect.ts';
import { debt } from './debt.ts';
import { demo } from './demo.ts';
import { differencesList } from './differences/list.ts';
import { differencesPolicy } from './differences/policy.ts';
import { differencesResolve } from './differences/resolve.ts';
import { doctor } from './doctor.ts';
import { exceptionsList } from './exceptions/list.ts';
import { exportCommand } from './export.ts';
import { factEnd } from './fact/end.ts';
import { factList } from './fact/list.ts';
import { factSet } from './fact/set.ts';
import { importCertifications } from './import/certifications.ts';
import { importDeals } from './import/deals.ts';
import { importFacts } from './import/facts.ts';
import { importLeads } from './import/leads.ts';
import { importPartners } from './import/partners.ts';
import { importPeople } from './import/people.ts';
import { init } from './init.ts';
import { installApply } from './install/apply.ts';
import { installPlan } from './install/plan.ts';
import { installSource } from './install/source.ts';
import { kpiList } from './kpi/list.ts';
import { kpiShow } from './kpi/show.ts';
import { linksApart } from './links/apart.ts';
import { linksBreak } from './links/break.ts';
import { links } from './links/links.ts';
import { linksMake } from './links/make.ts';
import { linksMove } from './links/move.ts';
import { linksShow } from './links/show.ts';
import { linksSuggest } from './links/suggest.ts';
import { mapCheck } from './map/check.ts';
import { mapList } from './map/list.ts';
import { mapSuggest } from './map/suggest.ts';
import { mapTest } from './map/test.ts';
import { matchAccept } from './match/accept.ts';
import { matchList } from './match/list.ts';
import { matchRefuse } from './match/refuse.ts';
import { matchShow } from './match/show.ts';
import { matchUndo } from './match/undo.ts';
import { partnersBenefits } from './partners/benefits.ts';
import { partnersExpectations } from './partners/expectations.ts';
import { partners } from './partners/partners.ts';
import { partnersScorecard } from './partners/scorecard.ts';
import { partnersShow } from './partners/show.ts';
import { periodClose } from './period/close.ts';
import { periodReopen } from './period/reopen.ts';
import { periodShow } from './period/show.ts';
import { planApprove } from './plan/approve.ts';
import { planChoose } from './plan/choose.ts';
import { plan } from './plan/plan.ts';
import { planShow } from './plan/show.ts';
import { programBacktest } from './program/backtest.ts';
import { programCheck } from './program/check.ts';
import { programCompare } from './program/compare.ts';
import { programGoals } from './program/goals.ts';
import { programShow } from './program/show.ts';
import { rejectsExport } from './rejects/export.ts';
import { rejectsFix } from './rejects/fix.ts';
import { rejectsIgnore } from './rejects/ignore.ts';
import { rejectsList } from './rejects/list.ts';
import { rejectsRetry } from './rejects/retry.ts';
import { rejectsShow } from './rejects/show.ts';
import { simulator } from './simulator.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { sync } from './sync.ts';
import { tierCompare } from './tier/compare.ts';
import { tierEvaluate } from './tier/evaluate.ts';
import { tierForecast } from './tier/forecast.ts';
import { tierList } from './tier/list.ts';
import { tierOverride } from './tier/override.ts';
import { tierSimulate } from './tier/simulate.ts';
import { tierWaive } from './tier/waive.ts';
import { tierWhy } from './tier/why.ts';
import { undo } from './undo.ts';
import { verify } from './verify.ts';
import { worker } from './worker.ts';

/** Every command, in the order of the help. */
export const commands: readonly AnyCommand[] = [
  demo,
  init,
  connect,
  check,
  doctor,
  config,
  sync,
  plan,
  planShow,
  planChoose,
  planApprove,
  apply,
  undo,
  status,
  verify,
  alertsList,
  alertsTest,
  alertsAck,
  audit,
  auditVerify,
  exportCommand,
  start,
  worker,
  partners,
  partnersShow,
  partnersScorecard,
  partnersExpectations,
  partnersBenefits,
  debt,
  kpiList,
  kpiShow,
  tierList,
  tierWhy,
  tierOverride,
  tierWaive,
  exceptionsList,
  tierCompare,
  tierEvaluate,
  tierSimulate,
  tierForecast,
  approvalsList,
  approvalsShow,
  approvalsApprove,
  approvalsReject,
  mapList,
  mapCheck,
  mapSuggest,
  mapTest,
  links,
  linksShow,
  linksSuggest,
  linksMake,
  linksBreak,
  linksMove,
  linksApart,
  matchList,
  matchShow,
  matchAccept,
  matchRefuse,
  matchUndo,
  differencesList,
  differencesResolve,
  differencesPolicy,
  rejectsList,
  rejectsShow,
  rejectsRetry,
  rejectsIgnore,
  rejectsExport,
  rejectsFix,
  programShow,
  programGoals,
  programCheck,
  programCompare,
  programBacktest,
  periodClose,
  periodShow,
  periodReopen,
  importPartners,
  importDeals,
  factSet,
  factEnd,
  factList,
  importCertifications,
  importLeads,
  importPeople,
  importFacts,
  installPlan,
  installApply,
  installSource,
  simulator,
];
