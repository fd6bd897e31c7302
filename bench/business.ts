import { createDraw, type Draw } from '../connectors/simulation/random.ts';
import type { Size } from './size.ts';

/** An imaginary channel business, the same at every run; each CRM writes it down in its own way. */
export interface Business {
  partners(): Iterable<Partner>;
  customers(): Iterable<Customer>;
  /** Four of five name their partner; a third is won, a third lost, a third open. */
  deals(): Iterable<Deal>;
  /** Two certified people at every second partner, so that tiers differ. */
  people(): Iterable<Person>;
}

/** All of it is dated months back, so that no overlap of a change window reaches it. */
interface Made {
  /** Epoch milliseconds, a whole second. */
  createdAt: number;
}

export interface Partner extends Made {
  name: string;
  website: string;
  phone: string;
  employees: number;
  country: string;
  industry: Industry;
  type: 'reseller' | 'msp' | 'integrator';
  region: 'EMEA' | 'AMER' | 'APAC';
  /** YYYY-MM-DD */
  startedOn: string;
}

export interface Customer extends Made {
  name: string;
  website: string;
  country: string;
  industry: Industry;
}

export interface Deal extends Made {
  name: string;
  /** Its place among the customers. */
  customer: number;
  /** Its place among the partners; null for a deal without one. */
  partner: number | null;
  state: 'won' | 'lost' | 'open';
  /** How far an open one is, 0 to 3. */
  stage: number;
  /** YYYY-MM-DD */
  closesOn: string;
  amount: number;
  isNewCustomer: boolean;
  source: 'partner' | 'web' | 'phone';
}

/** Somebody at a partner, with a certificate. */
export interface Person extends Made {
  firstName: string;
  lastName: string;
  email: string;
  /** Its place among the partners. */
  partner: number;
  certificate: Made & { code: string; issuedOn: string; expiresOn: string };
}

export const industries = ['Technology', 'Banking', 'Healthcare', 'Retail', 'Energy'] as const;
export type Industry = (typeof industries)[number];

const dayMs = 86_400_000;
const countries = ['United States', 'United Kingdom', 'Germany', 'France', 'Japan', 'Brazil'];
const products = ['Platform', 'Analytics', 'Support Plus', 'Migration', 'Renewal'];

/** @param now epoch milliseconds of the CRM's clock */
export function describeBusiness(size: Size, now: number): Business {
  const time: Time = {
    at: (days) => Math.floor(now / 1000) * 1000 + days * dayMs,
    day: (days) => new Date(now + days * dayMs).toISOString().slice(0, 10),
  };
  return {
    partners: () => each(size.partners, partnerMaker(time, createDraw(7))),
    customers: () => each(size.customers, customerMaker(time, createDraw(8))),
    deals: () => each(size.deals, dealMaker(time, createDraw(9), size)),
    people: () => each(Math.ceil(size.partners / 2) * 2, personMaker(time)),
  };
}

/** Days from now, as an instant and as a date. */
interface Time {
  at(days: number): number;
  day(days: number): string;
}

function* each<T>(count: number, make: (index: number) => T): Iterable<T> {
  for (let index = 0; index < count; index += 1) yield make(index);
}

function partnerMaker({ at, day }: Time, draw: Draw): (index: number) => Partner {
  return (index) => {
    const started = -draw.between(200, 2_000);
    return {
      createdAt: at(started),
      name: `Partner ${index + 1} ${draw.pick(products)} Ltd`,
      website: `https://www.partner-${index + 1}.example`,
      phone: `+44 20 ${String(7_000_000 + index)}`,
      employees: draw.between(5, 4_000),
      country: draw.pick(countries),
      industry: draw.pick(industries),
      type: draw.pick(['reseller', 'msp', 'integrator']),
      region: draw.pick(['EMEA', 'AMER', 'APAC']),
      startedOn: day(started),
    };
  };
}

function customerMaker({ at }: Time, draw: Draw): (index: number) => Customer {
  return (index) => ({
    createdAt: at(-draw.between(100, 2_000)),
    name: `Customer ${index + 1}, ${draw.pick(industries)} Group`,
    website: `https://www.customer-${index + 1}.example`,
    country: draw.pick(countries),
    industry: draw.pick(industries),
  });
}

function dealMaker({ at, day }: Time, draw: Draw, size: Size): (index: number) => Deal {
  return (index) => {
    const state = (['won', 'lost', 'open'] as const)[index % 3] ?? 'open';
    const closes = state === 'open' ? draw.between(10, 180) : -draw.between(40, 700);
    return {
      createdAt: at(Math.min(closes, 0) - draw.between(35, 150)),
      name: `Deal ${index + 1} - ${draw.pick(products)}`,
      customer: draw.between(0, size.customers - 1),
      partner: index % 5 === 4 ? null : draw.between(0, size.partners - 1),
      state,
      stage: draw.between(0, 3),
      closesOn: day(closes),
      amount: draw.between(1_000, 250_000) + draw.between(0, 99) / 100,
      isNewCustomer: draw.chance(0.5),
      source: draw.pick(['partner', 'web', 'phone']),
    };
  };
}

function personMaker({ at, day }: Time): (index: number) => Person {
  return (index) => ({
    createdAt: at(-300),
    firstName: 'Pat',
    lastName: `Person ${index + 1}`,
    email: `person-${index + 1}@partner.example`,
    partner: Math.floor(index / 2) * 2,
    certificate: { createdAt: at(-290), code: 'PLATFORM', issuedOn: day(-290), expiresOn: day(440) },
  });
}

/** Every hundredth of a list: what is edited between two passes. */
export function everyHundredth<T>(all: readonly T[]): T[] {
  return all.filter((_, index) => index % 100 === 50);
}
