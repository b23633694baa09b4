// The other end of the control socket, for the command line and the live view.
import { createConnection, type Socket } from 'node:net';
import { LineSplitter } from '../../core/bus-wire.ts';
import { ColdslotError } from '../../core/errors.ts';
import type { ChassisView } from '../../core/view.ts';
import {
  controlResponseSchema,
  MAX_CONTROL_LINE_BYTES,
  type ControlCall,
  type ControlResponse,
} from '../../protocols/control.ts';

const ANSWER_DEADLINE_MS = 30_000;

/**
 * One call, one answer.
 * @throws ColdslotError `no-controller` when nobody answers on the socket, or the call's own error
 */
export async function callController(
  path: string,
  call: Exclude<ControlCall, { method: 'watch' }>,
  deadlineMs = ANSWER_DEADLINE_MS,
): Promise<unknown> {
  const socket = await connectTo(path);
  try {
    const response = await firstResponse(socket, path, deadlineMs, { id: 1, call });
    if ('result' in response) return response.result;
    const { code, subject, message, hint } = response.error;
    throw new ColdslotError(code, subject, message, hint);
  } finally {
    socket.destroy();
  }
}

/** Views until the returned function is called; `onEnd` when the controller goes away. */
export async function watchController(
  path: string,
  maxHz: number,
  onView: (view: ChassisView) => void,
  onEnd: () => void,
): Promise<() => void> {
  const socket = await connectTo(path);
  eachResponse(socket, (response) => {
    if ('result' in response) onView(response.result as ChassisView);
    else socket.destroy();
  });
  socket.once('close', onEnd);
  socket.write(`${JSON.stringify({ id: 1, call: { method: 'watch', maxHz } })}\n`);
  return () => {
    socket.off('close', onEnd);
    socket.destroy();
  };
}

function firstResponse(socket: Socket, path: string, deadlineMs: number, request: object): Promise<ControlResponse> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(noController(path, `has not answered for ${deadlineMs / 1000} s`)),
      deadlineMs,
    );
    eachResponse(socket, (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      reject(noController(path, 'closed the connection without an answer'));
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** What is not a response of ours ends the connection: somebody else sits on the socket. */
function eachResponse(socket: Socket, take: (response: ControlResponse) => void): void {
  const lines = new LineSplitter(MAX_CONTROL_LINE_BYTES);
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    try {
      for (const line of lines.push(chunk)) take(controlResponseSchema.parse(JSON.parse(line)));
    } catch {
      socket.destroy();
    }
  });
}

async function connectTo(path: string): Promise<Socket> {
  const socket = createConnection(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(noController(path, error.code === 'EACCES' ? 'may not be reached by this user' : 'is not there')),
    );
  });
  socket.on('error', () => {}); // 'close' follows
  return socket;
}

function noController(path: string, how: string): ColdslotError {
  return new ColdslotError(
    'no-controller',
    path,
    `the controller ${how}`,
    'start it (scripts/start), or give its socket with --socket',
  );
}
