import { fromPackageRoot } from '../../../src/package-root.ts';
import { type Clock, createClock } from '../../simulation/clock.ts';
import { administratorRole, type Caller, createCaller, type Depth, type Grants } from './access.ts';
import { removeRow } from './dml/remove.ts';
import { createRow, insert, load, updateRow, type WriteCall } from './dml/save.ts';
import { instantText } from './dml/value.ts';
import { createFaults } from './faults.ts';
import { guidOf } from './ids.ts';
import { loadMetadata } from './metadata-load.ts';
import { createSchema, type Schema } from './schema.ts';
import { createState, type State } from './state.ts';
import type { Row, Table, Value } from './types.ts';

/** The files stay where the source has them: a build copies no JSON. */
const metadataFolder = fromPackageRoot('connectors/dynamics/simulator/metadata');

export interface OrgOptions {
  /** Where the clock starts (epoch milliseconds; it runs on), or the clock itself. (Default: now.) */
  now?: number | (() => number);
  /** Unique name; ids follow from it. (Default: contoso) */
  name?: string;
  /** Base currency. (Default: USD) */
  currency?: BaseCurrency;
  /** What kind of environment it says to be. (Default: Customer, which is production) */
  kind?: OrgKind;
}

/** Rates of the currencies by base currency: so many units of each are one of the base. */
const exchangeRates = { USD: { USD: 1, EUR: 0.92 }, EUR: { USD: 1.09, EUR: 1 } };
export type BaseCurrency = keyof typeof exchangeRates;

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/organizationtype */
export type OrgKind = 'Customer' | 'CustomerTest' | 'Trial' | 'Developer';

/** One environment: metadata, rows, users and roles. Each write is one statement. */
export interface Org {
  readonly id: string;
  readonly name: string;
  readonly tenantId: string;
  readonly kind: OrgKind;
  readonly state: State;
  readonly schema: Schema;
  readonly clock: Clock;
  readonly grants: Grants;
  /** Acts where nobody is named. */
  readonly admin: Caller;
  /** Throws when there is no such user. */
  as(userId: string): Caller;
  /** Throws for a table that does not exist. */
  table(logicalName: string): Table;
  /** What people do through forms: bodies as the API takes them. Returns the ids. */
  create(table: string, bodies: readonly Record<string, unknown>[], caller?: Caller): string[];
  update(table: string, id: string, body: Readonly<Record<string, unknown>>, caller?: Caller): void;
  remove(table: string, id: string, caller?: Caller): void;
  /** Trusted rows in stored form, with stamps and owners of their own: no payloads, no privileges. Returns the ids. */
  load(table: string, rows: readonly Readonly<Record<string, Value>>[]): string[];
  /** Sets stored values that no client may write. */
  set(table: string, id: string, values: Readonly<Record<string, Value>>): void;
  get(table: string, id: string): Row | undefined;
  /** All rows as plain copies, by id. */
  dump(table: string): Row[];
  addUser(user: { fullName: string; applicationId?: string; roles?: string[] }): string;
  /** A role with privileges by name; the id. */
  addRole(name: string, privileges: Readonly<Record<string, Depth>>): string;
}

