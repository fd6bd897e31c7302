export const text = {
  summary: 'Show the settings in use and where each comes from; secrets are masked.',
  explain: 'Explain every setting instead.',
  unset: '(not set)',
  fileOf: 'Project',
  noProject: (folder: string) => `none in ${folder}`,
  unknown: (name: string) => `${name} is neither a setting nor an option of a connection in tierlink.yaml.`,
  defaultIs: (value: string) => `Default: "${value}". `,
  example: (value: string) => `Example: ${value}`,
  isSecret: 'Secret.',
  next: ['tierlink config --explain'],
} as const;
