/** Text that belongs to no single command. */
export const text = {
  description:
    'Runs a channel partner program beside your CRM: partners, KPIs, tiers, and the reasons for them.',
  version: 'Print the version.',
  help: 'Show help.',
  helpFooter: (exitCodes: readonly (readonly [number, string])[]) =>
    [
      'Start here:  tierlink demo',
      'Set it up:   tierlink init',
      '',
      'Exit codes:',
      ...exitCodes.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`),
    ].join('\n'),
  giveOneOf: (topic: string, verbs: string) => `"${topic}" needs one of: ${verbs}.`,
  flagTooEarly: (flag: string, command: string) => `${flag} belongs after "${command}", not before it.`,
  flagForValue: 'That is a flag; the value is missing.',
  /** What people look for under a name that no command has. */
  insteadOf: {
    'sync resume':
      'A sync is not resumed by its run: each one goes on from where the last one stopped. Run: tierlink sync',
    resume:
      'There is nothing to resume: each sync goes on from where the last one stopped. Run: tierlink sync',
  } as Readonly<Record<string, string>>,
  quoteNames: 'Put a name of several words in quotes.',
  notATimeZone: (zone: string) => `--time-zone: ${zone} is not an IANA time zone such as Europe/Stockholm.`,
  notAMoment: (flag: string, word: string) =>
    `${flag}: ${word} is neither days such as 30d, nor a day such as 2026-09-30, nor an instant such as 2026-09-30T12:00:00Z.`,
  notMapped: (flag: string, word: string, known: string) => `${flag}: no mapping has ${word}${known}`,
  notACode: (word: string, known: string) =>
    `--code: ${word} is not an error code${known} All of them: docs/errors.md`,
  outputLost: (reason: string) =>
    `\nThe output could not be written: ${reason}. What the command did is kept.\n`,
  interruptedTwice: 'Stopped at once. What was finished is kept.\n',
  waitsForGuests: (guests: readonly { pid: number; command: string }[]) => {
    const named = guests.map(({ pid, command }) => `process ${pid} (${command})`).join(' and ');
    return `Done. Waiting for ${named}, which ${guests.length === 1 ? 'uses' : 'use'} the store through this command. Ctrl-C cuts off who does not finish soon.`;
  },
  stopping: 'Stopping as soon as the work at hand is safe. Press Ctrl-C again to stop at once.',
  steps: {
    check: 'Sign-in',
    metadata: 'Mappings',
    pull: 'Read',
    matching: 'Matching',
    kpis: 'KPIs',
    tiers: 'Tiers',
    push: 'Write back',
    verify: 'Verification',
  },
  stepDone: 'done',
  stepCount: (count: string) => `${count}   done`,
  stepFailed: (reason: string) => `failed: ${reason}`,
  stepSkipped: 'skipped: another run is at work on it',
  badType: (word: string, known: string) => `--type: "${word}" is not a partner type. Use one of: ${known}.`,
  topTier: 'top tier',
  seeCompany: (name: string) => `see ${name}`,
  met: (count: number) => `${count} met`,
  notMet: (count: number) => `${count} not`,
  noneMet: (count: number) => `${count} not met`,
  pending: (count: number) => `${count} pending`,
  waived: (count: number) => `${count} waived`,
  warning: (warning: string) => `Warning: ${warning}`,
  next: (commands: readonly string[]) =>
    commands.map((command, index) => `${index === 0 ? 'Next:' : '     '}  ${command}`).join('\n'),
  topics: {
    kpi: 'KPI values and the records behind them.',
    tier: 'Tiers, the reasons for them, and exceptions.',
    exceptions: 'Overrides and waivers that people decided.',
    alerts: 'What is wrong now and who was told; tell on trial, and say that it is being seen to.',
    approvals: 'Changes of tiers that wait for a person.',
    period: 'Periods that are signed off, and what later edits would change.',
    fact: 'What is on file about a partner, such as an invitation or a plan.',
    map: 'Mappings: check them against the CRM, try one record.',
    match: 'Partners and customers that several connections hold.',
    differences: 'Fields on which the CRM and the program disagree.',
    rejects: 'Records that were refused, invalid or held, and what to do.',
    install: 'Make in the CRM what the mappings need, or generate it for an admin to deploy.',
    import: 'Bring in records from CSV files.',
    program: 'The program: its file, what it says, and what other rules would change.',
  } as Readonly<Record<string, string>>,
  global: {
    connection: 'Connection to use, where several are set up.',
    json: 'Print the result as JSON: { status, result, warnings }.',
    plain: 'Print tables as tab-separated lines.',
    color: 'No colours.',
    input: 'Never ask; fail naming the flag that is missing.',
    quiet: 'No progress, no hints.',
    debug: 'Show where an error came from.',
    timeZone: 'Zone in which instants are shown.',
  },
} as const;
