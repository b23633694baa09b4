// A sled without processes or disk for the agent's machine: what is asked of drivers and disk waits until the test lets
// it happen, succeed, fail, or be cut off by a crash. Looks at every effect for what must never be.
import assert from 'node:assert/strict';
import type { AgentCommand, ServiceSpec } from '../../../src/protocols/agent-messages.ts';
import type { FloorsAsk } from '../../../src/protocols/floors.ts';
import type { TicketClaims } from '../../../src/protocols/ticket.ts';
import type {
  AgentEffect,
  AgentInput,
  AgentSettings,
  BulkOffer,
  DriverOp,
  DriverResult,
  OfferAnswer,
} from '../../../src/agent/machine/machine.ts';
import type { AgentState } from '../../../src/agent/machine/state.ts';
import { beginAgent, stepAgent, type AgentStep } from '../../../src/agent/machine/step.ts';
import { keptEpochs, type ProcessId, type WorkloadRecord } from '../../../src/agent/records/workload-record.ts';

type Told = Extract<AgentEffect, { kind: 'tell' }>['event'];

type Pending =
  | { readonly kind: 'write'; readonly token: number; readonly workload: string; readonly record: WorkloadRecord }
  | { readonly kind: 'write-boot'; readonly token: number; readonly workload: null; readonly boot: string }
  | { readonly kind: 'driver'; readonly token: number; readonly workload: string; readonly op: DriverOp }
  | { readonly kind: 'offer-ended'; readonly token: number; readonly workload: null };

/** How something that was asked for goes. `landed`: reported as failed, but it happened. */
export type Outcome = 'succeeds' | 'fails' | 'landed';

/** Omit over each member of the union. */
type Untimed<T> = T extends unknown ? Omit<T, 'atMs'> : never;

export class FakeSled {
  readonly disk = new Map<string, WorkloadRecord>();
  /** What the agent was told is durable: all it may rest on. */
  readonly #acknowledged = new Map<string, WorkloadRecord>();
  diskBoot: string | null = null;
  /** Epochs of the copies that are alive, running or paused. */
  readonly copies = new Map<string, { readonly epoch: number; readonly process: ProcessId }[]>();
  readonly pending: Pending[] = [];
  readonly told: Told[] = [];
  readonly asks: FloorsAsk[] = [];
  readonly admitted = new Map<number, OfferAnswer>();
  /** Transfers that are let in and not over. */
  readonly transfers = new Set<number>();
  readonly bulkDone = new Map<number, string | null>();
  readonly timers = new Map<string, number>();
  readonly log: string[] = [];
  readonly effects: AgentEffect[] = [];
  /** Floors granted in this boot. */
  readonly granted = new Map<string, number>();
  /** Workloads with which the agent may do nothing until it is told their floor. */
  readonly #waiting = new Set<string>();
  readonly #configured: readonly ServiceSpec[];
  nowMs = 1000;
  boot = 'boot-1';
  state: AgentState;
  ended = false;
  #offers = 0;
  #pid = 100;

  constructor(
    configured: readonly ServiceSpec[],
    disk: readonly WorkloadRecord[] = [],
    grantedBoot: string | null = null,
  ) {
    this.#configured = configured;
    for (const record of disk) this.disk.set(record.workload, record);
    this.diskBoot = grantedBoot;
    this.state = this.#begin();
  }

