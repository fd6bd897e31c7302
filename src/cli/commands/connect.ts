import { z } from 'zod';
import { checkAppConnection } from '../../app/check.ts';
import { blankConnections, signInAndKeep, unkeptSecrets } from '../../app/connect.ts';
import { type BrowserRequest, signInByBrowser } from '../../app/connect-browser.ts';
import type { DoctorFinding } from '../../app/doctor/finding.ts';
import { ownershipIn } from '../../app/engine.ts';
import { singleUseHost } from '../../app/single-use-host.ts';
import type { App, AppConnection } from '../../app.ts';
import { refuseUnknownVariables } from '../../config-connections.ts';
import { isTierlinkError, TierlinkError } from '../../errors.ts';
import { aliasPattern } from '../../project.ts';
import { channelSecrets } from '../../project-alerts.ts';
import { configuredConnections, connectors, findConnector } from '../../registry.ts';
import type { ConnectorManifest } from '../../sync/connector-manifest.ts';
import { relinkConnection, setTierMode, setWriteBack } from '../../sync/links/connection-settings.ts';
import { optionVariable } from '../../sync/option-variable.ts';
import { loadConnection } from '../../sync/records/connections.ts';
import { hasTiers } from '../../tier/ladder-of.ts';
import { type CommandCall, defineCommand } from '../command.ts';
import { askForConnection } from '../connect-questions.ts';
import { doctorCheckSchema, showChecks } from '../doctor-lines.ts';
import { exampleCrm } from '../example-crm.ts';
import { choiceFlag, listFlag, textFlag, toggleFlag } from '../flags.ts';
import { currentActor } from '../who.ts';
import { connectionReportSchema, showReport } from './check.ts';
import { text } from './connect.messages.ts';

const args = { crm: { help: text.crm, required: false } } as const;
const flags = {
  alias: textFlag('NAME', text.alias),
  option: listFlag('KEY=VALUE', text.option),
  browser: toggleFlag(text.browser, text.noBrowser),
  writeBack: choiceFlag('ON', text.writeBack, ['on', 'off']),
  tiers: choiceFlag('MODE', text.tiers, ['shadow', 'owned']),
  relink: textFlag('ALIAS', text.relink),
  confirm: textFlag('ALIAS', text.confirm),
};
type Call = CommandCall<typeof flags, typeof args>;

export const connect = defineCommand({
  name: 'connect',
  summary: text.summary,
  description: text.description,
  args,
  flags,
  examples: [
    `tierlink connect ${exampleCrm} --alias prod`,
    `tierlink connect ${exampleCrm} --alias prod --option username=tierlink@acme.example --no-input`,
    `tierlink connect ${exampleCrm} --alias prod --browser`,
    'tierlink connect --write-back on --tiers owned --connection prod --confirm prod',
    'tierlink connect --relink prod',
  ],
  result: connectionReportSchema.extend({
    findings: z
      .array(doctorCheckSchema)
      .describe('What doctor finds on a connection that was set up; empty where only its use was changed.'),
  }),
  run: async (call) => {
    const changes = call.flags.writeBack ?? call.flags.tiers ?? call.flags.relink;
    if (changes !== undefined && call.flags.browser !== undefined) throw usage(text.browserOrChange);
    const done = changes === undefined ? await setUp(call) : { warnings: [], browser: false };
    const app = await call.app();
    const connection = app.connection(call.flags.relink ?? call.flags.alias ?? call.global.connection);
    if (changes !== undefined) await change(call, connection.alias);
    const report = await checkAppConnection(app, connection);
    const findings = changes === undefined ? await examined(app, connection) : [];
    return {
      result: { ...report, findings },
      warnings: [...done.warnings, ...(done.browser ? [text.asPerson(report.alias, report.user)] : [])],
      next:
        changes === undefined
          ? nextAfterSetUp(app, connection.alias)
          : [text.nextStatus, hasTiers(app.program) ? text.nextCompare : text.nextPartners],
    };
  },
  show: ({ findings, ...report }, screen) => {
    showReport(report, screen);
    if (findings.length === 0) return;
    screen.line();
    screen.line(text.examined);
    showChecks(findings, false, screen);
  },
});

/** What doctor says of the connection: shown, and no reason to fail, for it is set up and kept. */
async function examined(app: App, connection: AppConnection): Promise<DoctorFinding[]> {
  // It looks at the queue too, which takes longer to load than most commands take to run.
  const { examineConnection } = await import('../../app/doctor/examine.ts');
  return await examineConnection(app, connection);
}

/** How long a person has to sign in by browser. */
const SIGN_IN_MINUTES = 5;

