// The other end of the control socket, for the command line and the live view.
import { createConnection, type Socket } from 'node:net';
import { LineSplitter } from '../../core/bus-wire.ts';
import { ColdslotError } from '../../core/errors.ts';
import type { ChassisView } from '../../core/view.ts';
import { MAX_CONTROL_LINE_BYTES, type ControlCall, type ControlResponse } from '../../protocols/control.ts';

const ANSWER_DEADLINE_MS = 30_000;

/** One call, one answer. @throws ColdslotError `no-controller` when nobody answers on the socket, or the call's own error */
export async function callController(path: string, call: Exclude<ControlCall, { method: 'watch' }>): Promise<unknown> {
  const socket = await connectTo(path);
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(noController(path, 'does not answer')), ANSWER_DEADLINE_MS);
      eachResponse(socket, (response) => {
        clearTimeout(timer);
        if ('error' in response)
          reject(
            new ColdslotError(response.error.code, response.error.subject, response.error.message, response.error.hint),
          );
        else resolve(response.result);
      });
      socket.once('close', () => {
        clearTimeout(timer);
        reject(noController(path, 'closed the connection'));
      });
      socket.write(`${JSON.stringify({ id: 1, call })}\n`);
    });
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
  });
  socket.once('close', onEnd);
  socket.write(`${JSON.stringify({ id: 1, call: { method: 'watch', maxHz } })}\n`);
  return () => {
    socket.off('close', onEnd);
    socket.destroy();
  };
}

function eachResponse(socket: Socket, take: (response: ControlResponse) => void): void {
  const lines = new LineSplitter(MAX_CONTROL_LINE_BYTES);
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    for (const line of lines.push(chunk)) take(JSON.parse(line) as ControlResponse);
  });
}

async function connectTo(path: string): Promise<Socket> {
  const socket = createConnection(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(noController(path, error.code === 'EACCES' ? 'may not be opened by you' : 'is not there')),
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
