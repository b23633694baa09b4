// One Modbus line: one request at a time, in a bounded queue, writes first. The port is opened when it is needed and
// again, after a while, when it has gone; a serial line is switched to the speed of the device that is asked.
import { sleep, type Clock, type Timer } from '../core/clock.ts';
import type { ModbusAnswer, ModbusLink } from '../core/ports.ts';
import { backoff } from './backoff.ts';
import { BaudSearch } from './baud-search.ts';
import type { LineSpeed, ModbusWire, OpenWire } from './modbus-wire.ts';

/** What a line must know of a device to talk to it. */
export interface UnitSettings {
  /** To try on a serial line, the likeliest first. */
  readonly bauds: readonly number[];
  readonly parity: LineSpeed['parity'];
  readonly timeoutMs: number;
}

export interface ModbusBus extends ModbusLink {
  /** Before the first request to it; units not described are asked at the line's baud. */
  describe(unit: number, settings: UnitSettings): void;
  /** At which a unit was last heard, or is asked first; null where there is none: not a serial line. */
  baudOf(unit: number): number | null;
  close(): void;
}

export interface ModbusLineOptions {
  readonly clock: Clock;
  /** Of a serial line; null = there is no baud rate. */
  readonly baud: number | null;
}

interface Request {
  readonly unit: number;
  readonly isWrite: boolean;
  readonly send: (wire: ModbusWire, timeoutMs: number) => Promise<ModbusAnswer>;
  readonly answer: (answer: ModbusAnswer) => void;
}

type Next =
  | { readonly kind: 'send'; readonly request: Request }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'nothing' };

const MAX_QUEUE = 64;
const REOPEN = { firstMs: 100, longestMs: 5000 };
/** Others count as answering for so long after they were heard. */
const HEARD_LATELY_MS = 10_000;
/** A TCP connection on which so many requests in a row were not answered is made anew: it may be half open. */
const SILENT_CONNECTION = 3;
const UNDESCRIBED: UnitSettings = { bauds: [], parity: 'even', timeoutMs: 300 };

export function modbusLine(id: string, openWire: OpenWire, options: ModbusLineOptions): ModbusBus {
  const line = new Line(id, openWire, options);
  return {
    id,
    readHolding: (unit, address, count) =>
      line.ask(unit, false, (wire, timeoutMs) => wire.read(unit, address, count, timeoutMs)),
    writeHolding: (unit, address, registers) =>
      line.ask(unit, true, (wire, timeoutMs) => wire.write(unit, address, registers, timeoutMs)),
    describe: (unit, settings) => line.describe(unit, settings),
    baudOf: (unit) => line.baudOf(unit),
    close: () => line.close(),
  };
}

class Line {
  readonly #id: string;
  readonly #openWire: OpenWire;
  readonly #clock: Clock;
  readonly #baud: number | null;
  readonly #settings = new Map<number, UnitSettings>();
  readonly #searches = new Map<number, BaudSearch>();
  readonly #heardMs = new Map<number, number>();
  /** A unit that did not answer in time is not asked before this: what it still sends would pass for the next answer. */
  readonly #notBeforeMs = new Map<number, number>();
  #queue: Request[] = [];
  #busy = false;
  #closed = false;
  #guard: Timer | null = null;
  #wire: { readonly wire: ModbusWire; readonly speed: LineSpeed } | null = null;
  #waits = backoff(REOPEN);
  #reopenMs = -Infinity;
  #whyShut = '';
  #silences = 0;
  #endMs = -Infinity;

  constructor(id: string, openWire: OpenWire, { clock, baud }: ModbusLineOptions) {
    this.#id = id;
    this.#openWire = openWire;
    this.#clock = clock;
    this.#baud = baud;
  }

  describe(unit: number, settings: UnitSettings): void {
    this.#settings.set(unit, settings);
    this.#searches.delete(unit);
  }

  baudOf(unit: number): number | null {
    return this.#baud === null ? null : this.#searchOf(unit, this.#baud).home;
  }

