// The guardian: every tick it looks (lines, sweep), decides (cooling), acts (fans, power) and tells (frame, events).
// It needs nobody: without a controller it cools on its own.
import type { Board } from '../board/schema.ts';
import type { FanChip, WatchdogTimeoutS } from '../chips/chip.ts';
import { every, type Clock, type Timer } from '../core/clock.ts';
import { assertNever } from '../core/errors.ts';
import type { EventRecord } from '../core/view.ts';
import type { CoolingConfig } from '../cooling/config.ts';
import type { CoolingEffect } from '../cooling/effect.ts';
import { initialCooling, stepCooling, type CoolingState } from '../cooling/step.ts';
import type { Frame, Intent, SlotCommand, SlotFrame } from '../protocols/guardian-link.ts';
import type { Recover } from '../sensing/bus-recovery.ts';
import { EventLog, type LogEntry } from '../sensing/event-log.ts';
import { coolingConfigOf } from './cooling-config.ts';
import { EarlyTick } from './early-tick.ts';
import { FanBank } from './fan-bank.ts';
import { frameOf } from './frame.ts';
import type { Hardware } from './hardware.ts';
import { IntentHolder } from './intent-holder.ts';
import { LeakWatch } from './leak-watch.ts';
import type { Feeder } from './linux-watchdog.ts';
import { Senses, type Look } from './senses.ts';
import { SharedOutputs } from './shared-outputs.ts';
import type { SlotWatch } from './slot-watch.ts';

/** How long the end waits for the fans to take full speed. */
const FAREWELL_MS = 500;

export interface GuardianParts {
  readonly board: Board;
  readonly hardware: Hardware;
  readonly clock: Clock;
  /** How long a tick may wait for buses. */
  readonly deadlineMs: number;
  readonly feeders: readonly Feeder[];
  /** How a bus is freed that something holds, by bus id; left out: no board line can. */
  readonly recover?: (busId: string) => Recover | null;
  readonly onFrame: (frame: Frame) => void;
  readonly onEvent: (record: EventRecord) => void;
}

export class Guardian {
  readonly events: EventLog;
  readonly #parts: GuardianParts;
  readonly #config: CoolingConfig;
  readonly #fans: FanBank;
  readonly #senses: Senses;
  readonly #leaks: LeakWatch;
  readonly #shared: SharedOutputs;
  readonly #intents = new IntentHolder();
  readonly #early: EarlyTick;
  #cooling: CoolingState;
  #timer: Timer | null = null;
  #unwatch: () => void = () => {};
  #seq = 0;
  #busy = false;
  #stopped = false;
  #failing = false;
  #intentHeld = false;

  /** Sends nothing yet. */
  constructor(parts: GuardianParts) {
    const { board, hardware, clock } = parts;
    const report = (entry: LogEntry) => this.#report(entry);
    this.#parts = parts;
    this.events = new EventLog(clock);
    this.#early = new EarlyTick(board.intervalMs);
    this.#config = coolingConfigOf(board);
    this.#cooling = initialCooling(this.#config, clock.nowMs());
    const outputs = board.airMovers.map(({ id, pwm }) => ({
      id,
      chip: hardware.fanChip(pwm.device),
      pwm: pwm.channel,
    }));
    this.#fans = new FanBank(clock, outputs, chipWatchdogs(board, hardware), report);
    this.#shared = new SharedOutputs(board);
    this.#senses = new Senses(board, hardware, clock, report, parts.recover);
    this.#leaks = new LeakWatch(board, hardware, this.#senses.slots, clock, report);
  }

  /** The first thing to do: every fan to full speed. Resolves with how many took it. */
  fullSpeed(deadlineMs: number): Promise<number> {
    return this.#fans.fullSpeed(deadlineMs);
  }

