// The controller's state of the chassis, and the one view of it that all surfaces read. It gathers; the decisions are
// made in planning.ts, by the guardian, and in the Moves' state machine.
import type { Board } from '../board/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Plan } from '../core/plan.ts';
import { valueOrNull } from '../core/reading.ts';
import type { ChassisView, EventRecord, MoveView, SlotPrediction } from '../core/view.ts';
import type { AgentStatus } from '../protocols/agent-messages.ts';
import type { Frame, GuardianEvent } from '../protocols/guardian-link.ts';
import { AgentDirectory } from './agent-directory.ts';
import { DoubleClaims } from './double-claims.ts';
import { EventLog, type EventInput } from './event-log.ts';
import { PowerAttribution } from './power-attribution.ts';
import { sensorUnits } from './sensor-units.ts';
import { SlotPower } from './slot-power.ts';
import { slotAimsC } from './slot-aim.ts';
import { slotView } from './slot-state.ts';
import { workloadViews } from './workload-view.ts';

export interface ChassisIdentity {
  readonly chassis: string;
  readonly version: string;
  readonly movesAllowed: boolean;
}

const NOTIFY_MS = 50;
const EVENTS_SHOWN = 50;
const MOVES_SHOWN = 50;

export class Chassis {
  readonly board: Board;
  readonly #aimC: ReadonlyMap<number, number>;
  readonly identity: ChassisIdentity;
  readonly agents = new AgentDirectory();
  readonly power = new PowerAttribution();
  readonly events: EventLog;
  frame: Frame | null = null;
  /** Steady-state temperature each slot is heading for, °C, by slot number. */
  headingC: ReadonlyMap<number, number> = new Map();
  /** Where each slot's temperature will be, by slot number. */
  predictions: ReadonlyMap<number, SlotPrediction> = new Map();
  /** What each slot draws, measured or told by its heat, W, by slot number. */
  slotPowerW: ReadonlyMap<number, number> = new Map();
  plan: Plan | null = null;
  readonly #clock: Clock;
  readonly #doubleClaims = new DoubleClaims();
  readonly #startedAt: string;
  readonly #slotPower: SlotPower;
  readonly #units: ReadonlyMap<string, string>;
  readonly #listeners = new Set<() => void>();
  #guardian: 'connected' | 'lost' = 'lost';
  #moves: readonly MoveView[] = [];
  #notifying = false;

  /** @param clock Real time: what people see is not plant time. */
  constructor(board: Board, identity: ChassisIdentity, clock: Clock) {
    this.board = board;
    this.#aimC = slotAimsC(board);
    this.identity = identity;
    this.#clock = clock;
    this.#startedAt = clock.wall().toISOString();
    this.#units = sensorUnits(board);
    this.#slotPower = new SlotPower(board);
    this.events = new EventLog(() => clock.wall());
  }

