/** From when on something is an alert; null: never. All are whole numbers. */
export interface Thresholds {
  /** How long a connection may wait, and a feed be partial that heals by itself. */
  waitingMinutes: number | null;
  /** Runs of one kind in a row. */
  failedRuns: number | null;
  /** Share of the records of a feed that cannot be used or written. */
  invalidPercent: number | null;
  /** How far the count of a feed may be from that of the last day before. */
  countPercent: number | null;
  /** How old the data of a connection may be. */
  dataAgeHours: number | null;
}

export type WebhookFormat = 'json' | 'slack' | 'teams';
export type MailTls = 'starttls' | 'tls' | 'none';

/** Where notices go. Secrets are asked for when something is sent; both throw ALERT_SECRET_MISSING. */
export type Channel = WebhookChannel | MailChannel;

export interface WebhookChannel {
  kind: 'webhook';
  name: string;
  format: WebhookFormat;
  /** The setting that holds the address, which is a secret. */
  urlName: string;
  url(): string;
}

export interface MailChannel {
  kind: 'mail';
  name: string;
  host: string;
  port: number;
  from: string;
  to: readonly string[];
  tls: MailTls;
  /** null: the server asks for no sign-in. */
  user: string | null;
  /** The setting that holds the password of the user. */
  passwordName: string;
  password(): string;
}

/** What the project says about alerts. */
export interface AlertSettings {
  channels: readonly Channel[];
  thresholds: Thresholds;
  /** When the digest goes out: a cron line with a time zone; null: never. */
  digest: string | null;
}
