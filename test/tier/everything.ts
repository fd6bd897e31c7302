import { programOf } from '../kpi/sample.ts';

/** A program that uses everything at once: tracks, scores, alternatives, keeping, facts, waivers, approvals, a lag, a lock. */
export const everything = programOf({
  head: `tracks:
  - { key: big, label: Enterprise, when: { kpi: revenue, atLeast: 50000 } }
  - { key: small, label: SMB }
approval: { always: down }`,
  kpis: `  revenue:
    label: Sourced revenue
    short: sourced revenue
    help: Won deals of the last twelve months that you brought.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }
  people:
    label: Certified people
    help: People with at least one valid certificate.
    unit: people
    measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } }
  rating:
    label: Customer rating
    help: Mean of the answers; it counts from two answers on.
    unit: number
    minimumSample: 2
    measure: { average: fact.quantity, where: { attribute: kind, is: rating } }
  sales: { label: Sales points, help: 60 points for full revenue., unit: points, score: { linear: { of: revenue, full: { big: 100000, small: 20000 }, points: 60 } } }
  skills: { label: Skill points, help: 20 points for 5 people., unit: points, score: { linear: { of: people, full: 5, points: 20 } } }
  capability: { label: Capability score, help: Sales and skills together., unit: points, score: { sum: [sales, skills] } }`,
  ladders: `  - key: main
    label: Main
    hold: cumulative
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 5000 }] }
      - key: gold
        label: Gold
        requirements:
          - { kpi: capability, atLeast: 50 }
          - { fact: business plan, id: plan, label: Business plan }
          - atLeastOf:
              n: 2
              of:
                - { kpi: people, atLeast: { big: 5, small: 3 } }
                - { kpi: rating, atLeast: 4.2 }
                - { partner: { attribute: country, is: DE } }
        keepRequirements:
          - { kpi: capability, atLeast: 40 }
          - any: [{ kpi: people, atLeast: 2 }, { kpi: rating, atLeast: 4 }]
    movement:
      promote: immediately
      demote: at_review
      review: { every: month, inForceAfter: 1 month }
      grace: { reviews: 0 }
      lock: { for: 2 months }`,
});