  ask(unit: number, isWrite: boolean, send: Request['send']): Promise<ModbusAnswer> {
    if (this.#closed) return Promise.resolve(ioError(`${this.#id} is closed`));
    if (this.#queue.length >= MAX_QUEUE) {
      return Promise.resolve(ioError(`${this.#id}: ${MAX_QUEUE} requests are waiting already`));
    }
    return new Promise((answer) => {
      this.#queue.push({ unit, isWrite, send, answer });
      void this.#pump();
    });
  }

  close(): void {
    this.#closed = true;
    for (const request of this.#queue) request.answer(ioError(`${this.#id} is closed`));
    this.#queue = [];
    this.#guard?.cancel();
    void this.#shut();
  }

  async #pump(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#guard?.cancel();
    let next = this.#take();
    for (; next.kind === 'send'; next = this.#take()) {
      const { request } = next;
      request.answer(await this.#carryOut(request));
    }
    this.#busy = false;
    if (next.kind === 'wait') {
      this.#guard = this.#clock.after(`modbus ${this.#id}`, next.waitMs, () => void this.#pump());
    }
  }

  /** What to do next: writes before reads, else the oldest that may be sent; or how long to wait for one. */
  #take(): Next {
    if (this.#queue.length === 0) return { kind: 'nothing' };
    const nowMs = this.#clock.nowMs();
    const waitOf = ({ unit }: Request) => (this.#notBeforeMs.get(unit) ?? -Infinity) - nowMs;
    const ready = this.#queue.filter((request) => waitOf(request) <= 0);
    const request = ready.find(({ isWrite }) => isWrite) ?? ready[0];
    if (request === undefined) return { kind: 'wait', waitMs: Math.min(...this.#queue.map(waitOf)) };
    this.#queue = this.#queue.filter((other) => other !== request);
    return { kind: 'send', request };
  }

  async #carryOut(request: Request): Promise<ModbusAnswer> {
    const { unit } = request;
    const { parity, timeoutMs } = this.#settings.get(unit) ?? UNDESCRIBED;
    const speed = { baud: this.#pickBaud(unit), parity };
    const wire = await this.#wireAt(speed);
    if (wire === null) return ioError(`${this.#id} is not open: ${this.#whyShut}`);
    await this.#keepGap(speed.baud);
    const answer = await request
      .send(wire, timeoutMs)
      .catch((error: unknown) => ioError(error instanceof Error ? error.message : String(error)));
    this.#endMs = this.#clock.nowMs();
    await this.#note(unit, speed, timeoutMs, answer);
    if (answer.kind === 'ok') return answer;
    return { ...answer, detail: `unit 0x${unit.toString(16).padStart(2, '0')} on ${this.#id}: ${answer.detail}` };
  }

  #pickBaud(unit: number): number {
    if (this.#baud === null) return 0;
    const nowMs = this.#clock.nowMs();
    const othersAnswer = [...this.#heardMs].some(([other, atMs]) => other !== unit && nowMs - atMs < HEARD_LATELY_MS);
    return this.#searchOf(unit, this.#baud).pick(nowMs, othersAnswer);
  }

  #searchOf(unit: number, baud: number): BaudSearch {
    const known = this.#searches.get(unit);
    if (known !== undefined) return known;
    const search = new BaudSearch([baud, ...(this.#settings.get(unit) ?? UNDESCRIBED).bauds]);
    this.#searches.set(unit, search);
    return search;
  }

  /** The line, open at that speed; null while it cannot be opened. */
  async #wireAt(speed: LineSpeed): Promise<ModbusWire | null> {
    const opened = this.#wire;
    if (opened !== null && opened.wire.open() && (this.#baud === null || sameSpeed(opened.speed, speed))) {
      return opened.wire;
    }
    await this.#shut();
    if (this.#closed || this.#clock.nowMs() < this.#reopenMs) return null;
    try {
      const wire = await this.#openWire(speed);
      this.#wire = { wire, speed };
      if (this.#closed) await this.#shut();
      return this.#wire === null ? null : wire;
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** Modbus serial line 1.02, 2.5.1.1: frames are 3.5 characters of 11 bits apart, above 19,200 baud 1.75 ms. */
  async #keepGap(baud: number): Promise<void> {
    if (this.#baud === null) return;
    const gapMs = Math.max(1.75, 38_500 / baud);
    const leftMs = gapMs - (this.#clock.nowMs() - this.#endMs);
    if (leftMs > 0) await sleep(this.#clock, leftMs);
  }

  async #note(unit: number, speed: LineSpeed, timeoutMs: number, answer: ModbusAnswer): Promise<void> {
    if (answer.kind === 'ok' || answer.error === 'exception') {
      this.#heardMs.set(unit, this.#endMs);
      this.#searches.get(unit)?.answered(speed.baud);
      this.#silences = 0;
      this.#waits = backoff(REOPEN);
      return;
    }
    if (answer.error === 'io') {
      this.#giveUp(answer.detail);
      return this.#shut();
    }
    this.#searches.get(unit)?.silent();
    this.#silences++;
    if (this.#baud !== null) {
      this.#notBeforeMs.set(unit, this.#endMs + timeoutMs);
      await this.#shut(); // half a frame or a late one must not be taken for the next answer
    } else if (this.#silences >= SILENT_CONNECTION) {
      this.#silences = 0;
      await this.#shut();
    }
  }

  #giveUp(why: string): void {
    this.#whyShut = why;
    this.#reopenMs = this.#clock.nowMs() + this.#waits.next().value;
  }

  async #shut(): Promise<void> {
    const opened = this.#wire;
    this.#wire = null;
    await opened?.wire.close();
  }
}

function sameSpeed(one: LineSpeed, other: LineSpeed): boolean {
  return one.baud === other.baud && one.parity === other.parity;
}

function ioError(detail: string): ModbusAnswer {
  return { kind: 'error', error: 'io', detail };
}
