import type { Row } from '../types.ts';
import type { Sample } from './sample.ts';

export function addPartners(sample: Sample): string[] {
  const { org, story } = sample;
  const ids = org.bulkLoad(
    'Account',
    story.partners.map(
      (partner): Row => ({
        ...sample.created(partner),
        Name: partner.name,
        AccountNumber: partner.number,
        RecordTypeId: sample.recordTypes.Partner ?? null,
        Type: 'Channel Partner / Reseller',
        IsPartner: true,
        Website: partner.website,
        BillingCity: partner.city,
        BillingCountry: partner.country,
        Partner_Type__c: partner.type,
        Partner_Region__c: partner.region,
        Partner_Start_Date__c: partner.startedOn,
      }),
    ),
  );
  for (const [child, { parent }] of story.partners.entries()) {
    if (parent === null) continue;
    org.setSystemFields(ids[child] ?? '', {
      ParentId: ids[parent.partner] ?? null,
      LastModifiedDate: parent.enteredAt,
      SystemModstamp: parent.enteredAt,
    });
  }
  return ids;
}

export function addCustomers({ org, story, recordTypes, created }: Sample): string[] {
  return org.bulkLoad(
    'Account',
    story.customers.map((customer) => ({
      ...created(customer),
      Name: customer.name,
      AccountNumber: customer.number,
      RecordTypeId: recordTypes.Customer ?? null,
      Type: 'Customer - Channel',
      Industry: customer.industry,
      BillingCountry: customer.country,
      AnnualRevenue: customer.revenue,
      NumberOfEmployees: customer.employees,
    })),
  );
}

export function addContacts({ org, story, created }: Sample, partnerIds: readonly string[]): string[] {
  return org.bulkLoad(
    'Contact',
    story.people.map((person) => ({
      ...created(person),
      FirstName: person.firstName,
      LastName: person.lastName,
      AccountId: partnerIds[person.partner] ?? null,
      Title: person.title,
      Email: person.email,
      MailingCountry: person.country,
    })),
  );
}

export function addCertifications(
  { org, story, created }: Sample,
  ids: { contactIds: readonly string[]; partnerIds: readonly string[] },
): void {
  org.bulkLoad(
    'Partner_Certification__c',
    story.certificates.map((certificate) => ({
      ...created(certificate),
      Contact__c: ids.contactIds[certificate.person] ?? null,
      Account__c: ids.partnerIds[certificate.partner] ?? null,
      Code__c: certificate.code,
      Issued_On__c: certificate.issuedOn,
      Expires_On__c: certificate.expiresOn,
      Status__c: certificate.state,
      External_Id__c: certificate.externalId,
    })),
  );
}

/** A sign-in for the first person of the first three partners. */
export function addPartnerUsers({ org, story }: Sample, contactIds: readonly string[]): string[] {
  const profile = [...org.rows('Profile')].find((row) => row.Name === 'Partner Community User');
  return org.bulkLoad(
    'User',
    story.portalPeople.map((place, index) => {
      const person = story.people[place];
      return {
        FirstName: person?.firstName ?? null,
        LastName: person?.lastName ?? 'Partner',
        Username: `partner${index + 1}@sim.example`,
        Email: person?.email ?? 'partner@sim.example',
        Alias: `partner${index + 1}`,
        CommunityNickname: `partner${index + 1}`,
        IsActive: true,
        IsPortalEnabled: true,
        TimeZoneSidKey: 'GMT',
        LocaleSidKey: 'en_US',
        LanguageLocaleKey: 'en_US',
        EmailEncodingKey: 'UTF-8',
        ProfileId: profile?.Id ?? null,
        ContactId: contactIds[place] ?? null,
      };
    }),
  );
}
