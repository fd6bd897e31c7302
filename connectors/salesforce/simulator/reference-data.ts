import type { Org } from './org.ts';
import type { Row } from './types.ts';

const STAGES: Array<[string, number, string, string]> = [
  ['Prospecting', 10, 'Pipeline', 'Pipeline'],
  ['Qualification', 10, 'Pipeline', 'Pipeline'],
  ['Needs Analysis', 20, 'Pipeline', 'Pipeline'],
  ['Value Proposition', 50, 'Pipeline', 'Pipeline'],
  ['Id. Decision Makers', 60, 'Pipeline', 'Pipeline'],
  ['Perception Analysis', 70, 'BestCase', 'Best Case'],
  ['Proposal/Price Quote', 75, 'BestCase', 'Best Case'],
  ['Negotiation/Review', 90, 'Forecast', 'Commit'],
  ['Closed Won', 100, 'Closed', 'Closed'],
  ['Closed Lost', 0, 'Omitted', 'Omitted'],
];

const LEAD_STATUSES = [
  'Open - Not Contacted',
  'Working - Contacted',
  'Closed - Converted',
  'Closed - Not Converted',
];
const CASE_STATUSES = ['New', 'Working', 'Escalated', 'Closed'];
const PARTNER_ROLES = [
  'Advertiser',
  'Agency',
  'Broker',
  'Consultant',
  'Dealer',
  'Developer',
  'Distributor',
  'Institution',
  'Lender',
  'Subcontractor',
  'VAR/Reseller',
  'System Integrator',
];

function labels(values: string[], more: (value: string) => Row = () => ({})): Row[] {
  return values.map((value, index) => ({
    MasterLabel: value,
    ApiName: value,
    SortOrder: index + 1,
    ...more(value),
  }));
}

/** Stages, statuses and roles as a new org has them. */
export function loadReferenceData(org: Org): void {
  org.bulkLoad(
    'OpportunityStage',
    STAGES.map(([name, probability, category, categoryName], index) => ({
      MasterLabel: name,
      ApiName: name,
      IsActive: true,
      SortOrder: index + 1,
      IsClosed: name.startsWith('Closed'),
      IsWon: name === 'Closed Won',
      ForecastCategory: category,
      ForecastCategoryName: categoryName,
      DefaultProbability: probability,
    })),
  );
  org.bulkLoad(
    'LeadStatus',
    labels(LEAD_STATUSES, (value) => ({
      IsDefault: value === LEAD_STATUSES[0],
      IsConverted: value === 'Closed - Converted',
    })),
  );
  org.bulkLoad(
    'CaseStatus',
    labels(CASE_STATUSES, (value) => ({ IsDefault: value === 'New', IsClosed: value === 'Closed' })),
  );
  org.bulkLoad('PartnerRole', labels(PARTNER_ROLES));
}
