import type { OrgState } from '../state.ts';
import type { FieldValue, ObjectMeta, Row } from '../types.ts';

/** What a derivation looks at: the row to be stored (changed in place), its state before, and the fields written. */
export interface Derivation {
  state: OrgState;
  row: Row;
  old: Row | null;
  written: Row;
  /** Epoch milliseconds of the statement. */
  stamp: number;
}

function lookUp(
  state: OrgState,
  objectName: string,
  fieldName: string,
  value: FieldValue | undefined,
): Row | undefined {
  const object = state.schema.object(objectName);
  const field = object && state.schema.field(object, fieldName);
  if (object === undefined || field === undefined || value === null || value === undefined) return undefined;
  if (fieldName === 'Id') return state.table(object).get(String(value));
  for (const row of state.table(object).where(field, [value])) return row;
  return undefined;
}

function fullName({ row }: Derivation): void {
  row.Name = [row.FirstName, row.LastName].filter((part) => (part ?? null) !== null).join(' ');
}

/** A partner user's records belong to the partner's account. */
function partnerAccount({ state, row }: Derivation): void {
  const owner = lookUp(state, 'User', 'Id', row.OwnerId);
  row.PartnerAccountId = owner?.UserType === 'PowerPartner' ? (owner.AccountId ?? null) : null;
}

function fiscalPeriod({ state, row }: Derivation): void {
  if (typeof row.CloseDate !== 'string') return;
  const organization = lookUp(state, 'Organization', 'Id', state.orgId);
  const start = Number(organization?.FiscalYearStartMonth ?? 1);
  const [year = 0, month = 1] = row.CloseDate.split('-').map(Number);
  const offset = (month - start + 12) % 12;
  // A fiscal year is named after the calendar year in which it ends, unless it starts in January.
  row.FiscalYear = start > 1 && month >= start ? year + 1 : year;
  row.FiscalQuarter = Math.floor(offset / 3) + 1;
  row.Fiscal = `${row.FiscalYear} ${row.FiscalQuarter}`;
}

/**
 * Stage decides IsClosed, IsWon, the forecast and, unless the statement names one, the probability. A stage that the
 * org does not know is an open one.
 */
function stage(derivation: Derivation): void {
  const { state, row, old, written, stamp } = derivation;
  const known = lookUp(state, 'OpportunityStage', 'ApiName', row.StageName);
  const moved = old === null || old.StageName !== row.StageName;
  row.IsClosed = known?.IsClosed ?? false;
  row.IsWon = known?.IsWon ?? false;
  row.ForecastCategory = known?.ForecastCategory ?? 'Pipeline';
  if (moved && !('ForecastCategoryName' in written)) {
    row.ForecastCategoryName = known?.ForecastCategoryName ?? 'Pipeline';
  }
  if (moved && !('Probability' in written)) row.Probability = known?.DefaultProbability ?? 0;
  if (moved && old !== null) row.LastStageChangeDate = stamp;
  row.ExpectedRevenue =
    typeof row.Amount === 'number' ? Math.round(row.Amount * Number(row.Probability ?? 0)) / 100 : null;
}

function caseStatus({ state, row, old, stamp }: Derivation): void {
  const closed = lookUp(state, 'CaseStatus', 'ApiName', row.Status)?.IsClosed === true;
  if (closed && old?.IsClosed !== true) row.ClosedDate ??= stamp;
  if (!closed) row.ClosedDate = null;
  row.IsClosed = closed;
  const contact = lookUp(state, 'Contact', 'Id', row.ContactId);
  row.ContactEmail = contact?.Email ?? null;
  row.ContactPhone = contact?.Phone ?? null;
}

function user(derivation: Derivation): void {
  const { state, row } = derivation;
  fullName(derivation);
  row.UserType = lookUp(state, 'Profile', 'Id', row.ProfileId)?.UserType ?? 'Standard';
  row.AccountId = lookUp(state, 'Contact', 'Id', row.ContactId)?.AccountId ?? null;
}

function fundClaim({ state, row }: Derivation): void {
  const request = lookUp(state, 'PartnerFundRequest', 'Id', row.RequestId);
  for (const name of ['AllocationId', 'BudgetId', 'ChannelPartnerId']) row[name] = request?.[name] ?? null;
}

const DERIVATIONS: Record<string, Array<(derivation: Derivation) => void>> = {
  Contact: [fullName],
  Lead: [fullName, partnerAccount],
  Opportunity: [stage, fiscalPeriod, partnerAccount],
  Case: [caseStatus],
  Task: [
    ({ row }) => {
      row.IsClosed = row.Status === 'Completed';
    },
  ],
  User: [user],
  PartnerFundClaim: [fundClaim],
};

/** Fills the fields that the platform computes when a row is saved. */
export function derive(object: ObjectMeta, derivation: Derivation): void {
  for (const step of DERIVATIONS[object.name] ?? []) step(derivation);
}

/** True when saving rows of the object computes anything. */
export function hasDerivation(object: ObjectMeta): boolean {
  return object.name in DERIVATIONS;
}
