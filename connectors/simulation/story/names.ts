/** A company that sells for another one. */
export interface PartnerName {
  name: string;
  type: 'reseller' | 'msp' | 'isv' | 'integrator';
  country: string;
  city: string;
  region: 'EMEA' | 'AMER' | 'APAC';
}

/** A name as it stands in web addresses. */
export const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/^-|-$/g, '');

export const PARTNERS: PartnerName[] = [
  {
    name: 'Harbour & Pine Consulting',
    type: 'integrator',
    country: 'United Kingdom',
    city: 'Bristol',
    region: 'EMEA',
  },
  { name: 'Bluebird Systems', type: 'reseller', country: 'United States', city: 'Denver', region: 'AMER' },
  { name: 'Lindenhof Digital', type: 'integrator', country: 'Germany', city: 'Leipzig', region: 'EMEA' },
  { name: 'Sunrise Managed IT', type: 'msp', country: 'United States', city: 'Tampa', region: 'AMER' },
  { name: 'Kestrel Networks', type: 'reseller', country: 'United Kingdom', city: 'Leeds', region: 'EMEA' },
  { name: 'Atelier Nord', type: 'isv', country: 'France', city: 'Lille', region: 'EMEA' },
  { name: 'Maple Ridge Solutions', type: 'reseller', country: 'Canada', city: 'Kelowna', region: 'AMER' },
  { name: 'Sakura Bridge', type: 'integrator', country: 'Japan', city: 'Osaka', region: 'APAC' },
  {
    name: 'Tidewater Technology Group',
    type: 'reseller',
    country: 'United States',
    city: 'Norfolk',
    region: 'AMER',
  },
  { name: 'Olivar Servicios', type: 'msp', country: 'Spain', city: 'Sevilla', region: 'EMEA' },
  { name: 'Cedar & Stone', type: 'isv', country: 'United States', city: 'Portland', region: 'AMER' },
  { name: 'Wattle Grove IT', type: 'reseller', country: 'Australia', city: 'Adelaide', region: 'APAC' },
  { name: 'Polder Data', type: 'isv', country: 'Netherlands', city: 'Utrecht', region: 'EMEA' },
  {
    name: 'Juniper Lane Partners',
    type: 'reseller',
    country: 'United States',
    city: 'Boise',
    region: 'AMER',
  },
  { name: 'Fjordlys', type: 'msp', country: 'Norway', city: 'Bergen', region: 'EMEA' },
  { name: 'Monsoon Labs', type: 'integrator', country: 'India', city: 'Pune', region: 'APAC' },
  { name: 'Red Barn Computing', type: 'reseller', country: 'United States', city: 'Madison', region: 'AMER' },
  { name: 'Alpenglow Software', type: 'isv', country: 'Switzerland', city: 'Chur', region: 'EMEA' },
  { name: 'Merlion Cloud', type: 'msp', country: 'Singapore', city: 'Singapore', region: 'APAC' },
  { name: 'Greenway Resellers', type: 'reseller', country: 'Ireland', city: 'Cork', region: 'EMEA' },
  {
    name: 'Copper Kettle Systems',
    type: 'reseller',
    country: 'United States',
    city: 'Tucson',
    region: 'AMER',
  },
  { name: 'Baobab Integration', type: 'integrator', country: 'South Africa', city: 'Durban', region: 'EMEA' },
  { name: 'Little River Support', type: 'msp', country: 'United States', city: 'Asheville', region: 'AMER' },
  { name: 'Lighthouse Point', type: 'reseller', country: 'Portugal', city: 'Aveiro', region: 'EMEA' },
];

/** Partners that only the acquired company has. */
export const ACQUIRED_PARTNERS: PartnerName[] = [
  { name: 'Rosengarten IT', type: 'reseller', country: 'Austria', city: 'Graz', region: 'EMEA' },
  { name: 'Vela Sistemi', type: 'integrator', country: 'Italy', city: 'Trieste', region: 'EMEA' },
  { name: 'Pont Neuf Conseil', type: 'integrator', country: 'France', city: 'Toulouse', region: 'EMEA' },
  { name: 'Tisza Software', type: 'isv', country: 'Hungary', city: 'Szeged', region: 'EMEA' },
  { name: 'Calder & Finch', type: 'reseller', country: 'United Kingdom', city: 'Dundee', region: 'EMEA' },
  { name: 'Aurora Datasystem', type: 'msp', country: 'Sweden', city: 'Kiruna', region: 'EMEA' },
];

const CUSTOMER_FIRST = [
  'Amber',
  'Birch',
  'Clover',
  'Drift',
  'Ember',
  'Fern',
  'Golden',
  'Hazel',
  'Indigo',
  'Jasmine',
];
const CUSTOMER_SECOND = ['Foods', 'Clinics', 'Logistics', 'Textiles', 'Insurance', 'Energy'];

/** Sixty names of customers, each once. */
export const CUSTOMERS: string[] = CUSTOMER_SECOND.flatMap((second) =>
  CUSTOMER_FIRST.map((first) => `${first} ${second}`),
);

/** Customers that only the acquired company has. */
export const ACQUIRED_CUSTOMERS: string[] = CUSTOMER_SECOND.flatMap((second) =>
  ['Alder', 'Bora', 'Cobalt'].map((first) => `${first} ${second}`),
);

export const FIRST_NAMES = [
  'Aisha',
  'Ben',
  'Carla',
  'Daniel',
  'Elif',
  'Farid',
  'Grace',
  'Hugo',
  'Ines',
  'Jonas',
  'Keiko',
  'Liam',
  'Maya',
  'Noah',
  'Olga',
  'Priya',
  'Quentin',
  'Ruth',
  'Samir',
  'Tessa',
  'Uma',
  'Viktor',
  'Wanda',
  'Yusuf',
  'Zoe',
];

export const LAST_NAMES = [
  'Abbott',
  'Brandt',
  'Costa',
  'Dubois',
  'Eriksen',
  'Fischer',
  'Garcia',
  'Hughes',
  'Ivanova',
  'Jansen',
  'Kaur',
  'Lopez',
  'Moreau',
  'Nakamura',
  'Okafor',
  'Petrov',
  'Quinn',
  'Rossi',
  'Silva',
  'Tanaka',
  'Usman',
  'Varga',
  'Weber',
];

export const TITLES = [
  'Sales Engineer',
  'Account Manager',
  'Solution Architect',
  'Partner Manager',
  'Director of Sales',
];

export const INDUSTRIES = ['Manufacturing', 'Healthcare', 'Retail', 'Energy', 'Insurance', 'Transportation'];

/** Certificates of the sample program: code and life in months. */
export const CERTIFICATIONS: Array<[string, number]> = [
  ['SALES-101', 24],
  ['TECH-201', 24],
  ['ARCH-301', 12],
  ['SUPPORT-110', 18],
];

export const CASE_SUBJECTS = [
  'Cannot sign in after the upgrade',
  'Export takes longer than expected',
  'Question about the licence count',
  'Report shows last month twice',
  'Integration stopped at the weekend',
  'How do we add a second region?',
];
