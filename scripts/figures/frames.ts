// Looks on at a running guardian's frames, as a second client of its socket.
import { createConnection } from 'node:net';
import { LineSplitter } from '../../src/core/bus-wire.ts';
import { MAX_GUARDIAN_LINE_BYTES, type Frame, type GuardianMessage } from '../../src/protocols/guardian-link.ts';

/** The frames of a stretch of time. */
export async function framesFor(socketPath: string, durationMs: number): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  const lines = new LineSplitter(MAX_GUARDIAN_LINE_BYTES);
  const socket = createConnection(socketPath);
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    for (const line of lines.push(chunk)) {
      const message = JSON.parse(line) as GuardianMessage;
      if (message.type === 'frame') frames.push(message);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the guardian closed the connection')));
    setTimeout(resolve, durationMs);
  }).finally(() => socket.destroy());
  return frames;
}
