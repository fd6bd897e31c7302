export const text = {
  start: {
    summary: 'Run the service: schedules and workers, until it is stopped.',
    description:
      'Logs JSON lines on stderr. SIGTERM or Ctrl-C stops it after the pages at work; nothing is lost.',
  },
  worker: {
    summary: 'Run more workers beside "tierlink start"; needs DATABASE_URL.',
    description: 'As many as wanted, on as many machines as wanted. Schedules stay with "tierlink start".',
  },
  running: (role: string, queue: string) => `tierlink ${role} is running (queue: ${queue}).`,
  noSchedules: 'It runs what schedules and other processes queue.',
  columns: ['JOB', 'WHEN', 'NEXT RUN'],
  every: (seconds: number) => `every ${seconds} seconds`,
  cron: (cron: string, zone: string) => `${cron} ${zone}`,
} as const;
