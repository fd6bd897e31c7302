import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

/** The public pipeline as its files have it. */
export interface Pipeline {
  accounts: Record<'account' | 'sector' | 'employees' | 'office_location' | 'subsidiary_of', string>[];
  products: Record<'product', string>[];
  agents: Record<'sales_agent' | 'regional_office', string>[];
  deals: Record<
    | 'opportunity_id'
    | 'sales_agent'
    | 'product'
    | 'account'
    | 'deal_stage'
    | 'engage_date'
    | 'close_date'
    | 'close_value',
    string
  >[];
}

export function readPipeline(folder: string): Pipeline {
  const rows = (file: string) => parse(readFileSync(join(folder, file)), { columns: true, bom: true });
  return {
    accounts: rows('accounts.csv') as Pipeline['accounts'],
    products: rows('products.csv') as Pipeline['products'],
    agents: rows('sales_teams.csv') as Pipeline['agents'],
    deals: rows('sales_pipeline.csv') as Pipeline['deals'],
  };
}

const stages: Readonly<Record<string, string>> = {
  Won: 'Closed Won',
  Lost: 'Closed Lost',
  Engaging: 'Negotiation/Review',
  Prospecting: 'Prospecting',
};

/**
 * Writes the pipeline as a folder of CSV files with object names: agents are partner accounts, accounts are customers,
 * who name their parents by name. Nothing is mended: what is blank, misspelt or unknown stays so.
 */
export function writeObjects(pipeline: Pipeline): string {
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-pipeline-'));
  const write = (object: string, rows: readonly Record<string, string>[]) =>
    writeFileSync(join(folder, `${object}.csv`), stringify([...rows], { header: true }));
  const types = ['Partner', 'Customer'].map((name) => ({
    Id: name,
    SobjectType: 'Account',
    DeveloperName: name,
    Name: name,
    IsActive: 'true',
  }));
  const leadTypes = ['Deal_Registration', 'Sales_Lead'].map((name) => ({
    Id: name,
    SobjectType: 'Lead',
    DeveloperName: name,
    Name: name,
    IsActive: 'true',
  }));
  write('RecordType', [...types, ...leadTypes]);
  const partners = pipeline.agents.map((agent) => ({
    Id: agent.sales_agent,
    Name: agent.sales_agent,
    RecordTypeId: 'Partner',
    Partner_Type__c: 'reseller',
    Partner_Region__c: agent.regional_office,
    Partner_Start_Date__c: '2016-10-01',
    Industry: '',
    NumberOfEmployees: '',
    BillingCountry: '',
    'Parent.Name': '',
  }));
  const customers = pipeline.accounts.map((account) => ({
    Id: account.account,
    Name: account.account,
    RecordTypeId: 'Customer',
    Partner_Type__c: '',
    Partner_Region__c: '',
    Partner_Start_Date__c: '',
    Industry: account.sector,
    NumberOfEmployees: account.employees,
    BillingCountry: account.office_location,
    'Parent.Name': account.subsidiary_of,
  }));
  write('Account', [...partners, ...customers]);
  write(
    'Opportunity',
    pipeline.deals.map((deal) => ({
      Name: deal.opportunity_id,
      AccountId: deal.account,
      Partner__c: deal.sales_agent,
      Type: deal.product,
      StageName: stages[deal.deal_stage] ?? deal.deal_stage,
      CreatedDate: deal.engage_date === '' ? '' : `${deal.engage_date}T00:00:00.000Z`,
      CloseDate: deal.close_date,
      Amount: deal.close_value,
    })),
  );
  return folder;
}