  takeFrame(frame: Frame): void {
    this.frame = frame;
    const serials = frame.slots.flatMap((slot): [string, number][] =>
      slot.presence !== 'absent' && slot.fru !== null && slot.fru.serial !== '' ? [[slot.fru.serial, slot.slot]] : [],
    );
    this.agents.setFruSlots(new Map(serials));
    this.power.update(frame.atMs / 1000, this.#poweredSlots(frame));
    this.#logDoubleClaims();
    this.changed();
  }

  takeGuardianEvent(event: GuardianEvent): void {
    const { severity, source, code, text, data } = event;
    this.log({ severity, source, code, text, data });
  }

  setGuardian(state: 'connected' | 'lost'): void {
    if (this.#guardian === state) return;
    this.#guardian = state;
    if (state === 'connected')
      this.log({ severity: 'info', source: 'guardian', code: 'guardian-connected', text: 'the guardian is connected' });
    else
      this.log({
        severity: 'critical',
        source: 'guardian',
        code: 'guardian-lost',
        text: 'the connection to the guardian is lost; readings are stale',
      });
  }

  takeAgentStatus(status: AgentStatus): void {
    const before = this.agents.status(status.sled);
    this.agents.update(status);
    if (before?.state !== status.state) {
      const slot = this.agents.slotOf(status.sled);
      this.log({
        severity: status.state === 'online' ? 'info' : 'warning',
        source: `sled/${status.sled}`,
        code: `agent-${status.state}`,
        text: `the agent of ${status.sled}${slot === null ? '' : ` in slot ${slot}`} is ${status.state}`,
      });
    }
    this.#logDoubleClaims();
    this.changed();
  }

  #logDoubleClaims(): void {
    const { begun, ended } = this.#doubleClaims.update(this.agents.claimedTwice(), this.#clock.nowMs());
    for (const workload of begun) {
      const sleds = this.agents.runnersOf(workload).join(' and ');
      const text = `${workload} runs twice, on ${sleds}: stop one copy, the one with the lower epoch is stale`;
      this.log({ severity: 'critical', source: `workload/${workload}`, code: 'claimed-twice', text });
    }
    for (const workload of ended) {
      const text = `${workload} runs once again`;
      this.log({ severity: 'info', source: `workload/${workload}`, code: 'claimed-once', text });
    }
  }

  setMoves(moves: readonly MoveView[]): void {
    this.#moves = moves;
    this.changed();
  }

  get moves(): readonly MoveView[] {
    return this.#moves;
  }

  log(event: EventInput): void {
    this.events.add(event);
    this.changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onEvent(listener: (record: EventRecord) => void): () => void {
    return this.events.onEvent(listener);
  }

  /** Tells the surfaces, at most 20 times a second. */
  changed(): void {
    if (this.#notifying) return;
    this.#notifying = true;
    this.#clock.after('view changed', NOTIFY_MS, () => {
      this.#notifying = false;
      for (const listener of this.#listeners) listener();
    });
  }

  /** What a slot is held at or under, °C. */
  aimC(slot: number): number {
    return this.#aimC.get(slot) ?? Infinity;
  }

  /** Temperature of the air that comes in: the board's ambient sensor, else the coolest inlet; null before the first. */
  ambientC(): number | null {
    const read = (sensor: string | undefined) =>
      sensor === undefined ? null : valueOrNull(this.frame?.sensors[sensor]?.reading);
    const ambient = read(this.board.ambientSensor);
    if (ambient !== null) return ambient;
    const inlets = this.board.slots.map((slot) => read(slot.sensors.inlet)).filter((value) => value !== null);
    return inlets.length === 0 ? null : Math.min(...inlets);
  }

  view(): ChassisView {
    const { board, identity, frame } = this;
    const moves = this.#moves.slice(0, MOVES_SHOWN);
    return {
      chassis: identity.chassis,
      name: board.name,
      board: board.id,
      version: identity.version,
      startedAt: this.#startedAt,
      at: this.#clock.wall().toISOString(),
      ambientC: this.ambientC(),
      guardian: this.#guardian,
      movesAllowed: identity.movesAllowed,
      zones: frame?.zones ?? [],
      slots: board.slots.map((slot) =>
        slotView(
          slot,
          frame,
          this.agents.sledIn(slot.number),
          this.headingC.get(slot.number) ?? null,
          this.predictions.get(slot.number) ?? null,
        ),
      ),
      fans: (frame?.fans ?? []).map((fan) => ({
        id: fan.id,
        ratio: fan.ratio,
        rpm: fan.rpm.map((rpm) => roundOrNull(valueOrNull(rpm), 0)),
        state: fan.state,
      })),
      sensors: [...this.#units].map(([name, unit]) => {
        const sensor = frame?.sensors[name];
        return {
          name,
          value: roundOrNull(valueOrNull(sensor?.reading), unit === 'C' || unit === 'W' ? 1 : 3),
          unit,
          state: sensor?.state ?? 'timeout',
        };
      }),
      workloads: workloadViews(this.agents.workloads(), this.#moves, this.power),
      agents: this.agents.agents(),
      plan: this.plan,
      moves,
      events: this.events.last(EVENTS_SHOWN),
      layout: board.slots.map((slot) => ({ slot: slot.number, row: slot.row, column: slot.column })),
    };
  }

  #poweredSlots(frame: Frame) {
    const placed = this.agents.workloads();
    const running = (slot: number) =>
      placed
        .filter((entry) => entry.slot === slot && entry.workload.state === 'running')
        .map((entry) => ({ id: entry.workload.id, cpuRatio: entry.workload.cpuRatio }));
    const cpuOf = (slot: number) => running(slot).reduce((sum, { cpuRatio }) => sum + cpuRatio, 0);
    this.slotPowerW = this.#slotPower.take(frame, this.ambientC(), cpuOf);
    return this.board.slots.flatMap(({ number, model }) => {
      const powerW = this.slotPowerW.get(number);
      return powerW === undefined
        ? []
        : [{ slot: number, powerW, idlePowerW: model.idlePowerW, workloads: running(number) }];
    });
  }
}

function roundOrNull(value: number | null, decimals: number): number | null {
  return value === null ? null : Math.round(value * 10 ** decimals) / 10 ** decimals;
}
