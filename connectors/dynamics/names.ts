/** The name of a new table in addresses: new_deal, new_deals; new_category, new_categories; new_status, new_statuses. */
export function entitySetName(logicalName: string): string {
  if (/[^aeiou]y$/.test(logicalName)) return `${logicalName.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(logicalName) ? `${logicalName}es` : `${logicalName}s`;
}
