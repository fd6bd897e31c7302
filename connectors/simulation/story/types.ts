/**
 * An imaginary company and its channel business, told without the words of any CRM. Each simulator renders it in its own tables. Rows name each other by their place in the lists.
 */

/** Days are 'YYYY-MM-DD', instants epoch milliseconds; all of them lie before the clock that the story was made by. */
export interface Stamped {
  createdAt: number;
  /** Whose it is, by a number that goes round over the sales people. */
  owner: number;
}

export interface StoryPartner extends Stamped {
  name: string;
  /** By which other systems know it, such as a number that a register gives; null where nobody entered it. */
  number: string | null;
  /** reseller, msp, isv or integrator; a word that no list knows for one partner, nothing for another. */
  type: string | null;
  region: string;
  country: string;
  city: string;
  website: string | null;
  startedOn: string;
  /** The company that it belongs to, and when that was entered. */
  parent: { partner: number; enteredAt: number } | null;
}

export interface StoryCustomer extends Stamped {
  name: string;
  /** As that of a partner. */
  number: string | null;
  industry: string;
  country: string;
  revenue: number;
  employees: number;
}

/** Somebody who works for a partner. */
export interface StoryPerson extends Stamped {
  firstName: string;
  lastName: string;
  partner: number;
  title: string;
  email: string;
  country: string;
}

export type OpenStep = 'prospect' | 'qualify' | 'analyse' | 'propose' | 'quote' | 'negotiate';

export interface StoryDeal extends Stamped {
  name: string;
  customer: number;
  state: 'won' | 'lost' | OpenStep;
  changedAt: number;
  closeOn: string;
  /** In the currency of the company. */
  amount: number;
  /** Whether the customer bought before. */
  customerIs: 'new' | 'known';
  source: LeadSource;
  /** Absent for what was sold directly, and where somebody forgot to enter it. */
  partner: number | null;
}

export type LeadSource = 'partner' | 'web' | 'phone';
export type CreditRole = 'reseller' | 'integrator' | 'distributor' | 'consultant';

/** A partner's part in a deal. */
export interface StoryCredit extends Stamped {
  deal: number;
  partner: number;
  role: CreditRole;
  isPrimary: boolean;
}

export interface StoryLead extends Stamped {
  firstName: string;
  lastName: string;
  company: string;
  email: string;
  state: 'new' | 'contacted' | 'converted' | 'lost';
  source: LeadSource;
  /** A deal that a partner registers, not a lead that was given to one. */
  isRegistration: boolean;
  partner: number | null;
  deliveredAt: number | null;
  acceptedAt: number | null;
  converted: { on: string; customer: number } | null;
}

export interface StoryCertificate extends Stamped {
  /** Of whom, by the place among the people, and the partner that he worked for. */
  person: number;
  partner: number;
  code: string;
  issuedOn: string;
  expiresOn: string;
  state: 'active' | 'expired';
  externalId: string;
}

export interface StoryCase extends Stamped {
  subject: string;
  customer: number;
  origin: 'phone' | 'email' | 'web';
  priority: 'high' | 'medium' | 'low';
  state: 'new' | 'working' | 'escalated' | 'closed';
  closedAt: number | null;
  partner: number | null;
  /** From 1 (bad) to 5. */
  satisfaction: number | null;
}

/** A place in the company's own program before it kept one by software; not every CRM has a table for it. */
export interface StoryMember extends Stamped {
  partner: number;
  /** 0 is the lowest level. */
  level: number;
}

export interface Story {
  partners: StoryPartner[];
  customers: StoryCustomer[];
  people: StoryPerson[];
  deals: StoryDeal[];
  credits: StoryCredit[];
  leads: StoryLead[];
  certificates: StoryCertificate[];
  cases: StoryCase[];
  program: Stamped & { name: string; levels: string[]; members: StoryMember[] };
  /** The people who sign in at the partners' portal. */
  portalPeople: number[];
}
