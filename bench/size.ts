/** How many records the simulated org holds. */
export interface Size {
  partners: number;
  customers: number;
  deals: number;
}

export const fullSize: Size = { partners: 10_000, customers: 90_000, deals: 300_000 };

export const smallSize: Size = { partners: 600, customers: 2_400, deals: 9_000 };

export function halfOf({ partners, customers, deals }: Size): Size {
  return { partners: partners / 2, customers: customers / 2, deals: deals / 2 };
}

export function rowsOf({ partners, customers, deals }: Size): number {
  return partners + customers + deals;
}
