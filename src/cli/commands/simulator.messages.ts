export const text = {
  summary: 'Start a stand-in for a CRM on this machine, for rehearsals and tests. Ends with Ctrl-C.',
  description:
    'It answers as the CRM documents, so other clients can be pointed at it too. Only this machine can reach it.',
  crm: 'Kind of CRM.',
  port: 'Port. (Default: a free one)',
  sample:
    'Whose sample data: whole, a company with its partners; acquired, a smaller one that it has bought, in another currency, which shares some of them. (Default: whole)',
  data: 'Folder of CSV files, one per object, instead of the sample data.',
  empty: 'Start without records.',
  metadata: "Description of an org's own objects, as the CRM answers it: a JSON file, or a folder of them.",
  faults: 'File with faults to switch on.',
  tls: 'Answer over https with key.pem and cert.pem of this folder.',
  source: 'Folder made by "install source": its fields and rights are there from the start.',
  notTogether: '--sample, --data and --empty exclude each other.',
  listening: (label: string, url: string) => `${label} simulator listening on ${url}`,
  whole: (label: string) => `  ${label}:`,
  stop: 'Stop it with Ctrl-C; its records are not kept.',
} as const;
