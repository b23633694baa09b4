// mosquitto_sub and mosquitto_pub as processes: what any program that is not coldslot's own sees and sends.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programPath } from './installed.ts';

export interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  /** From the broker's memory, not sent just now. */
  readonly retained: boolean;
}

/** QoS, retain flag, topic, payload: a line each, for every payload of coldslot is one line. */
const FORMAT = '%q %r %t %p';
const RETAINED_WAIT_S = 1;
const PUBLISH_MS = 10_000;

/** Everything on a topic filter, in the order in which it came. */
export class Subscriber {
  readonly messages: Message[] = [];
  readonly #process: ChildProcess;
  #rest = '';

  constructor(port: number, filter = 'coldslot/#') {
    const args = ['-h', '127.0.0.1', '-p', String(port), '-t', filter, '-q', '1', '-F', FORMAT];
    this.#process = spawn(programPath('mosquitto_sub'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  /** Payloads of one topic, oldest first. */
  on(topic: string): Message[] {
    return this.messages.filter((message) => message.topic === topic);
  }

  topics(): string[] {
    return [...new Set(this.messages.map((message) => message.topic))].toSorted();
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGTERM');
    await closed;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.messages.push(...lines.map(messageOf));
  }
}

/** What the broker keeps for those who subscribe later. */
export async function retainedMessages(port: number, filter = 'coldslot/#'): Promise<Message[]> {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-t', filter, '--retained-only', '-q', '1', '-F', FORMAT];
  const child = spawn(programPath('mosquitto_sub'), [...args, '-W', String(RETAINED_WAIT_S)], {
    stdio: ['ignore', 'pipe', 'ignore'], // it complains of the time-out that ends it
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  return text.split('\n').slice(0, -1).map(messageOf);
}

/** Exit status of mosquitto_pub: 0 when the broker took it. */
export async function publish(
  port: number,
  topic: string,
  payload: string | Uint8Array,
  ...more: readonly string[]
): Promise<number | string> {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-t', topic, '-q', '1', ...more];
  args.push(payload.length === 0 ? '-n' : '-s');
  const child = spawn(programPath('mosquitto_pub'), args, { stdio: ['pipe', 'ignore', 'ignore'] });
  const late = setTimeout(() => child.kill('SIGKILL'), PUBLISH_MS);
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(payload);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(late);
  return code ?? signal ?? '';
}

function messageOf(line: string): Message {
  const [, qos, retained, topic = '', payload = ''] = /^(\d) (\d) (\S+) (.*)$/.exec(line) ?? [];
  return { topic, payload, qos: Number(qos), retained: retained === '1' };
}