  get settings(): AgentSettings {
    const { boot } = this;
    return { chassis: 'c', sled: 'me', boot, capacities: { cpu: 2 }, configured: this.#configured };
  }

  take(input: Untimed<AgentInput>): void {
    this.nowMs++;
    this.#apply(stepAgent(this.state, { ...input, atMs: this.nowMs }, this.settings));
  }

  command(claims: TicketClaims, verb: AgentCommand['verb'], more: Partial<AgentCommand> = {}): void {
    const { move, workload, epoch } = claims;
    const deadline = new Date(10_000_000).toISOString();
    const peer = { host: 'h', port: 1 };
    const plain = { move, workload, epoch, verb, deadline, ticket: 't', spec: null, leaseMs: 5000, peer };
    this.take({ kind: 'command', wallMs: this.nowMs, claims, command: { ...plain, ...more } });
  }

  offer(claims: TicketClaims): number {
    const token = --this.#offers;
    const offer: BulkOffer = { move: claims.move, workload: claims.workload, epoch: claims.epoch };
    this.take({ kind: 'offer', token, offer, claims });
    return token;
  }

  /** The controller answers the last question: `raise` lets a floor be another than the one the sled has; null: none. */
  grant(raise: (id: string, floor: number) => number | null = (_id, floor) => floor): void {
    const ask = this.asks.at(-1);
    if (ask === undefined) return;
    const floors: Record<string, number> = {};
    for (const { id, floor } of ask.workloads) {
      const granted = raise(id, floor);
      if (granted !== null) floors[id] = granted;
    }
    if (ask.boot === this.boot) for (const [id, floor] of Object.entries(floors)) this.#setGranted(id, floor);
    this.take({ kind: 'floors', boot: ask.boot, floors });
  }

  #setGranted(id: string, floor: number): void {
    this.#waiting.delete(id);
    if (this.state.locals.get(id)?.floor.kind === 'unknown') this.granted.set(id, floor);
  }

  /** Lets what waits at this place happen; what was asked of the disk for one workload before it, first. */
  complete(at: number, outcome: Outcome = 'succeeds'): void {
    const chosen = this.pending[at % Math.max(1, this.pending.length)];
    if (chosen === undefined) return;
    const first = this.pending.find((each) => each.kind === chosen.kind && each.workload === chosen.workload) ?? chosen;
    this.pending.splice(this.pending.indexOf(first), 1);
    if (first.kind === 'driver') {
      const result = this.#drive(first.workload, first.op, outcome);
      this.take({ kind: 'driver', token: first.token, result });
      return;
    }
    if (first.kind === 'offer-ended') {
      this.transfers.delete(first.token);
      this.take({ kind: 'offer-ended', token: first.token });
      return;
    }
    if (outcome !== 'fails') this.#store(first);
    if (outcome === 'succeeds' && first.kind === 'write') this.#acknowledged.set(first.workload, first.record);
    this.take({ kind: 'written', token: first.token, error: outcome === 'succeeds' ? null : 'ENOSPC' });
  }

  /** Everything succeeds until nothing waits any more. */
  settle(): void {
    for (let turns = 0; this.pending.length > 0; turns++) {
      assert.ok(turns < 1000, 'it never comes to rest');
      this.complete(0);
    }
  }

  /** The agent dies; what it was doing may have happened. `boot`: the whole sled goes down. */
  crash(happened: (at: number) => boolean, boot: boolean): void {
    for (const [at, pending] of this.pending.entries()) {
      if (!happened(at)) continue;
      if (pending.kind === 'driver') this.#drive(pending.workload, pending.op, 'succeeds');
      else if (pending.kind !== 'offer-ended') this.#store(pending);
    }
    if (boot) {
      this.copies.clear();
      this.granted.clear();
      this.boot = `boot-${Number(this.boot.slice(5)) + 1}`;
    }
    this.pending.length = 0;
    this.transfers.clear();
    this.timers.clear();
    this.state = this.#begin();
  }

  /** All of a transfer is here; the sender hears what becomes of it, and goes. */
  arrive(token: number, bytes: number, digest: string): void {
    if (!this.transfers.delete(token)) return;
    this.take({ kind: 'received', token, bytes, digest });
    this.pending.push({ kind: 'offer-ended', token, workload: null });
  }

  /** A process ends by itself, or by its lease. */
  die(workload: string): void {
    const epoch = this.copies.get(workload)?.[0]?.epoch;
    if (epoch === undefined) return;
    this.copies.delete(workload);
    if (this.state.locals.get(workload)?.up === epoch) this.take({ kind: 'process', workload, epoch, process: null });
  }

  fire(timer: string): void {
    if (this.timers.delete(timer)) this.take({ kind: 'timer', timer });
  }

