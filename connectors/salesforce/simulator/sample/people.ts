import type { Row } from '../types.ts';
import { CERTIFICATIONS, CUSTOMERS, FIRST_NAMES, INDUSTRIES, LAST_NAMES, PARTNERS, TITLES } from './names.ts';
import type { Sample } from './sample.ts';

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/^-|-$/g, '');

/** Twenty-four partners. The last but one carries a type that the list does not know, the last one none at all. */
export function addPartners(sample: Sample): string[] {
  const { draw, org } = sample;
  const rows = PARTNERS.map((partner, index): Row => {
    const start = sample.day(-draw.between(90, 2200));
    return {
      ...sample.created(start, index),
      Name: partner.name,
      RecordTypeId: sample.recordTypes.Partner ?? null,
      Type: 'Channel Partner / Reseller',
      IsPartner: true,
      Website: `https://www.${slug(partner.name)}.example`,
      BillingCity: partner.city,
      BillingCountry: partner.country,
      Partner_Type__c: partner.type,
      Partner_Region__c: partner.region,
      Partner_Start_Date__c: start,
    };
  });
  Object.assign(rows.at(-2) ?? {}, { Partner_Type__c: 'Value Added Reseller' });
  Object.assign(rows.at(-1) ?? {}, { Partner_Type__c: null });
  const ids = org.bulkLoad('Account', rows);
  for (const [child, parent] of [
    [13, 1],
    [19, 4],
  ] as const) {
    const at = sample.instant(sample.day(-80), 600 + child);
    org.setSystemFields(ids[child] ?? '', {
      ParentId: ids[parent] ?? null,
      LastModifiedDate: at,
      SystemModstamp: at,
    });
  }
  return ids;
}

/** Sixty customers. */
export function addCustomers(sample: Sample): string[] {
  return sample.org.bulkLoad(
    'Account',
    CUSTOMERS.map((name, index) => ({
      ...sample.created(sample.day(-sample.draw.between(200, 1500)), index),
      Name: name,
      RecordTypeId: sample.recordTypes.Customer ?? null,
      Type: 'Customer - Channel',
      Industry: sample.draw.pick(INDUSTRIES),
      BillingCountry: sample.draw.pick(['United States', 'United Kingdom', 'Germany', 'France', 'Japan']),
      AnnualRevenue: sample.draw.between(2, 400) * 1_000_000,
      NumberOfEmployees: sample.draw.between(20, 5000),
    })),
  );
}

/** Eighty people at partners, more of them at the first ones. */
export function addContacts(sample: Sample, partnerIds: string[]): Array<{ id: string; accountId: string }> {
  const { draw, org } = sample;
  const accounts = Array.from({ length: 80 }, (_, index) => partnerIds[index] ?? draw.pickSkewed(partnerIds));
  const ids = org.bulkLoad(
    'Contact',
    accounts.map((accountId, index) => {
      const first = FIRST_NAMES[index % FIRST_NAMES.length] ?? 'Ann';
      const last = LAST_NAMES[(index * 7) % LAST_NAMES.length] ?? 'Other';
      const company = String(org.find(accountId)?.row.Name ?? 'partner');
      return {
        ...sample.created(sample.day(-draw.between(60, 900)), index),
        FirstName: first,
        LastName: last,
        AccountId: accountId,
        Title: draw.pick(TITLES),
        Email: `${first}.${last}@${slug(company)}.example`.toLowerCase(),
        MailingCountry: org.find(accountId)?.row.BillingCountry ?? null,
      };
    }),
  );
  return ids.map((id, index) => ({ id, accountId: accounts[index] ?? '' }));
}

/** Seventy certificates: most in force, some run out soon, some have run out. */
export function addCertifications(sample: Sample, contacts: Array<{ id: string; accountId: string }>): void {
  const { draw, org } = sample;
  org.bulkLoad(
    'Partner_Certification__c',
    Array.from({ length: 70 }, (_, index) => {
      const holder = draw.pickSkewed(contacts);
      const [code, months] = draw.pick(CERTIFICATIONS);
      const age = draw.between(10, 30 * (months + 4));
      const expires = sample.day(months * 30 - age);
      return {
        ...sample.created(sample.day(-age), index),
        Contact__c: holder.id,
        Account__c: holder.accountId,
        Code__c: code,
        Issued_On__c: sample.day(-age),
        Expires_On__c: expires,
        Status__c: expires < sample.day(0) ? 'expired' : 'active',
        External_Id__c: `cert-${String(index + 1).padStart(4, '0')}`,
      };
    }),
  );
}

/** A sign-in for the first person of the first three partners. */
export function addPartnerUsers(
  sample: Sample,
  contacts: Array<{ id: string; accountId: string }>,
): string[] {
  const { org } = sample;
  const profile = [...org.rows('Profile')].find((row) => row.Name === 'Partner Community User');
  return org.bulkLoad(
    'User',
    contacts.slice(0, 3).map(({ id }, index) => {
      const contact = org.find(id)?.row;
      return {
        FirstName: contact?.FirstName ?? null,
        LastName: contact?.LastName ?? 'Partner',
        Username: `partner${index + 1}@sim.example`,
        Email: contact?.Email ?? 'partner@sim.example',
        Alias: `partner${index + 1}`,
        CommunityNickname: `partner${index + 1}`,
        IsActive: true,
        IsPortalEnabled: true,
        TimeZoneSidKey: 'GMT',
        LocaleSidKey: 'en_US',
        LanguageLocaleKey: 'en_US',
        EmailEncodingKey: 'UTF-8',
        ProfileId: profile?.Id ?? null,
        ContactId: id,
      };
    }),
  );
}
