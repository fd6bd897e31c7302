import { describe, expect, it } from '@jest/globals';
import { programShow } from '../../src/cli/commands/program/show.ts';
import { outlineOf } from '../../src/cli/program-outline.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import { good } from '../program/good-program.ts';
import { recordingStream } from './harness.ts';

function programWith(lines: string, change: (text: string) => string = (text) => text): Program {
  const result = parseProgram(`${change(good)}${lines}\n`, 'test.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.program;
}

/** The page as it is printed, one line each, without indentation. */
function pageOf(program: Program): string[] {
  const stream = recordingStream();
  const style = { color: false, plain: false, accessible: false, width: 400 };
  programShow.show(
    outlineOf(program),
    createScreen(stream, style, () => 'UTC'),
  );
  const lines = stream.text().split('\n');
  return lines.map((line) => line.trim().replace(/ {2,}/g, ' | ')).filter((line) => line !== '');
}

describe('the page of a program', () => {
  it('tells factors with their KPIs, and each ladder with what it asks for in words', () => {
    const page = pageOf(
      programWith('    movement: { demote: at_review, review: { every: month, day: 15 }, rampDays: 30 }'),
    );
    expect(page.slice(0, 2)).toEqual([
      'Test, version 1, in force from 2026-01-01',
      'Time zone Europe/Stockholm, amounts in USD, figures kept per quarter.',
    ]);
    expect(page).toEqual(
      expect.arrayContaining([
        '1. Revenue',
        '- Revenue',
        'Revenue (USD): Won deals.',
        'Main, for partners of the type Reseller',
        '- Revenue >= 5,000 USD',
        '- Win rate >= 30 %',
        '- New partners start as Silver.',
        '- Up: as soon as it is earned.',
        '- Down: at a review, at most 1 tier at once. Before that there is a warning, and 1 review of grace: who is warned at a review keeps the tier until the next review, day 15 of the next month.',
        '- Reviews: on day 15 of each month.',
        '- For the first 30 days nobody is warned or moved down.',
      ]),
    );
    expect(page.indexOf('Gold')).toBeLessThan(page.indexOf('Silver'));
  });

  it.each([
    [
      'review: year, grace: { days: 60 }',
      'on or after the last of these days, at most 366 days after the warning.',
    ],
    ['review: day, grace: { days: 60 }', 'on or after the last of these days.'],
  ])('says of %s how long that can be', (movement, words) => {
    expect(
      pageOf(programWith(`    movement: { ${movement} }`)).find((line) => line.startsWith('- Down')),
    ).toBe(
      `- Down: at a review, at most 1 tier at once. Before that there is a warning, and 60 days of grace: who is warned at a review keeps the tier until the first review ${words}`,
    );
  });

  it.each([
    ['review: quarter', 'the next review, the first day of the next quarter'],
    [
      'review: { every: halfYear, day: 5 }',
      'the next review, day 5 of the first month of the next half year',
    ],
    ['review: year', 'the next review, 1 January a year later'],
    ['review: { every: fiscalYear, day: 2 }', 'the next review, 2 April a year later'],
    ['review: { on: [02-01] }', 'the next review, 1 February a year later'],
    ['review: { on: [01-31, 07-31] }', 'the next review, the next of 31 January and 31 July'],
    ['review: { every: year, onAnniversaryOf: startedOn }', 'the next review, a year later'],
    ['review: year, grace: { reviews: 2 }', 'review number 2 after it'],
    [
      'promote: at_review, review: { promotions: month, demotions: year }',
      'the next review, 1 January a year later',
    ],
  ])('says what grace means with %s', (movement, until) => {
    const page = pageOf(programWith(`    movement: { ${movement} }\nfiscalYearStart: 4`)).join(' ');
    expect(page).toContain(`who is warned at a review keeps the tier until ${until}.`);
  });

  it('tells conditions on partners in words, and which moves wait', () => {
    const requirement =
      '          - { partner: { attribute: country, in: [SE, NO] } }\n          - { fact: plan }';
    const page = pageOf(programWith(`${requirement}\napproval: { downShare: 5 %, always: up }`));
    expect(page).toEqual(
      expect.arrayContaining([
        '- country is one of SE, NO',
        '- plan on file',
        '- Every move up waits for an approval.',
        '- When more than 5 % of the partners, and at least 5, would go down on one day, all of those wait for an approval.',
      ]),
    );
  });

  it('tells which countries are a region, and what a partner should reach', () => {
    const regions = `regions:
  list:
    - { key: nordics, label: Nordics, countries: [SE, DK] }
    - { key: world, label: World, countries: otherwise }
    - { key: all, label: All, regions: [nordics, world] }`;
    const withTarget = (text: string) =>
      text.replace('kpis: [revenue] }', 'kpis: [revenue], targets: { revenue: 9000 } }');
    expect(pageOf(programWith(regions, withTarget))).toEqual(
      expect.arrayContaining([
        '- Nordics (SE, DK)',
        '- World (every other country)',
        '- All (Nordics, World)',
        '- Revenue (target 9,000 USD)',
      ]),
    );
  });

  it('tells tracks by who is on them, and how long they are kept', () => {
    const lines = `trackKeeping: fiscalYear
tracks:
  - { key: enterprise, label: Enterprise, help: Large ones., when: { kpi: revenue, atLeast: 9000 } }
  - { key: smb, label: SMB }`;
    const page = pageOf(programWith(lines));
    const at = page.indexOf('Tracks, of which the first one that fits is that of a partner');
    expect(page.slice(at + 1, at + 4)).toEqual([
      '- Enterprise: Large ones. (Revenue >= 9,000 USD)',
      '- SMB (everybody else)',
      '- A track that was given is kept to the end of the fiscal year.',
    ]);
    const kept = outlineOf(programWith(lines.replace('fiscalYear', '12 months')));
    expect(kept.trackKeeping).toBe('12 months');
    expect(pageOf(programWith(lines.replace('fiscalYear', '12 months')))).toContain(
      '- A track that was given is kept for 12 months.',
    );
  });

  it('tells what other currencies are worth, and from when on', () => {
    const dated = (text: string) =>
      text.replace(
        "{ EUR: '1.10' }",
        '{ GBP: "20/23", EUR: [{ from: 2026-01-01, rate: "1.10" }, { from: 2026-07-01, rate: 1.08 }] }',
      );
    const page = pageOf(programWith('', dated));
    const at = page.indexOf('What one unit of another currency is worth in USD');
    expect(page.slice(at + 1, at + 4)).toEqual([
      '- EUR: 1.1 from 2026-01-01, 1.08 from 2026-07-01',
      '- GBP: 20/23',
      '- The rate of the day of the evaluation counts, where a measure does not say so.',
    ]);
    expect(pageOf(programWith(''))).not.toContainEqual(expect.stringContaining('where a measure does not'));
    expect(outlineOf(programWith('')).rates).toEqual([{ currency: 'EUR', from: null, rate: '1.1' }]);
  });

  it('tells where published rules come from, and what they do not say or get wrong', () => {
    const lines = `published:
  sources: [{ url: https://example.com/a, about: Version 2 }, { url: https://example.com/b }]
  readOn: 2026-03-01
  unknown: [When a tier is lost.]
  errata: [It prints 2.14.]`;
    const page = pageOf(programWith(lines)).join('\n');
    expect(page).toContain(
      'Taken from, as read on 2026-03-01\n- https://example.com/a: Version 2\n- https://example.com/b\n' +
        'What the sources do not say\n- When a tier is lost.\n' +
        'Where the sources contradict themselves\n- It prints 2.14.',
    );
    expect(outlineOf(programWith(lines)).published).toEqual({
      sources: [
        { url: 'https://example.com/a', about: 'Version 2' },
        { url: 'https://example.com/b', about: null },
      ],
      readOn: '2026-03-01',
      unknown: ['When a tier is lost.'],
      errata: ['It prints 2.14.'],
    });
    expect(outlineOf(programWith('')).published).toBeNull();
  });

  it('tells benefits, who does what, and the first days of a partner', () => {
    const lines = `benefits:
  - { key: funds, label: Funds, tiers: { silver: 500 USD, gold: 900 USD }, due: quarter }
responsibilities:
  - { key: plan, label: Plan, tiers: [gold], vendor: Helps., partner: Writes it., expect: { fact: plan, every: year } }
ramp: { steps: [{ label: Sold, kpi: revenue, atLeast: 100, within: 60 days }, { label: Signed, fact: contract }] }`;
    const page = pageOf(programWith(lines)).join('\n');
    expect(page).toContain('- Funds, each quarter\n- Silver: 500 USD\n- Gold: 900 USD');
    expect(page).toContain(
      '- Plan (Gold)\nVendor: Helps.\nPartner: Writes it.\nExpected of the partner: plan, each year',
    );
    expect(page).toContain(
      'The first 90 days of a new partner\n- Sold: Revenue >= 100 USD, within 60 days\n- Signed: contract, within 90 days',
    );
  });

  it('tells a specialisation as something that is held or not', () => {
    const lines = `specialisations:
  - { key: cloud, label: Cloud, requirements: { kpi: revenue, atLeast: 2000 } }`;
    const page = pageOf(programWith(lines));
    const at = page.indexOf('Cloud, for every partner, a specialisation beside the tier');
    expect(page.slice(at + 1, at + 4)).toEqual([
      'Asks for:',
      '- Revenue >= 2,000 USD',
      '- Up: as soon as it is earned.',
    ]);
    expect(page.slice(at + 4).join('\n')).not.toContain('tiers at once');
    // Won and lost at once, it leaves reviews nothing to decide.
    const atOnce = pageOf(
      programWith(lines.replace('2000 } }', '2000 }, movement: { demote: immediately } }')),
    );
    const from = atOnce.indexOf('Cloud, for every partner, a specialisation beside the tier');
    expect(atOnce.slice(from + 3, from + 6)).toEqual([
      '- Up: as soon as it is earned.',
      '- Down: on the day on which figures fall short.',
      'How each figure is made',
    ]);
  });

  it('names kinds of period, and the first month of the fiscal year', () => {
    const page = pageOf(programWith('period: fiscalQuarter\nfiscalYearStart: 2'));
    expect(page[1]).toBe(
      'Time zone Europe/Stockholm, amounts in USD, figures kept per fiscal quarter, fiscal year from February.',
    );
  });

  it('is whole without tiers: motivators in their order, and the ideal partner in shares', () => {
    const withoutLadders = (text: string) => text.replace(/ladders:[\s\S]*$/, '');
    const lines = `motivators:
  - { label: Margin, help: It pays for the work. }
  - { label: Leads, partnerTypes: [reseller] }
goals:
  - { label: Growth, newPartners: { 2026-Q4: 3 }, partnerTypes: [reseller] }
  - { label: Revenue of all, kpi: revenue, atLeast: 9000, every: year }
idealProfile:
  label: Ideal partner
  criteria:
    - { key: revenue, label: Revenue, weight: 3, kpi: revenue, target: 5000 }
    - { key: size, label: Size, weight: 1, partner: { attribute: employees, atLeast: 20 } }`;
    const page = pageOf(programWith(lines, withoutLadders));
    expect(page).toEqual(
      expect.arrayContaining([
        '1. Margin: It pays for the work.',
        '2. Leads (for partners of the type Reseller)',
        '- Growth (Reseller): 3 new partners in 2026-Q4',
        '- Revenue of all: Revenue, 9,000 USD each year',
        'No tiers: the program measures its partners, and ranks them.',
        'Revenue | 75 % | 5,000 USD',
        'Size | 25 % | number of employees is at least 20',
        'Win rate (percent): Won of closed.',
      ]),
    );
  });

  it('tells how each figure is made, what it looks up, and how late data may be', () => {
    const lines = `freshness: { default: 2 days, deal: 5 days, factKinds: { seat: 400 days } }
attributes: { deal.extra.seats: number }
certificates:
  codes:
    A1: { label: Basics, retiredOn: 2026-03-01, countsFor: 12 months, replacedBy: A2 }
    A2: { line: Suite, version: "2" }
  lines: { Suite: { counting: 1, versions: [{ version: "2", from: 2026-01-01 }] } }
  unlisted: leaveOut
tables:
  worth: { label: Worth, missing: refuse, versions: [{ from: 2026-01-01, bands: [{ from: 10, value: 2 }], otherwise: 1 }] }`;
    const looksUp = (text: string) =>
      text.replace(
        '      sum: deal.amount\n',
        '      sum: deal.amount\n      times: { table: worth, by: extra.seats }\n',
      );
    const page = pageOf(programWith(lines, looksUp));
    const at = page.indexOf('How each figure is made');
    expect(page.slice(at)).toEqual([
      'How each figure is made',
      'A figure that is not there neither raises nor lowers a tier, where nothing else is said of it.',
      'Revenue (USD): Won deals.',
      'Is the sum of amount of deals:',
      '- Only where won is true.',
      '- When: close date in the 12 months before the day of the evaluation.',
      '- Each record times what the table "Worth" has for its seats.',
      "- By the partner's share of each deal.",
      'Win rate (percent): Won of closed.',
      'Of the number of deals:',
      '- Only where won is true.',
      'Divided by the number of deals:',
      '- Only where closed is true.',
      'Tables that figures look up',
      '- Worth',
      'From 2026-01-01:',
      '- from 10: 2',
      '- everything else: 1',
      'There is no figure while it has no value for a record.',
      'What certificates count',
      '- A1 (Basics): retired on 2026-03-01, and counts for 12 months after that; replaced by A2.',
      '- A2: of Suite 2.',
      '- Suite: the last version counts, of 2 (2026-01-01).',
      '- Certificates with another code do not count.',
      'Attributes of your own',
      '- deal.extra.seats is a number',
      'How late data may be, before figures cost nobody a tier',
      '- Data may be 2 days late.',
      '- Of deals: 5 days.',
      '- Of facts "seat": 400 days.',
    ]);
  });

  it('tells for whom a tier is decided, and what stands behind the label of a requirement', () => {
    const change = (text: string) =>
      text
        .replace('    label: Main\n', '    label: Main\n    heldBy: company\n')
        .replace(
          '{ kpi: revenue, atLeast: 5000 }',
          '{ label: A good year, any: [{ kpi: revenue, atLeast: 5000 }, { fact: plan }] }',
        )
        .replaceAll('    unit:', '    rollUp: company\n    unit:');
    const page = pageOf(programWith('', change));
    expect(page).toContain('- A good year (one of (Revenue >= 5,000 USD, plan on file))');
    expect(page).toContain(
      '- It is decided for the company at the top of a family; its subsidiaries have the same.',
    );
  });
});