/** Asks for what is missing, signs in, and keeps what was given. Returns what a person should know of it. */
async function setUp(call: Call): Promise<{ warnings: string[]; browser: boolean }> {
  const byBrowser = call.flags.browser !== undefined;
  if (byBrowser && !call.global.input) throw usage(text.browserNeedsPerson);
  const project = call.project();
  const alias = call.flags.alias ?? call.global.connection ?? 'prod';
  if (!aliasPattern.test(alias)) throw usage(text.badAlias(alias));
  const manifest = chooseConnector(call.args.crm ?? project.connections[alias]?.crm);
  const given = readOptions(call.flags.option, manifest, alias);
  const request = { config: call.config(), project, alias, manifest, options: given };
  // Every command refuses these; after the sign-in it would say that nothing was done.
  const known = [...configuredConnections(project), { alias, manifest, options: {} }];
  refuseUnknownVariables(request.config.environment, known, channelSecrets(project));
  const asked = call.prompt.canAsk
    ? await askForConnection(call.prompt, request, byBrowser)
    : { options: {}, browser: byBrowser };
  const complete = { ...request, options: { ...given, ...asked.options }, host: singleUseHost(alias) };
  const mappings = asked.browser
    ? await signInByBrowser({ ...complete, ...leadTo(call, manifest) })
    : await signInAndKeep(complete);
  if (mappings !== null) call.screen.line(text.newMappings(mappings, manifest.label));
  call.reload();
  const unkept = unkeptSecrets(request);
  const warnings = [
    ...(unkept.length === 0 ? [] : [text.notKept(unkept.join(', '))]),
    ...blankConnections(request).map((other) => text.blank(other, project.file)),
  ];
  return { warnings, browser: asked.browser };
}

/** How a person comes to the page of the sign-in. */
function leadTo(
  call: Call,
  manifest: ConnectorManifest,
): Pick<BrowserRequest, 'show' | 'timeoutMs' | 'signal'> {
  return {
    show: ({ address, callback }) => {
      const told = [
        text.callback(callback, new URL(callback).port),
        text.toBrowser(manifest.label, SIGN_IN_MINUTES),
      ];
      call.prompt.lead({ text: told.join('\n'), address, open: call.flags.browser !== false });
    },
    timeoutMs: SIGN_IN_MINUTES * 60_000,
    signal: call.signal,
  };
}

/** A further connection is for matching as well: what it shares with the others is found by a sync of all. */
function nextAfterSetUp(app: App, alias: string): string[] {
  const steps = [text.nextSync(alias), text.nextDoctor(alias)];
  return app.connections.length < 2 ? steps : [text.nextMapCheck(alias), text.nextSyncAll, text.nextMatches];
}

function chooseConnector(crm: string | undefined): ConnectorManifest {
  if (crm !== undefined) return findConnector(crm);
  throw usage(text.whichCrm(connectors.map(({ id }) => id).join(', ')));
}

function readOptions(
  typed: readonly string[],
  manifest: ConnectorManifest,
  alias: string,
): Record<string, string> {
  return Object.fromEntries(
    typed.map((pair) => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (key === undefined || value === undefined) throw usage(text.badOption(pair.split('=')[0] ?? ''));
      const option = manifest.options.find((each) => each.key === key);
      if (option === undefined)
        throw usage(text.unknownOption(key, manifest.options.map((o) => o.key).join(', ')));
      if (option.secret) throw usage(text.secretOption(key, optionVariable(alias, key)));
      return [key, value];
    }),
  );
}

/** Relinking first, then the tier mode, then write-back: nothing is written in a mode that was about to change. */
async function change(call: Call, alias: string): Promise<void> {
  const app = await call.app();
  const { store, clock } = app;
  const mappings = app.connection(alias).mappings();
  const base = { store, clock, id: alias, actor: currentActor(), mappings };
  if (call.flags.relink !== undefined) {
    await noteOrg(app, app.connection(alias));
    await relinkConnection({ ...base, ownership: ownershipIn(app)() });
  }
  const { tiers, writeBack } = call.flags;
  if (tiers !== undefined) await setTierMode({ ...base, mode: tiers });
  if (writeBack === 'off') await setWriteBack({ ...base, on: false });
  if (writeBack === 'on') await setWriteBack({ ...base, on: true, confirm: await confirmed(call, alias) });
}

/** Looks which org it is now; that it is another one is why somebody relinks. */
async function noteOrg(app: App, connection: AppConnection): Promise<void> {
  try {
    await checkAppConnection(app, connection);
  } catch (error) {
    if (!isTierlinkError(error, 'SYNC_ORG_CHANGED')) throw error;
  }
}

/** The name typed again, where the org is a production one. */
async function confirmed(call: Call, alias: string): Promise<string | undefined> {
  const record = await loadConnection((await call.app()).store.db, alias);
  if (call.flags.confirm !== undefined || record.org_kind !== 'production') return call.flags.confirm;
  return await call.prompt.ask({
    flag: `--confirm ${alias}`,
    label: text.confirmLabel(record.org_name ?? alias, alias),
  });
}

function usage(reason: string): TierlinkError {
  return new TierlinkError('USAGE', { reason, command: 'connect' });
}
