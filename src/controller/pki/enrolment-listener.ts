// Where sleds come for their certificate: TLS by the controller's certificate, one JSON line in, one out. Nobody is known
// here yet, so everything is bounded: connections, bytes, time, and tries.
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { ColdslotError, describeError } from '../../core/errors.ts';
import {
  enrolmentRequestSchema,
  MAX_ENROLMENT_BYTES,
  type Enrolled,
  type EnrolmentAnswer,
  type EnrolmentRequest,
} from '../../protocols/enrolment.ts';
import type { Identity } from '../../protocols/tls-identity.ts';

const MAX_CONNECTIONS = 8;
const DEADLINE_MS = 10_000;

export interface EnrolmentOptions {
  readonly identity: () => Identity;
  readonly admit: (request: EnrolmentRequest) => Promise<Enrolled>;
  readonly told: (sled: string, error: string | null) => void;
}

export interface EnrolmentListener {
  readonly address: string;
  close(): Promise<void>;
}

/** @throws ColdslotError `io` when the address cannot be had */
export async function listenForSleds(
  host: string,
  port: number,
  { identity, admit, told }: EnrolmentOptions,
): Promise<EnrolmentListener> {
  const { certificate, privateKey, ca } = identity();
  const sockets = new Set<TLSSocket>();
  // the CA goes along: the code says what it must be
  const tls = {
    cert: certificate + ca,
    key: privateKey,
    minVersion: 'TLSv1.3' as const,
    handshakeTimeout: DEADLINE_MS,
  };
  const server = createServer(tls, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    const late = setTimeout(() => socket.destroy(), DEADLINE_MS);
    socket.once('close', () => clearTimeout(late));
    void converse(socket, admit, told);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  return {
    address: `${host}:${bound}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

async function converse(
  socket: TLSSocket,
  admit: EnrolmentOptions['admit'],
  told: EnrolmentOptions['told'],
): Promise<void> {
  let answer: EnrolmentAnswer;
  let sled = 'somebody';
  try {
    const request = parseRequest(await lineOf(socket));
    ({ sled } = request);
    answer = await admit(request);
    told(sled, null);
  } catch (error) {
    told(sled, describeError(error));
    // who has no code learns no more
    answer = { error: 'refused: the code is wrong, used or expired, or not for this sled' };
  }
  socket.end(`${JSON.stringify(answer)}\n`);
}

/** @throws ColdslotError `bad-input` when it is too long, or the connection ends first */
function lineOf(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_ENROLMENT_BYTES) reject(new ColdslotError('bad-input', 'enrolment', 'is too long'));
    });
    socket.once('close', () => reject(new ColdslotError('bad-input', 'enrolment', 'ended in the middle')));
  });
}

/** @throws ColdslotError `bad-input` */
export function parseRequest(line: string): EnrolmentRequest {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    throw new ColdslotError('bad-input', 'enrolment', 'is not JSON');
  }
  const parsed = enrolmentRequestSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ColdslotError('bad-input', 'enrolment', `$.${issue?.path.join('.')}: ${issue?.message}`);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const hint = 'choose another with --enrolment-port';
      reject(new ColdslotError('io', `enrolment ${host}:${port}`, `cannot listen: ${error.message}`, hint));
    });
    server.listen(port, host, resolve);
  });
}
