import { lookupTable, type Row } from '../types.ts';
import { at, choice, type Sample, type SampleIds } from './shared.ts';

/** Labels of the kinds of partner; one of them no program knows. */
const types: Readonly<Record<string, string>> = {
  reseller: 'Reseller',
  msp: 'MSP',
  isv: 'ISV',
  integrator: 'System Integrator',
};

export function loadPartners(sample: Sample): string[] {
  const { org, story, created, instant } = sample;
  const ids = org.load(
    'account',
    story.partners.map(
      (partner): Row => ({
        ...created(partner),
        name: partner.name,
        accountnumber: partner.number,
        customertypecode: 5,
        websiteurl: partner.website,
        address1_city: partner.city,
        address1_country: partner.country,
        nw_partnertype: choice(
          sample,
          'account.nw_partnertype',
          partner.type && (types[partner.type] ?? partner.type),
        ),
        nw_partnerregion: choice(sample, 'account.nw_partnerregion', partner.region),
        nw_partnerstartdate: partner.startedOn,
      }),
    ),
  );
  for (const [child, { parent }] of story.partners.entries()) {
    if (parent === null) continue;
    org.set('account', ids[child] ?? '', {
      parentaccountid: at(ids, parent.partner),
      modifiedon: instant(parent.enteredAt),
    });
  }
  return ids;
}

/** Industries of the platform: durable goods, clinics, retail, utilities, insurance, transportation. */
const industries: Readonly<Record<string, number>> = {
  Manufacturing: 12,
  Healthcare: 11,
  Retail: 22,
  Energy: 31,
  Insurance: 20,
  Transportation: 30,
};

export function loadCustomers({ org, story, created }: Sample): string[] {
  return org.load(
    'account',
    story.customers.map((customer) => ({
      ...created(customer),
      name: customer.name,
      accountnumber: customer.number,
      customertypecode: 3,
      industrycode: industries[customer.industry] ?? null,
      address1_country: customer.country,
      revenue: customer.revenue,
      numberofemployees: customer.employees,
    })),
  );
}

export function loadContacts({ org, story, created }: Sample, partnerIds: SampleIds['partnerIds']): string[] {
  return org.load(
    'contact',
    story.people.map((person) => ({
      ...created(person),
      firstname: person.firstName,
      lastname: person.lastName,
      parentcustomerid: at(partnerIds, person.partner),
      [lookupTable('parentcustomerid')]: 'account',
      jobtitle: person.title,
      emailaddress1: person.email,
      address1_country: person.country,
    })),
  );
}

export function loadCertifications(sample: Sample, ids: Pick<SampleIds, 'contactIds' | 'partnerIds'>): void {
  const { org, story, created } = sample;
  org.load(
    'nw_partnercertification',
    story.certificates.map((certificate) => ({
      ...created(certificate),
      nw_name: `${certificate.code} ${certificate.externalId}`,
      nw_contactid: at(ids.contactIds, certificate.person),
      nw_accountid: at(ids.partnerIds, certificate.partner),
      nw_code: certificate.code,
      nw_issuedon: certificate.issuedOn,
      nw_expireson: certificate.expiresOn,
      nw_status: choice(
        sample,
        'nw_partnercertification.nw_status',
        certificate.state === 'active' ? 'Active' : 'Expired',
      ),
      nw_externalid: certificate.externalId,
    })),
  );
}
