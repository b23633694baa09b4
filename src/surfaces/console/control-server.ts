// The local socket that the command line and the live view talk to (protocols/control.ts). Mode 0600; a stale socket
// of a dead controller is replaced, a live one is not.
import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { LineSplitter } from '../../core/bus-wire.ts';
import { ColdslotError } from '../../core/errors.ts';
import { controlRequestSchema, type ControlRequest, type ControlResponse } from '../../protocols/control.ts';
import type { ChassisSource } from '../source.ts';

const MAX_REQUEST_BYTES = 64 * 1024;
const MAX_CLIENTS = 32;

export interface ControlServer {
  close(): Promise<void>;
}

/** @throws ColdslotError when another controller answers on the socket, or it cannot be made */
export async function startControlServer(path: string, source: ChassisSource): Promise<ControlServer> {
  await removeStaleSocket(path);
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    serve(socket, source);
    socket.on('close', () => clients.delete(socket));
  });
  server.maxConnections = MAX_CLIENTS;
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    close: async () => {
      for (const socket of clients) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function serve(socket: Socket, source: ChassisSource): void {
  const lines = new LineSplitter(MAX_REQUEST_BYTES);
  const stops: (() => void)[] = [];
  const send = (response: ControlResponse) => void (socket.destroyed || socket.write(`${JSON.stringify(response)}\n`));
  socket.setEncoding('utf8');
  socket.on('error', () => {}); // 'close' follows
  socket.on('close', () => {
    for (const stop of stops) stop();
  });
  socket.on('data', (chunk: string) => {
    try {
      for (const line of lines.push(chunk)) {
        const request = parseRequest(line, send);
        if (request !== null) void answer(request, socket, source, stops, send);
      }
    } catch {
      socket.destroy(); // a line without end: nothing after it can be trusted
    }
  });
}

function parseRequest(line: string, send: (response: ControlResponse) => void): ControlRequest | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    json = null;
  }
  const parsed = controlRequestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const id = typeof json === 'object' && json !== null && 'id' in json && typeof json.id === 'number' ? json.id : -1;
  const issue = parsed.error.issues[0];
  send({
    id,
    error: {
      code: 'bad-input',
      subject: `request ${issue?.path.join('.') ?? ''}`.trim(),
      message: issue?.message ?? 'not a request',
      hint: '',
    },
  });
  return null;
}

async function answer(
  request: ControlRequest,
  socket: Socket,
  source: ChassisSource,
  stops: (() => void)[],
  send: (response: ControlResponse) => void,
): Promise<void> {
  const { id, call } = request;
  if (call.method === 'view') {
    send({ id, result: source.view(), more: false });
  } else if (call.method === 'watch') {
    stops.push(watch(id, call.maxHz, socket, source, send));
  } else {
    try {
      send({ id, result: await source.call(call), more: false });
    } catch (error) {
      send({ id, error: errorBody(error) });
    }
  }
}

/** Sends a view now, and after changes at most `maxHz` times a second; a client that does not read is not written to. */
function watch(
  id: number,
  maxHz: number,
  socket: Socket,
  source: ChassisSource,
  send: (response: ControlResponse) => void,
): () => void {
  let dirty = true;
  const stop = source.onChange(() => {
    dirty = true;
  });
  const look = () => {
    if (!dirty || socket.writableNeedDrain) return;
    dirty = false;
    send({ id, result: source.view(), more: true });
  };
  look();
  const timer = setInterval(look, 1000 / maxHz);
  return () => {
    clearInterval(timer);
    stop();
  };
}

function errorBody(error: unknown) {
  if (error instanceof ColdslotError)
    return { code: error.code, subject: error.subject, message: error.message, hint: error.hint };
  return {
    code: 'failed' as const,
    subject: 'controller',
    message: error instanceof Error ? error.message : String(error),
    hint: '',
  };
}

async function removeStaleSocket(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const alive = await new Promise<boolean>((resolve) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive)
    throw new ColdslotError(
      'conflict',
      path,
      'another controller answers on this socket',
      'end it, or give another directory',
    );
  unlinkSync(path);
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new ColdslotError(
          'io',
          path,
          `the control socket cannot be made: ${error.message}`,
          'check the directory and its permissions',
        ),
      ),
    );
    server.listen(path, resolve);
  });
}
