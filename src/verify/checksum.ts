import { hash } from 'node:crypto';

/**
 * A checksum of many records that does not depend on their order: the sum, modulo 2^64, of a number for each, which stands
 * for the record's id, its mapped values and the meaning of the mapping. Two changes can cancel each other out by a chance
 * of one in 2^64.
 */
export interface Checksum {
  sum: bigint;
  records: number;
}

const limit = 1n << 64n;

export function emptyChecksum(): Checksum {
  return { sum: 0n, records: 0 };
}

/** valuesHash: stands for the mapped values and their meaning. */
export function addRecord(checksum: Checksum, crmId: string, valuesHash: string): void {
  const number = BigInt(`0x${hash('sha1', `${crmId} ${valuesHash}`, 'hex').slice(0, 16)}`);
  checksum.sum = (checksum.sum + number) % limit;
  checksum.records += 1;
}

/** 16 hexadecimal digits and the number of records, such as 0123456789abcdef/1200. */
export function checksumText({ sum, records }: Checksum): string {
  return `${sum.toString(16).padStart(16, '0')}/${records}`;
}
