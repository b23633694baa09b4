// A process of its own that publishes at a rate through a broker and counts what comes back to its subscriber.
// Any line on standard input is answered with {"passed":N,"atMs":T}.
import { createInterface } from 'node:readline';
import { connectAsync } from 'mqtt';

const STEP_MS = 5;
/** Sent and not yet come back; beyond it the broker is not keeping up and the rate falls instead. */
const MAX_UNDER_WAY = 2000;
const TOPIC = 'bench/load';
const PAYLOAD = JSON.stringify({ name: 'bench', value: 42.5, unit: 'C', state: 'ok', at: new Date(0).toISOString() });

export async function runMqttLoad(url: string, perSecond: number): Promise<void> {
  const publisher = await connectAsync(url);
  const subscriber = await connectAsync(url);
  let passed = 0;
  subscriber.on('message', () => void passed++);
  await subscriber.subscribeAsync(TOPIC);
  const beganMs = performance.now();
  let sent = 0;
  let skipped = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - beganMs) / 1000) * perSecond) - skipped;
    const may = Math.min(due - sent, MAX_UNDER_WAY - (sent - passed));
    for (let n = 0; n < may; n++) publisher.publish(TOPIC, PAYLOAD);
    sent += Math.max(0, may);
    skipped += Math.max(0, due - sent);
  }, STEP_MS);
  createInterface({ input: process.stdin }).on('line', () => {
    process.stdout.write(`${JSON.stringify({ passed, atMs: performance.now() })}\n`);
  });
  process.stdout.write('{"ready":true}\n');
}
