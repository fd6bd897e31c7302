/** Kinds of calendar periods; fiscal ones begin with the first month of the fiscal year. */
export const periodKinds = ['month', 'quarter', 'year', 'fiscalQuarter', 'fiscalYear'] as const;
