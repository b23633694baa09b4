// An MQTT broker (aedes) in the test's own process that keeps chosen messages back, so that a Move stands still in a
// state for as long as the test likes.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { agentCommandSchema, agentEventSchema, type AgentVerb } from '../../src/protocols/agent-messages.ts';

export interface Gate {
  /** Resolves when the first message stands before it. */
  readonly caught: Promise<void>;
  /** Lets what was kept back go on its way, and everything after it. */
  open(): void;
}

/** Which way a verb goes: to the agent as a command, or back as its answer. */
export type Way = 'command' | 'answer';

interface HeldGate extends Gate {
  readonly verb: AgentVerb;
  readonly way: Way;
  catch(release: () => void): void;
}

export class GatedBroker {
  readonly url: string;
  readonly close: () => Promise<void>;
  readonly #gates: Set<HeldGate>;

  private constructor(url: string, gates: Set<HeldGate>, close: () => Promise<void>) {
    this.url = url;
    this.#gates = gates;
    this.close = close;
  }

  static async start(): Promise<GatedBroker> {
    const gates = new Set<HeldGate>();
    const aedes = await Aedes.createBroker({
      authorizePublish: (_client, packet, done) => {
        const what = read(packet.topic, packet.payload);
        const gate = [...gates].find((one) => what !== null && one.verb === what.verb && one.way === what.way);
        if (gate === undefined) done(null);
        else gate.catch(() => done(null));
      },
    });
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      aedes.handle(socket);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return new GatedBroker(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, gates, async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    });
  }

  hold(verb: AgentVerb, way: Way): Gate {
    const releases: (() => void)[] = [];
    let isOpen = false;
    let wake = () => {};
    const caught = new Promise<void>((resolve) => (wake = resolve));
    const gate: HeldGate = {
      verb,
      way,
      caught,
      catch: (release) => {
        if (isOpen) return release();
        releases.push(release);
        wake();
      },
      open: () => {
        isOpen = true;
        this.#gates.delete(gate);
        for (const release of releases) release();
      },
    };
    this.#gates.add(gate);
    return gate;
  }
}

function read(topic: string, payload: string | Buffer): { verb: AgentVerb; way: Way } | null {
  const way = topic.endsWith('/command') ? 'command' : topic.endsWith('/event') ? 'answer' : null;
  if (way === null || !topic.includes('/agent/')) return null;
  const schema = way === 'command' ? agentCommandSchema : agentEventSchema;
  return { verb: schema.parse(JSON.parse(payload.toString())).verb, way };
}
