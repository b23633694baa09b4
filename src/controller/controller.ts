// Composition of the controller: guardian, agents, planner, Moves and surfaces, wired once, ended in order.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino, type Logger } from 'pino';
import type { Board } from '../board/schema.ts';
import { realClock, type Clock } from '../core/clock.ts';
import { ColdslotError, describeError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import type { BusMessage, Journal } from '../core/ports.ts';
import type { MoveView } from '../core/view.ts';
import { emptyLedger, type Ledger } from '../moves/ledger.ts';
import { MAX_AGENT_PAYLOAD_BYTES, agentStatusSchema, type AgentStatus } from '../protocols/agent-messages.ts';
import { allAgents, sledOf, topicsOf } from '../protocols/topics.ts';
import { startControlServer } from '../surfaces/console/control-server.ts';
import { startBroker, type Broker, type PortRule } from '../surfaces/mqtt/broker.ts';
import { openMqtt } from '../surfaces/mqtt/connection.ts';
import { statusPayload } from '../surfaces/mqtt/payloads.ts';
import { MqttPublisher } from '../surfaces/mqtt/publisher.ts';
import type { ChassisSource } from '../surfaces/source.ts';
import { Chassis } from './chassis.ts';
import { GuardianClient } from './guardian-client.ts';
import { JournalFile, unavailableJournal } from './journal-file.ts';
import { ModelTracker } from './model-tracker.ts';
import { defaultMoveLimits, whyNotNow } from '../moves/admission.ts';
import type { PowerRoom } from '../moves/control.ts';
import { MoveQueue, type MoveWish } from './move-queue.ts';
import { Mover, type FenceEvent } from './mover.ts';
import { operatorCall } from './operator-calls.ts';
import type { SledPowerControl } from './operator-power.ts';
import { openTrust, type ChassisTrust } from './pki/chassis-trust.ts';
import { PlannerClient } from './planner-client.ts';
import { policyOf } from './planner-policy.ts';
import { DEFAULT_PLANNING, Planning } from './planning.ts';
import { slotPowerNews } from './slot-power-news.ts';
import { loadTicketKey } from './ticket-key.ts';

export interface ControllerOptions {
  readonly board: Board;
  readonly chassis: string;
  readonly guardianSocket: string;
  readonly controlSocket: string;
  /** Journal and keys. */
  readonly stateDirectory: string;
  readonly broker:
    | {
        readonly kind: 'embedded';
        /** Of the plain listener. */
        readonly port: number;
        readonly ports: PortRule;
        /** Of the one with TLS, and of the one where sleds enrol; 0 = any. */
        readonly securePort: number;
        readonly enrolmentPort: number;
        /** `open`: one plain listener where everybody may do everything, for a machine where nobody else is. */
        readonly access: 'by-certificate' | 'open';
      }
    | { readonly kind: 'external'; readonly url: string };
  readonly movesAllowed: boolean;
  /** Plant time per real time; only the planner's policy counts in plant time. */
  readonly speed: number;
}

export interface RunningController {
  readonly addresses: {
    /** Where telemetry can be read. */
    readonly mqtt: string;
    /** Where agents connect, and where they enrol; null = at `mqtt`, without a certificate. */
    readonly mqtts: string | null;
    readonly enrolment: string | null;
    readonly control: string;
    readonly agentKeyFile: string;
  };
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const LOG_LEVELS = { info: 'info', warning: 'warn', critical: 'error' } as const;

/** @throws ColdslotError when a socket, the broker's port or the key directory cannot be had; nothing is left running */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const log = pino({ name: 'controller' }, pino.destination({ dest: 2, sync: false }));
  makeDirectory(options.stateDirectory);
  makeDirectory(dirname(options.controlSocket));
  const clock = realClock();
  const chassis = new Chassis(
    options.board,
    { chassis: options.chassis, version: VERSION, movesAllowed: options.movesAllowed },
    clock,
  );
  chassis.onEvent((event) => log[LOG_LEVELS[event.severity]]({ event }, event.text));
  const key = await loadTicketKey(join(options.stateDirectory, 'keys'));
  const journal = await openJournal(join(options.stateDirectory, 'journal'), chassis);
  const { broker, trust } = await startOwnBroker(options, chassis, clock, key.publicPem);
  const url = options.broker.kind === 'external' ? options.broker.url : (broker?.url ?? '');

  let publisher: MqttPublisher | null = null;
  const bus = openMqtt({
    url: trust?.broker.secureUrl ?? url,
    identity: trust?.identity() ?? null,
    clientId: `coldslot-${options.chassis}-controller`,
    will: {
      topic: topicsOf(options.chassis).status,
      payload: statusPayload(
        { version: VERSION, board: options.board.id, startedAt: clock.wall().toISOString() },
        'offline',
      ),
    },
    onError: (error) => log.warn({ broker: url }, `broker: ${error.message}`),
    onConnect: () => publisher?.republish(),
  });
  await bus.subscribe(allAgents(options.chassis, 'status'), (message) => takeAgentStatus(message, chassis, log));

  const policy = policyOf(options.board.planner);
  let guardian: GuardianClient | null = null;
  const mover = await Mover.open({
    chassis: options.chassis,
    bus,
    clock,
    journal: journal.journal,
    ledger: journal.ledger,
    ticketKey: key.privateKey,
    sleds: chassis.agents,
    limits: { ...defaultMoveLimits, maxOpen: Math.max(defaultMoveLimits.maxOpen, policy.movesAtOnce) },
    powerRoom: (slot) => powerRoomOf(chassis, slot),
    switchPower: (slot, on) => commandPower(guardian, slot, on),
    log: { info: (text) => log.debug(text), warn: (text) => log.warn(text) },
  });
  const starter = {
    start: (wish: MoveWish) => mover.start({ ...wish, ...sledsOf(wish, chassis) }),
    mustWait: (wish: MoveWish) => {
      const isHere = [wish.from, wish.to].every((slot) => chassis.agents.sledIn(slot) !== null);
      return isHere ? whyNotNow({ ...wish, ...sledsOf(wish, chassis) }, mover.situation()) : null;
    },
  };
  const queue = new MoveQueue(starter, policy.movesAtOnce, (wish, why) =>
    chassis.log({
      severity: 'warning',
      source: `workload/${wish.workload}`,
      code: 'move-refused',
      text: `${wish.workload} is not moved from slot ${wish.from} to slot ${wish.to}: ${why}`,
    }),
  );
  mover.onChange((view) => {
    logMove(view, chassis);
    chassis.setMoves(mover.list());
    queue.update(view);
  });
  mover.onFence((event) => logFence(event, chassis));
  chassis.setMoves(mover.list());
  for (const view of mover.list()) queue.update(view);
  const planner = new PlannerClient(new URL('./planner-worker.mjs', import.meta.url));
  const planning = new Planning(chassis, new ModelTracker(options.board), planner, queue, {
    ...DEFAULT_PLANNING,
    policy,
    movesAllowed: options.movesAllowed,
  });

  const link = new GuardianClient(options.guardianSocket, {
    onFrame: (frame) => {
      chassis.takeFrame(frame);
      link.sendIntent(planning.takeFrame(frame));
      if (!mover.waitsForPower()) return;
      const isAgent = (serial: string) => chassis.agents.status(serial) !== null;
      for (const news of slotPowerNews(options.board, frame, options.speed, isAgent)) mover.takeSlotPower(news);
    },
    onEvent: (event) => chassis.takeGuardianEvent(event),
    onConnection: (state) => chassis.setGuardian(state),
  });
  guardian = link;
  const power: SledPowerControl = {
    set: (slot, on) => commandPower(link, slot, on),
    clock,
  };
  const source: ChassisSource = {
    view: () => chassis.view(),
    onChange: (listener) => chassis.onChange(listener),
    onEvent: (listener) => chassis.onEvent(listener),
    call: (call) => operatorCall({ chassis, planning, queue, undo: (id) => mover.undo(id), power, trust }, call),
  };
  publisher = new MqttPublisher(bus, source, clock);
  const control = await startControlServer(options.controlSocket, source);

  return {
    addresses: {
      mqtt: url,
      mqtts: trust?.broker.secureUrl ?? null,
      enrolment: trust?.enrolmentAddress ?? null,
      control: options.controlSocket,
      agentKeyFile: key.publicFile,
    },
    close: async () => {
      link.close();
      planning.end();
      await control.close();
      await planner.close();
      await mover.close();
      await publisher?.close();
      await bus.close();
      await (trust ?? broker)?.close();
      await journal.close();
    },
  };
}

/** The embedded broker, and what lets nobody in who should not be; nothing where the broker is another's. */
async function startOwnBroker(
  { broker, chassis: id, stateDirectory }: ControllerOptions,
  chassis: Chassis,
  clock: Clock,
  ticketKey: string,
): Promise<{ broker: Broker | null; trust: ChassisTrust | null }> {
  if (broker.kind === 'external') return { broker: null, trust: null };
  if (broker.access === 'open') return { broker: await startBroker(HOST, broker.port, broker.ports), trust: null };
  const trust = await openTrust({
    ...broker,
    directory: join(stateDirectory, 'pki'),
    chassis: id,
    host: HOST,
    clock,
    ticketKey,
    refused: ({ who, what, count }) =>
      chassis.log({
        severity: 'warning',
        source: 'broker',
        code: 'client-refused',
        text: `${who} was refused: ${what}${count > 1 ? ` (${count} times now)` : ''}`.slice(0, 400),
        data: { who, what, count },
      }),
    enrolled: (sled, error) =>
      chassis.log({
        severity: error === null ? 'info' : 'warning',
        source: 'pki',
        code: error === null ? 'sled-enrolled' : 'enrolment-refused',
        text: error === null ? `sled ${sled} has a certificate now` : `enrolment refused: ${error}`.slice(0, 400),
      }),
  });
  return { broker: trust.broker, trust };
}

interface OpenedJournal {
  readonly journal: Journal;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/** A journal that cannot be had stops Moves, not the rest: the chassis stays cool and says why nothing moves. */
async function openJournal(directory: string, chassis: Chassis): Promise<OpenedJournal> {
  try {
    const journal = await JournalFile.open(directory);
    return { journal, ledger: journal.ledger(), close: () => journal.close() };
  } catch (error) {
    if (!(error instanceof ColdslotError) || error.code === 'conflict') throw error;
    chassis.log({
      severity: 'critical',
      source: 'journal',
      code: 'journal-unavailable',
      text: `no Moves until that is solved and the controller started again: ${describeError(error)}`,
    });
    return { journal: unavailableJournal(error), ledger: emptyLedger, close: () => Promise.resolve() };
  }
}

/** As the planner counts it; a slot whose power is only guessed has no cap here. */
function powerRoomOf(chassis: Chassis, number: number): PowerRoom | null {
  const slot = chassis.board.slots.find((entry) => entry.number === number);
  if (slot?.sensors.power === undefined || slot.model.powerCapW === null) return null;
  const { powerCapW: capW, idlePowerW: idleW } = slot.model;
  return { capW, idleW, workloadW: (workload) => chassis.power.expectedPowerW(workload) };
}

/** @throws ColdslotError when a slot of the wish has no agent online */
function sledsOf(wish: MoveWish, chassis: Chassis): { fromSled: string; toSled: string } {
  const sled = (slot: number) => {
    const found = chassis.agents.sledIn(slot);
    if (found === null) throw new ColdslotError('refused', `slot ${slot}`, 'no sled with an agent is online there');
    return found;
  };
  return { fromSled: sled(wish.from), toSled: sled(wish.to) };
}

/** @throws ColdslotError when it was not done, with the guardian's reason */
function commandPower(guardian: GuardianClient | null, slot: number, on: boolean): Promise<void> {
  if (guardian !== null) return guardian.commandSlot(slot, on ? 'power-on' : 'power-off');
  return Promise.reject(new ColdslotError('failed', `slot ${slot}`, 'the guardian is not reachable yet'));
}

const FENCE_SEVERITY = {
  'move-fence-cut': 'critical',
  'move-fence-failed': 'critical',
  'move-fence-unconfirmed': 'critical',
  'move-fence-confirmed': 'warning',
  'move-fence-given': 'info',
  'move-fence-owed': 'warning',
} as const;

function logFence({ code, view, text }: FenceEvent, chassis: Chassis): void {
  chassis.log({
    severity: FENCE_SEVERITY[code],
    source: `move/${view.id}`,
    code,
    text: `${view.workload}, slot ${view.from} → ${view.to}: ${text}`,
    data: { workload: view.workload, epoch: view.epoch },
  });
}

/** Every edge is an event, but for progress within a state. */
function logMove(view: MoveView, chassis: Chassis): void {
  if (chassis.moves.find((move) => move.id === view.id)?.state === view.state) return;
  const gap = view.state === 'done' && view.downtimeMs !== null ? `, gap ${(view.downtimeMs / 1000).toFixed(2)} s` : '';
  const error = view.error === null ? '' : `: ${view.error}`;
  chassis.log({
    severity: view.state === 'undone' || view.state === 'undoing' ? 'warning' : 'info',
    source: `move/${view.id}`,
    code: `move-${view.state}`,
    text: `${view.workload}, slot ${view.from} → ${view.to}: ${view.state}${gap}${error}`,
    data: { workload: view.workload, epoch: view.epoch },
  });
}

function takeAgentStatus(message: BusMessage, chassis: Chassis, log: Logger): void {
  if (message.payload.length === 0) return;
  const sled = sledOf(message.topic);
  const status = message.payload.length > MAX_AGENT_PAYLOAD_BYTES ? null : parseStatus(message.payload);
  if (status !== null && status.sled === sled) chassis.takeAgentStatus(status);
  else
    log.warn(
      { topic: message.topic, bytes: message.payload.length },
      'an agent record was ignored: it is not one of the sled in its topic',
    );
}

function parseStatus(payload: Uint8Array): AgentStatus | null {
  try {
    return agentStatusSchema.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
  } catch {
    return null;
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new ColdslotError(
      'io',
      directory,
      `the directory cannot be made: ${(cause as Error).message}`,
      'give another with --state and --socket',
      { cause },
    );
  }
}
