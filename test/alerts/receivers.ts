import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';

/** A request that a webhook got. */
export interface Received {
  path: string;
  id: string | undefined;
  body: Record<string, unknown>;
}

export interface Webhook {
  url: string;
  received: Received[];
  /** What it answers from now on; `drop` takes the request and closes the connection, `hang` never answers. */
  answers: number | 'drop' | 'hang';
  close(): Promise<void>;
}

/** A receiver of webhooks on this machine. Its path is a secret, and its answers repeat it. */
export async function openWebhook(path = '/services/T0SECRET/B0SECRET'): Promise<Webhook> {
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const id = request.headers['tierlink-notice-id'] as string | undefined;
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      webhook.received.push({ path: request.url ?? '', id, body });
      if (webhook.answers === 'drop') request.socket.destroy();
      if (typeof webhook.answers === 'number')
        response.writeHead(webhook.answers, { location: 'http://127.0.0.1/else' }).end(`seen ${request.url}`);
    });
  });
  const port = await listen(server);
  const webhook: Webhook = {
    url: `http://127.0.0.1:${port}${path}`,
    received: [],
    answers: 200,
    close: async () => {
      server.closeAllConnections();
      await closed(server);
    },
  };
  return webhook;
}

export interface MailServer {
  port: number;
  mails: string[];
  /** Whether it takes the sign-in. */
  accepts: boolean;
  /** Every line that came in the clear. */
  overheard: string[];
  close(): Promise<void>;
}

/** How a mail server keeps secret what it is sent: from the first byte on, or from when it is asked to. */
export interface Secrecy {
  from: 'first' | 'asked';
  key: string;
  cert: string;
}

/** As much of a mail server as a client needs to hand over a mail. (Default secrecy: it knows none) */
export async function openMailServer(secrecy?: Secrecy): Promise<MailServer> {
  const sockets = new Set<Socket>();
  const greet = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket, { mail, secrecy: secrecy?.from === 'asked' ? secrecy : undefined, isGreeted: false });
  };
  const server = secrecy?.from === 'first' ? createTlsServer(secrecy, greet) : createServer(greet);
  const port = await listen(server);
  const mail: MailServer = {
    port,
    mails: [],
    accepts: true,
    overheard: [],
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
  return mail;
}

interface Talk {
  mail: MailServer;
  /** What it offers to go over to. */
  secrecy: Secrecy | undefined;
  isGreeted: boolean;
}

function talk(socket: Socket, { mail, secrecy, isGreeted }: Talk): void {
  let rest = '';
  let letter: string[] | null = null;
  const say = (line: string) => socket.write(`${line}\r\n`);
  if (!isGreeted) say('220 mail.example ESMTP');
  const goOver = (offered: Secrecy) => {
    say('220 go ahead');
    socket.removeAllListeners('data');
    const secure = new TLSSocket(socket, { ...offered, isServer: true });
    secure.on('error', () => undefined);
    talk(secure, { mail, secrecy: undefined, isGreeted: true });
  };
  const hear = (line: string) => {
    if (!(socket instanceof TLSSocket)) mail.overheard.push(line);
    if (letter !== null && line !== '.') letter.push(line);
    else if (letter !== null) {
      mail.mails.push(letter.join('\n'));
      letter = null;
      say('250 queued as 42');
    } else if (/^EHLO/i.test(line)) {
      say('250-mail.example');
      if (secrecy !== undefined) say('250-STARTTLS');
      say('250 AUTH PLAIN');
    } else if (/^STARTTLS/i.test(line)) {
      if (secrecy === undefined) say('502 command not implemented');
      else goOver(secrecy);
    } else if (/^AUTH/i.test(line))
      say(mail.accepts ? '235 welcome' : `535 no such user or password ${line}`);
    else if (/^DATA/i.test(line)) {
      letter = [];
      say('354 go on');
    } else if (/^QUIT/i.test(line)) {
      say('221 bye');
      socket.end();
    } else say('250 ok');
  };
  socket.on('data', (data) => {
    const lines = `${rest}${data.toString()}`.split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line);
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