  role(workload: string): string {
    return this.disk.get(workload)?.role.kind ?? 'none';
  }

  /** What the agent was told is on the disk. */
  record(workload: string): WorkloadRecord | undefined {
    return this.#acknowledged.get(workload);
  }

  alive(workload: string): readonly number[] {
    return (this.copies.get(workload) ?? []).map(({ epoch }) => epoch);
  }

  #begin(): AgentState {
    this.#acknowledged.clear();
    for (const [id, record] of this.disk) this.#acknowledged.set(id, record);
    this.#waiting.clear();
    for (const { id } of this.#configured) if (!this.disk.has(id)) this.#waiting.add(id);
    if (this.diskBoot !== this.boot) for (const id of this.disk.keys()) this.#waiting.add(id);
    const step = beginAgent(
      { records: [...this.disk.values()], grantedBoot: this.diskBoot },
      this.settings,
      this.nowMs,
    );
    this.#apply(step);
    return step.state;
  }

  #apply({ state, effects }: AgentStep): void {
    this.state = state;
    for (const effect of effects) {
      this.effects.push(effect);
      this.#carryOut(effect);
    }
  }

  #carryOut(effect: AgentEffect): void {
    switch (effect.kind) {
      case 'write':
        this.#checkWrite(effect.record);
        return void this.pending.push({ ...effect, workload: effect.record.workload });
      case 'write-boot':
        this.#checkBoot();
        return void this.pending.push({ ...effect, workload: null });
      case 'driver':
        this.#check(effect.workload, effect.op);
        return void this.pending.push(effect);
      case 'tell':
        this.#checkAnswer(effect.event);
        return void this.told.push(effect.event);
      case 'ask-floors':
        return void this.asks.push(effect.ask);
      case 'admit':
        if (effect.answer.kind === 'take') this.transfers.add(effect.token);
        return void this.admitted.set(effect.token, effect.answer);
      case 'bulk-done':
        return void this.bulkDone.set(effect.token, effect.error);
      case 'timer':
        if (effect.delayMs === null) this.timers.delete(effect.timer);
        else this.timers.set(effect.timer, effect.delayMs);
        return;
      case 'log':
        return void this.log.push(effect.text);
      case 'ended':
        this.ended = true;
        return;
      case 'cancel':
        if (effect.token < 0) this.pending.push({ kind: 'offer-ended', token: effect.token, workload: null });
        return;
      case 'changed':
      case 'measured':
    }
  }

  #store(pending: Extract<Pending, { kind: 'write' | 'write-boot' }>): void {
    if (pending.kind === 'write') this.disk.set(pending.workload, pending.record);
    else this.diskBoot = pending.boot;
  }

  /** A record that says it is dead, or with somebody else, comes after that is so. */
  #checkWrite(record: WorkloadRecord): void {
    const { workload, role } = record;
    const still = ['absent', 'staged', 'received', 'frozen', 'shipped'];
    if (still.includes(role.kind) && this.disk.get(workload)?.role.kind !== role.kind)
      assert.deepEqual(this.alive(workload), [], `${workload} is written down as ${role.kind} while it is alive`);
  }

  #checkBoot(): void {
    for (const [id, floor] of this.granted)
      assert.ok((this.#acknowledged.get(id)?.floor ?? 0) >= floor, `${id}: its floor is not durable yet`);
  }

  #check(workload: string, op: DriverOp): void {
    const record = this.#acknowledged.get(workload);
    const what = `${op.kind} of ${workload} as ${record?.role.kind}`;
    const others = this.pending.filter((each) => each.kind === 'driver' && each.workload === workload);
    assert.deepEqual(others, [], `${what} while another operation is under way`);
    const role = record?.role;
    const floor = Math.max(record?.floor ?? 0, this.granted.get(workload) ?? 0);
    assert.equal(this.#waiting.has(workload), false, `${what} before its floor was granted`);
    switch (op.kind) {
      case 'start':
      case 'release':
        assert.ok(
          (role?.kind === 'running' && role.epoch === op.epoch) || this.#mayRunAgain(workload, op.epoch),
          `${what} without a durable record`,
        );
        assert.ok(op.epoch >= floor, `${what} at ${op.epoch}, below the floor ${floor}`);
        for (const epoch of this.alive(workload))
          assert.equal(epoch, op.epoch, `${what} beside a copy of another epoch`);
        return;
      case 'try':
        assert.ok(
          role?.kind === 'probation' && role.epoch === op.epoch && !role.passed,
          `${what} without a durable record`,
        );
        assert.ok(op.epoch >= floor, `${what} at ${op.epoch}, below the floor ${floor}`);
        assert.deepEqual(this.alive(workload), [], `${what} beside another copy`);
        return;
      case 'send':
        assert.ok(role?.kind === 'frozen' && role.ownEpoch === op.epoch, what);
        assert.deepEqual(this.alive(workload), [], `${what} while it runs`);
        return;
      case 'clean':
        assert.deepEqual(op.kept, role === undefined ? [] : keptEpochs(role), what);
        return;
      case 'kill':
      case 'stop':
      case 'leave':
      case 'prepare':
      case 'check':
    }
  }

  /** A freeze that failed takes itself back whether or not that can be written down: nobody was told it is frozen. */
  #mayRunAgain(workload: string, epoch: number): boolean {
    const role = this.#acknowledged.get(workload)?.role;
    return role?.kind === 'freezing' && role.ownEpoch === epoch;
  }

  /** What is said to be done is durable and true. */
  #checkAnswer(event: Told): void {
    if (event.outcome !== 'done' || event.verb === 'query') return;
    const record = this.#acknowledged.get(event.workload);
    const end = record?.ended.find(({ move }) => move === event.move)?.as;
    const role = record?.role;
    const mine = role !== undefined && 'move' in role && role.move === event.move ? role.kind : null;
    const alive = this.alive(event.workload);
    if (end === 'committed' || end === 'fenced')
      assert.ok((record?.floor ?? 0) >= event.epoch, `${event.verb} done, with its floor below ${event.epoch}`);
    const said = `${event.verb} done, ${mine ?? end}`;
    if (event.verb === 'freeze') assert.ok(mine === 'frozen' || mine === 'shipped' || end === 'fenced', said);
    if (event.verb === 'ship') assert.ok(mine === 'shipped' || end === 'fenced', said);
    if (event.verb === 'commit') assert.equal(end, 'committed', said);
    if (event.verb === 'fence') assert.equal(end, 'fenced', said);
    if (event.verb === 'abort') assert.equal(end, 'aborted', said);
    if (event.verb === 'resume') assert.equal(end, 'resumed', said);
    if (mine === 'frozen' || mine === 'shipped' || mine === 'received' || mine === 'staged')
      assert.deepEqual(alive, [], `${said}, but it runs`);
  }

  #drive(workload: string, op: DriverOp, outcome: Outcome): DriverResult {
    const failed: DriverResult = { kind: 'failed', error: `${op.kind} failed` };
    const happens = outcome !== 'fails';
    const result = happens ? this.#happen(workload, op) : failed;
    if (outcome === 'succeeds') return result;
    if (op.kind === 'start' || op.kind === 'release') return { kind: 'started', process: null }; // it is tried again
    if (op.kind === 'stop' && outcome === 'landed') return { kind: 'late' };
    return failed;
  }

  #happen(workload: string, op: DriverOp): DriverResult {
    switch (op.kind) {
      case 'start':
      case 'release':
      case 'try': {
        const kept = op.kind === 'try' ? undefined : this.copies.get(workload)?.find(({ epoch }) => epoch === op.epoch);
        const process = kept?.process ?? { pid: this.#pid++, startTicks: 1, bootId: this.boot };
        this.copies.set(workload, [{ epoch: op.epoch, process }]);
        return { kind: 'started', process };
      }
      case 'stop':
      case 'kill':
        this.copies.delete(workload);
        return { kind: 'done' };
      case 'send':
        return { kind: 'sent', bytes: 7, digest: `of epoch ${op.epoch}` };
      default:
        return { kind: 'done' };
    }
  }
}
