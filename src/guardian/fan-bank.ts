// The fans' outputs: commands that may get lost, the fan chips' own watchdogs, and which fans no command reaches.
// Commands are sent every tick whether they changed or not: that keeps the watchdogs quiet and heals a chip that was reset.
import type { FanChip, WatchdogTimeoutS } from '../chips/chip.ts';
import type { Clock } from '../core/clock.ts';
import { within } from '../sensing/deadline.ts';
import type { LogEntry } from '../sensing/event-log.ts';

/** A fan that has not taken a command for so long is deaf. */
export const DEAF_MS = 3000;
/** A command that is not answered is given up after this. */
const GIVE_UP_MS = 2000;
/** How often a fan chip is configured and its watchdog armed again, in case it was reset or its watchdog expired. */
const CARE_MS = 5000;

export interface FanOutput {
  readonly id: string;
  readonly chip: FanChip;
  readonly pwm: number;
}

interface Channel {
  readonly output: FanOutput;
  acceptedMs: number;
  pendingSinceMs: number | null;
  attempt: number;
  deaf: boolean;
  detail: string;
}

interface Controller {
  readonly chip: FanChip;
  readonly watchdogS: WatchdogTimeoutS | null;
  caredMs: number;
  caringSinceMs: number | null;
}

export class FanBank {
  readonly #clock: Clock;
  readonly #channels: readonly Channel[];
  readonly #controllers: readonly Controller[];
  readonly #report: (entry: LogEntry) => void;

  constructor(
    clock: Clock,
    outputs: readonly FanOutput[],
    watchdogs: ReadonlyMap<FanChip, WatchdogTimeoutS>,
    report: (entry: LogEntry) => void,
  ) {
    const nowMs = clock.nowMs();
    this.#clock = clock;
    this.#report = report;
    this.#channels = outputs.map((output) => ({
      output,
      acceptedMs: nowMs,
      pendingSinceMs: null,
      attempt: 0,
      deaf: false,
      detail: '',
    }));
    const chips = new Set([...outputs.map(({ chip }) => chip), ...watchdogs.keys()]);
    this.#controllers = [...chips].map((chip) => ({
      chip,
      watchdogS: watchdogs.get(chip) ?? null,
      caredMs: -Infinity,
      caringSinceMs: null,
    }));
  }

  /** Full speed now; resolves when every output has answered or `deadlineMs` has passed, with how many took it. */
  async fullSpeed(deadlineMs: number): Promise<number> {
    const nowMs = this.#clock.nowMs();
    let accepted = 0;
    const sent = this.#channels.map(async (channel) => {
      if (await this.#send(channel, 1, nowMs)) accepted++;
    });
    await within(this.#clock, deadlineMs, Promise.all(sent));
    return accepted;
  }

  /** Sends the ratios on their way; what came of them shows in `deaf`. */
  command(ratios: ReadonlyMap<string, number>): void {
    const nowMs = this.#clock.nowMs();
    for (const channel of this.#channels) {
      const stuck = channel.pendingSinceMs !== null && nowMs - channel.pendingSinceMs < GIVE_UP_MS;
      if (!stuck) void this.#send(channel, ratios.get(channel.output.id) ?? 1, nowMs);
    }
    for (const controller of this.#controllers) this.#care(controller, nowMs);
  }

  /** Fans that have not taken a command for DEAF_MS. */
  deaf(): ReadonlySet<string> {
    const nowMs = this.#clock.nowMs();
    const deaf = new Set<string>();
    for (const channel of this.#channels) {
      if (nowMs - channel.acceptedMs < DEAF_MS) continue;
      deaf.add(channel.output.id);
      if (!channel.deaf)
        this.#event(
          channel,
          'critical',
          'fan-unreachable',
          `takes no command: ${channel.detail || 'none was answered'}`,
        );
      channel.deaf = true;
    }
    return deaf;
  }

  async #send(channel: Channel, ratio: number, nowMs: number): Promise<boolean> {
    const attempt = ++channel.attempt;
    channel.pendingSinceMs = nowMs;
    const { chip, pwm } = channel.output;
    const result = await chip.setDuty(pwm, ratio);
    if (attempt === channel.attempt) channel.pendingSinceMs = null;
    if (result.kind === 'failed') {
      channel.detail = result.detail;
      this.#neglect(chip);
      return false;
    }
    channel.acceptedMs = Math.max(channel.acceptedMs, this.#clock.nowMs());
    if (channel.deaf) this.#event(channel, 'info', 'fan-reachable', 'takes commands again');
    channel.deaf = false;
    return true;
  }

  /** The chip failed: it may have been reset, so look after it as soon as it answers. */
  #neglect(chip: FanChip): void {
    for (const controller of this.#controllers) if (controller.chip === chip) controller.caredMs = -Infinity;
  }

  #care(controller: Controller, nowMs: number): void {
    const { caredMs, caringSinceMs } = controller;
    if (nowMs - caredMs < CARE_MS || (caringSinceMs !== null && nowMs - caringSinceMs < GIVE_UP_MS)) return;
    void this.#lookAfter(controller, nowMs);
  }

  async #lookAfter(controller: Controller, nowMs: number): Promise<void> {
    const { chip, watchdogS } = controller;
    controller.caredMs = nowMs;
    controller.caringSinceMs = nowMs;
    const configured = await chip.configure();
    const armed = configured.kind === 'ok' && watchdogS !== null ? await chip.armWatchdog(watchdogS) : configured;
    if (controller.caringSinceMs === nowMs) controller.caringSinceMs = null;
    if (armed.kind === 'failed') controller.caredMs = -Infinity;
  }

  #event(channel: Channel, severity: LogEntry['severity'], code: string, text: string): void {
    const { id } = channel.output;
    this.#report({ severity, source: `fan/${id}`, code, text: `${id} ${text}`, data: { fan: id } });
  }
}
