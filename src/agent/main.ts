// The agent process: `--config F`, optional `--stop-services`. Prints {"ready":true,"bulkPort":N} when bulk data can come
// and services run, except after a boot: then services wait for the controller, which grants their floors. SIGTERM and SIGINT end the agent; services run on, for the next agent to take over (as when the
// agent is updated), unless it was started with --stop-services.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { randomInt } from 'node:crypto';
import { pino } from 'pino';
import { realClock } from '../core/clock.ts';
import { ColdslotError, describeError, exitCodeOf } from '../core/errors.ts';
import { seededRandom } from '../core/random.ts';
import { publicKeyOf } from '../protocols/ticket.ts';
import { topicsOf } from '../protocols/topics.ts';
import { Agent } from './agent.ts';
import { loadAgentConfig, type AgentConfig } from './config.ts';
import { identityOf, tlsOf, type SledIdentity } from './identity.ts';
import { lockStateRoot } from './instance-lock.ts';
import type { Log } from './mover/agent-context.ts';
import { MqttLink } from './mqtt-link.ts';
import { makeStateRoot } from './state-directory.ts';

/** A predecessor that was told to end may need this long. */
const LOCK_PATIENCE_MS = 15_000;
/** The offline record must reach the broker within this, or it is left to the Will. */
const GOODBYE_MS = 2000;

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/;

interface Arguments {
  readonly config: string;
  readonly services: 'leave' | 'stop';
}

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: { config: { type: 'string' }, 'stop-services': { type: 'boolean', default: false } },
    });
    if (values.config === undefined) throw new Error('--config FILE is missing');
    return { config: values.config, services: values['stop-services'] ? 'stop' : 'leave' };
  } catch (error) {
    throw new ColdslotError('usage', 'agent', (error as Error).message, 'usage: --config FILE [--stop-services]');
  }
}

function readKey({ controllerKeyFile: file }: AgentConfig, identity: SledIdentity | null) {
  if (identity !== null) return publicKeyOf(identity.ticketKey);
  const hint = 'see controllerKeyFile in the configuration';
  if (file === null) throw new ColdslotError('bad-input', 'controllerKeyFile', 'is missing, and so is enrolment', hint);
  try {
    return publicKeyOf(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = `is no public key in PEM form: ${(error as Error).message}`;
    throw new ColdslotError('bad-input', file, why, hint);
  }
}

/** After a boot the agent connects, to ask, before it has taken up what its last will is to name. */
async function renewWill(link: MqttLink, log: Log): Promise<void> {
  try {
    await link.renew();
    log.info('all workloads are taken up; the last will names them');
  } catch (error) {
    log.warn(describeError(error)); // the next connect carries it
  }
}

/** The sled's certificate where the broker asks for one; null on a plain broker. */
async function readIdentity(config: AgentConfig): Promise<SledIdentity | null> {
  const { protocol, hostname } = new URL(config.broker);
  if (['mqtts:', 'ssl:', 'wss:'].includes(protocol)) return identityOf(config.stateRoot, config, config.enrolment);
  if (LOOPBACK.test(hostname) || config.allowPlainBroker) return null;
  const hint = 'use mqtts:// and enrol the sled, or set allowPlainBroker';
  throw new ColdslotError('refused', `broker ${config.broker}`, 'is on another machine and without TLS', hint);
}

async function main(): Promise<void> {
  const { config: file, services } = readArguments();
  const config = loadAgentConfig(file);
  const log = pino({ name: `agent-${config.sled}` }, pino.destination({ dest: 2, sync: true }));
  const clock = realClock();
  const random = seededRandom(randomInt(2 ** 32));
  makeStateRoot(config.stateRoot);
  await lockStateRoot(clock, config.stateRoot, LOCK_PATIENCE_MS);
  const identity = await readIdentity(config);
  const controllerKey = readKey(config, identity);
  const tls = identity === null ? null : tlsOf(identity);
  const boot = process.env['COLDSLOT_BOOT']; // where the kernel's boot is not the sled's, as for a simulated one
  const more = boot === undefined ? {} : { boot };
  const agent = await Agent.start({ config, controllerKey, identity: tls, clock, random, log, ...more });
  const waits = !agent.isSettled();
  const link = new MqttLink({
    url: config.broker,
    clientId: `coldslot-${config.chassis}-agent-${config.sled}`,
    random,
    identity: tls,
    statusTopic: topicsOf(config.chassis).agentStatus(config.sled),
    offlineRecord: () => JSON.stringify(agent.status('offline')),
    connected: () => agent.refresh(),
    warn: (message) => log.warn(message),
  });
  await agent.attach(link.bus);
  let renewal = Promise.resolve();
  if (waits) void agent.settled().then(() => (renewal = renewWill(link, log)));
  const end = async () => {
    await agent.stop(services);
    const late = new Promise<void>((resolve) => void clock.after('goodbye', GOODBYE_MS, resolve));
    await Promise.race([renewal, late]);
    await Promise.race([agent.sayOffline(), late]);
    await Promise.race([link.bus.close(), late]);
    process.exit(0);
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => void end());
  process.stdout.write(`${JSON.stringify({ ready: true, bulkPort: agent.bulkPort() })}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`coldslot agent: ${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
}