/** An environment with its organization, root business unit, currencies, roles and an administrator; no other rows. */
export function createOrg(options: OrgOptions = {}): Org {
  const name = options.name ?? 'contoso';
  const clock = createClock(options.now);
  const schema = createSchema();
  loadMetadata(schema, metadataFolder);
  const state = createState({ schema, clock, faults: createFaults(), seed: name });
  const grants: Grants = { roles: new Map(), rolesOfUser: new Map(), columns: new Map() };
  const table = (logicalName: string): Table => {
    const found = schema.table(logicalName);
    if (found === undefined) throw new Error(`There is no table ${logicalName}`);
    return found;
  };
  const ids = setUp(state, grants, { name, currency: options.currency ?? 'USD', table });
  const as = (userId: string) => createCaller(state, grants, userId);
  const admin = as(ids.admin);
  const call = (logicalName: string, caller: Caller = admin): WriteCall => ({
    state,
    caller,
    table: table(logicalName),
  });
  const row = (logicalName: string, id: string): Row => {
    const found = state.rows(table(logicalName)).get(id);
    if (found === undefined) throw new Error(`There is no ${logicalName} ${id}`);
    return found;
  };
  const org: Org = {
    id: ids.organization,
    name,
    tenantId: guidOf(`${name} tenant`),
    kind: options.kind ?? 'Customer',
    state,
    schema,
    clock,
    grants,
    admin,
    as,
    table,
    create: (logicalName, bodies, caller) => {
      const target = call(logicalName, caller);
      return bodies.map((body) => String(createRow(target, body)[target.table.primaryId]));
    },
    update: (logicalName, id, body, caller) => {
      updateRow(call(logicalName, caller), row(logicalName, id), body);
    },
    remove: (logicalName, id, caller) => removeRow(call(logicalName, caller), row(logicalName, id)),
    load: (logicalName, rows) => {
      const target = call(logicalName);
      return rows.map((each) => String(load(target, each)[target.table.primaryId]));
    },
    set: (logicalName, id, values) => {
      state.put(table(logicalName), { ...row(logicalName, id), ...values });
    },
    get: (logicalName, id) => state.rows(table(logicalName)).get(id),
    dump: (logicalName) => {
      const { primaryId } = table(logicalName);
      return [...state.rows(table(logicalName)).all.values()]
        .map((each) => ({ ...each }))
        .sort((a, b) => (String(a[primaryId]) < String(b[primaryId]) ? -1 : 1));
    },
    addUser: ({ fullName, applicationId, roles = [] }) => {
      const [firstname = '', ...rest] = fullName.split(' ');
      const values = {
        firstname,
        lastname: rest.join(' '),
        businessunitid: ids.businessUnit,
        applicationid: applicationId ?? null,
        azureactivedirectoryobjectid: guidOf(`${name} ${fullName} in Entra`),
        isdisabled: false,
        accessmode: applicationId === undefined ? 0 : 4,
        domainname: applicationId ?? `${fullName.toLowerCase().replaceAll(' ', '.')}@${name}.example`,
      };
      const userId = String(insert(call('systemuser'), values).systemuserid);
      grants.rolesOfUser.set(userId, new Set(roles));
      insert(call('usersettings'), { systemuserid: userId, timezonecode: 92, uilanguageid: 1033 });
      return userId;
    },
    addRole: (roleName, privileges) => {
      const values = { name: roleName, businessunitid: ids.businessUnit };
      const roleId = String(insert(call('role'), values).roleid);
      grants.roles.set(roleId, new Map(Object.entries(privileges)));
      return roleId;
    },
  };
  return org;
}

/** The rows that every environment begins with. They make themselves: nobody is there yet to make them. */
function setUp(
  state: State,
  grants: Grants,
  {
    name,
    currency: base,
    table,
  }: { name: string; currency: BaseCurrency; table: (logicalName: string) => Table },
): { organization: string; businessUnit: string; admin: string } {
  const id = (what: string) => guidOf(`${name} ${what}`);
  const now = instantText(state.clock.now());
  const admin = id('administrator');
  const stamps = { createdon: now, modifiedon: now, createdby: admin, modifiedby: admin };
  const put = (logicalName: string, values: Row) =>
    void state.put(table(logicalName), { ...stamps, ...values });
  const currency = (code: string, values: Row) =>
    put('transactioncurrency', {
      transactioncurrencyid: id(code),
      isocurrencycode: code,
      currencyprecision: 2,
      statecode: 0,
      statuscode: 1,
      ...values,
    });
  const rates = exchangeRates[base];
  currency('USD', { currencyname: 'US Dollar', currencysymbol: '$', exchangerate: rates.USD });
  currency('EUR', { currencyname: 'Euro', currencysymbol: '€', exchangerate: rates.EUR });
  const organization = id('organization');
  put('organization', {
    organizationid: organization,
    name,
    basecurrencyid: id(base),
    expirechangetrackingindays: 7,
    languagecode: 1033,
    localeid: 1033,
    pricingdecimalprecision: 2,
    isauditenabled: false,
  });
  const businessUnit = id('business unit');
  put('businessunit', { businessunitid: businessUnit, name, isdisabled: false, parentbusinessunitid: null });
  const role = id('administrator role');
  put('role', { roleid: role, name: administratorRole, businessunitid: businessUnit });
  put('systemuser', {
    systemuserid: admin,
    firstname: 'Ada',
    lastname: 'Admin',
    fullname: 'Ada Admin',
    businessunitid: businessUnit,
    isdisabled: false,
    accessmode: 0,
    applicationid: null,
    azureactivedirectoryobjectid: id('administrator in Entra'),
    domainname: `admin@${name}.example`,
  });
  put('usersettings', { systemuserid: admin, timezonecode: 92, uilanguageid: 1033 });
  grants.rolesOfUser.set(admin, new Set([role]));
  return { organization, businessUnit, admin };
}