  /** The first tick at once, then one every interval of the board, and one in between when a sled's alert comes. */
  start(): void {
    const { clock, board } = this.#parts;
    this.#timer = every(clock, 'guardian tick', board.intervalMs, (lateMs) => void this.tick(lateMs));
    const ends = [this.#senses.onAlert(() => this.#tickEarly()), this.#leaks.watch()];
    this.#unwatch = () => ends.forEach((end) => end());
    void this.tick(0);
  }

  /** One tick. It never rejects: whatever goes wrong inside, the fans go to full speed and the watchdogs go hungry. */
  async tick(lateMs: number): Promise<void> {
    if (this.#busy || this.#stopped) return; // the one before is still waiting for its deadline
    this.#busy = true;
    try {
      await this.#run(lateMs);
      for (const feeder of this.#parts.feeders) feeder.feed();
      this.#failing = false;
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#busy = false;
    }
    if (this.#early.takeWaiting(this.#parts.clock.nowMs())) void this.tick(0);
  }

  intent(client: number, intent: Intent): 'taken' | 'refused' {
    return this.#intents.offer(client, intent, this.#parts.clock.nowMs());
  }

  clientGone(client: number): void {
    this.#intents.release(client);
  }

  clientDropped(client: number, why: string): void {
    const text = `client ${client} was closed: ${why}`;
    this.#report({ severity: 'warning', source: 'guardian', code: 'client-dropped', text, data: { client } });
  }

  /** Null when it was done; else why not. */
  async slotCommand(command: SlotCommand): Promise<string | null> {
    const slot = this.#senses.slots.find(({ number }) => number === command.slot);
    if (slot === undefined) return `there is no slot ${command.slot}`;
    switch (command.action) {
      case 'power-on': {
        const objection = this.#leaks.objection(slot.number);
        return objection ?? this.#leaks.release(slot.number, () => slot.setPower(true));
      }
      case 'power-off':
        return slot.setPower(false);
      case 'identify-on':
      case 'identify-off':
        return slot.setIdentify(command.action === 'identify-on');
      default:
        return assertNever(command.action, 'action');
    }
  }

  /** Ends the ticks and leaves the fans at full speed. Watchdogs stay armed. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#unwatch();
    this.#stopped = true; // no tick may slow the fans again
    await this.#fans.fullSpeed(FAREWELL_MS);
  }

  #tickEarly(): void {
    if (this.#early.ask(this.#parts.clock.nowMs(), this.#busy)) void this.tick(0);
  }

  async #run(lateMs: number): Promise<void> {
    const { clock, deadlineMs, onFrame } = this.#parts;
    const look = await this.#senses.look(deadlineMs, this.#intents.current(clock.nowMs())?.readings ?? {});
    if (this.#stopped) return; // while it looked
    this.#leaks.update(look.atMs);
    const intent = this.#intents.current(look.atMs);
    this.#noteIntent(intent);
    const step = stepCooling(this.#config, this.#cooling, {
      nowMs: look.atMs,
      readings: readingsOf(look),
      tachometers: look.tachometers,
      absentFans: look.absentFans,
      deafFans: this.#fans.deaf(),
      alertedSlots: look.alertedSlots,
      cutOffSensors: look.cutOffSensors,
      plannedRatios: intent?.airMoverRatios ?? {},
      manualRatios: intent?.manualRatios ?? {},
    });
    this.#cooling = step.state;
    const ratios = this.#shared.highest(step.ratios);
    this.#fans.command(ratios);
    for (const effect of step.effects) this.#act(effect);
    this.#senses.askConditions(); // after the fans: it can wait
    onFrame(
      frameOf({
        seq: this.#seq++,
        atMs: look.atMs,
        lateMs,
        sweepMs: look.sweepMs,
        sensors: look.sensors,
        tachometers: look.tachometers,
        cooling: { ...step, ratios },
        slots: this.#senses.slots.map((slot) => this.#slotFrame(slot)),
        intentHeld: intent !== null,
      }),
    );
  }

  #slotFrame(slot: SlotWatch): SlotFrame {
    const leak = this.#leaks.stateOf(slot.number);
    return leak === null ? slot.frame() : { ...slot.frame(), leak };
  }

  #act(effect: CoolingEffect): void {
    if (effect.kind === 'event') this.#report(effect);
    else void this.#cutPower(effect.slot);
  }

  async #cutPower(slot: number): Promise<void> {
    const error = await this.slotCommand({ type: 'slot', id: 0, slot, action: 'power-off' });
    if (error === null) return;
    const text = `the power of slot ${slot} cannot be cut: ${error}`;
    this.#report({ severity: 'critical', source: `slot/${slot}`, code: 'power-down-failed', text, data: { slot } });
  }

  #noteIntent(intent: Intent | null): void {
    const held = intent !== null;
    if (held === this.#intentHeld) return;
    this.#intentHeld = held;
    const text = held ? 'follows the controller’s intent' : 'no valid intent any more: cools on its own';
    const code = held ? 'intent-held' : 'intent-lost';
    this.#report({ severity: held ? 'info' : 'warning', source: 'guardian', code, text, data: {} });
  }

  #fail(error: unknown): void {
    this.#fans.command(new Map(this.#config.fans.map(({ id }) => [id, 1])));
    if (this.#failing) return;
    this.#failing = true;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = `a tick failed, fans go to full speed: ${what}`;
    this.#report({ severity: 'critical', source: 'guardian', code: 'tick-failed', text, data: {} });
  }

  #report(entry: LogEntry): void {
    this.#parts.onEvent(this.events.append(entry));
  }
}

function readingsOf(look: Look) {
  return new Map([...look.sensors].map(([name, { reading }]) => [name, reading]));
}

function chipWatchdogs(board: Board, hardware: Hardware): ReadonlyMap<FanChip, WatchdogTimeoutS> {
  return new Map(
    board.watchdogs.flatMap((watchdog) =>
      watchdog.kind === 'max31790' ? [[hardware.fanChip(watchdog.device), watchdog.timeoutS] as const] : [],
    ),
  );
}
