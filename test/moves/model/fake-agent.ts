// An agent that does as the verbs say, with durable records and processes that exist only in the model. It can crash at
// any moment, with or without its processes surviving, and comes back with what it had made durable.
import type { AgentCommand, AgentEvent, ServiceSpec } from '../../../src/protocols/agent-messages.ts';

export interface Copy {
  readonly epoch: number;
  readonly role: 'owner' | 'frozen' | 'staged' | 'received' | 'probation';
  readonly move: string | null;
  /** Work done so far: grows by one in every stretch that an owner runs. */
  readonly work: number;
}

/** What surrounds the agent: time, chance, the way back to the controller, the other sleds, and who watches. */
export interface AgentWorld {
  readonly nowMs: () => number;
  after(delayMs: number, callback: () => void): void;
  /** Whether something that happens with this probability happens now. */
  chance(probability: number): boolean;
  /** Somewhere between the two, in milliseconds. */
  between(lowMs: number, highMs: number): number;
  answer(event: AgentEvent): void;
  /** The other sled, when bulk data can reach it now. */
  peer(sled: string): FakeAgent | null;
  sledOfTicket(ticket: string): string;
  runs(sled: string, workload: string, copy: Copy, as: 'owner' | 'probation'): void;
  stops(sled: string, workload: string): void;
  note(text: string): void;
}

const specOf = (workload: string): ServiceSpec => ({
  id: workload,
  command: '/bin/true',
  args: [],
  environment: {},
  stopDeadlineMs: 5_000,
  health: [],
  healthDeadlineMs: 5_000,
  demand: {},
  moveCostJ: 500,
  pinned: false,
  allowedSlots: null,
  fence: 'wait',
  moveWindows: [],
});

type Result = { readonly outcome: 'done' } | { readonly outcome: 'failed'; readonly error: string };
const DONE: Result = { outcome: 'done' };
const no = (error: string): Result => ({ outcome: 'failed', error });

export class FakeAgent {
  readonly sled: string;
  readonly #world: AgentWorld;
  // durable
  readonly copies = new Map<string, Copy>();
  readonly #closed = new Map<string, 'aborted' | 'resumed' | 'committed' | 'fenced'>();
  readonly #floors = new Map<string, number>();
  // lost in a crash
  up = true;
  #life = 0;
  readonly #busy = new Set<string>();
  /** Processes of the machine; they may outlive the agent. */
  readonly processes = new Map<string, 'owner' | 'probation'>();

  constructor(sled: string, world: AgentWorld) {
    this.sled = sled;
    this.#world = world;
  }

  adopt(workload: string, epoch: number): void {
    this.#write(workload, { epoch, role: 'owner', move: null, work: 0 });
    this.#run(workload, 'owner');
  }

  crash(processes: 'die' | 'survive'): void {
    this.#world.note(`${this.sled} crashes, its processes ${processes}`);
    this.up = false;
    this.#life++;
    this.#busy.clear();
    if (processes === 'die') for (const workload of this.processes.keys()) this.#stop(workload);
  }

  start(): void {
    this.#world.note(`${this.sled} starts`);
    this.up = true;
    for (const [workload] of this.processes) {
      if (this.copies.get(workload)?.role !== 'owner') this.#stop(workload);
    }
    for (const [workload, copy] of this.copies) {
      if (copy.role === 'owner' && !this.processes.has(workload)) this.#run(workload, 'owner');
    }
  }

  /** Bulk data that another agent ships. */
  receive(move: string, workload: string, work: number): boolean {
    const copy = this.copies.get(workload);
    if (!this.up || copy?.move !== move) return false;
    if (copy.role === 'staged') this.#write(workload, { ...copy, role: 'received', work });
    return copy.role === 'staged' || copy.role === 'received' || copy.role === 'probation';
  }

  handle(command: AgentCommand): void {
    if (!this.up) return;
    if (Date.parse(command.deadline) < this.#world.nowMs()) {
      this.#answer(command, no('the deadline has passed'));
      return;
    }
    switch (command.verb) {
      case 'query':
        return this.#answer(command, DONE);
      case 'stage':
        return this.#answer(command, this.#stage(command));
      case 'freeze':
        return this.#freeze(command);
      case 'ship':
        return this.#ship(command);
      case 'thaw':
        return this.#thaw(command);
      case 'commit':
        return this.#answer(command, this.#commit(command));
      case 'fence':
        return this.#answer(command, this.#fence(command));
      case 'abort':
        return this.#answer(command, this.#abort(command));
      case 'resume':
        return this.#answer(command, this.#resume(command));
    }
  }

  #stage({ move, workload, epoch }: AgentCommand): Result {
    const copy = this.copies.get(workload);
    if (this.#closed.has(move)) return no('that Move is over here');
    if (copy?.move === move) return DONE;
    if (epoch <= (this.#floors.get(workload) ?? 0)) return no('below the epoch floor');
    if (copy !== undefined) return no(`a copy is here already, ${copy.role}`);
    if (this.#world.chance(0.03)) return no('no room');
    this.#write(workload, { epoch, role: 'staged', move, work: 0 });
    return DONE;
  }

  #freeze(command: AgentCommand): void {
    const { move, workload, epoch } = command;
    const copy = this.copies.get(workload);
    if (this.#closed.has(move)) return this.#answer(command, no('that Move is over here'));
    if (copy?.role === 'frozen' && copy.move === move) return this.#answer(command, DONE);
    if (copy?.role !== 'owner' || copy.epoch >= epoch) return this.#answer(command, no('it does not run here'));
    this.#work(command, this.#world.between(10, 4_000), () => {
      if (this.#closed.has(move)) return null;
      if (this.#world.chance(0.04)) return no('it did not end; it was started again');
      this.#stop(workload);
      this.#write(workload, { ...copy, role: 'frozen', move, work: copy.work + 1 });
      return DONE;
    });
  }

  #ship(command: AgentCommand): void {
    const { move, workload } = command;
    const copy = this.copies.get(workload);
    if (this.#closed.has(move)) return this.#answer(command, no('that Move is over here'));
    if (copy?.role !== 'frozen' || copy.move !== move) return this.#answer(command, no('it is not frozen here'));
    this.#work(command, this.#world.between(10, 6_000), () => {
      if (this.#closed.has(move)) return null;
      const peer = this.#world.chance(0.1) ? null : this.#world.peer(this.#world.sledOfTicket(command.ticket));
      return peer?.receive(move, workload, copy.work) === true ? DONE : no('the destination did not take it');
    });
  }

  #thaw(command: AgentCommand): void {
    const { move, workload } = command;
    const copy = this.copies.get(workload);
    if (this.#closed.has(move)) return this.#answer(command, no('that Move is over here'));
    if (copy?.move !== move) return this.#answer(command, no('nothing of that Move is here'));
    if (copy.role === 'probation') return this.#answer(command, DONE);
    if (copy.role !== 'received') return this.#answer(command, no('nothing was shipped'));
    this.#work(
      command,
      this.#world.between(10, 4_000),
      () => {
        if (this.#closed.has(move)) return null;
        this.#stop(workload); // paused, or ended because its health command failed
        if (this.#world.chance(0.05)) return no('its health command failed');
        this.#write(workload, { ...copy, role: 'probation' });
        return DONE;
      },
      () => this.#run(workload, 'probation'),
    );
  }

  #commit({ move, workload, epoch }: AgentCommand): Result {
    if (this.#closed.get(move) === 'committed' || this.#closed.get(move) === 'fenced') return DONE;
    const copy = this.copies.get(workload);
    if (this.#closed.has(move) || copy?.move !== move || copy.role !== 'probation') return no('not on probation here');
    this.#closed.set(move, 'committed');
    this.#write(workload, { ...copy, epoch, role: 'owner', move: null });
    this.#run(workload, 'owner');
    return DONE;
  }

  #fence({ move, workload, epoch }: AgentCommand): Result {
    this.#closed.set(move, 'fenced');
    this.#raiseFloor(workload, epoch);
    const copy = this.copies.get(workload);
    if (copy !== undefined && copy.epoch < epoch) this.#drop(workload);
    return DONE;
  }

  #abort({ move, workload, epoch }: AgentCommand): Result {
    if (this.#closed.get(move) === 'committed') return no('it is committed here');
    this.#closed.set(move, 'aborted');
    const copy = this.copies.get(workload);
    if (copy?.move === move && copy.role !== 'owner' && copy.role !== 'frozen') this.#drop(workload);
    if (copy?.role !== 'owner' && copy?.role !== 'frozen') this.#raiseFloor(workload, epoch);
    return DONE;
  }

  #resume({ move, workload }: AgentCommand): Result {
    this.#closed.set(move, 'resumed');
    const copy = this.copies.get(workload);
    if (copy?.role === 'frozen' && copy.move === move) {
      this.#write(workload, { ...copy, role: 'owner', move: null });
      this.#run(workload, 'owner');
    }
    return DONE;
  }

  /** Work that takes time; the same command meanwhile is answered with progress. Null = given up, nothing to say. */
  #work(command: AgentCommand, forMs: number, end: () => Result | null, begin = () => {}): void {
    const key = `${command.move} ${command.verb}`;
    if (this.#busy.has(key)) return this.#emit(command, 'progress', null);
    this.#busy.add(key);
    begin();
    const life = this.#life;
    this.#world.after(forMs, () => {
      if (life !== this.#life) return;
      this.#busy.delete(key);
      const result = end();
      if (result !== null) this.#answer(command, result);
    });
  }

  #answer(command: AgentCommand, result: Result): void {
    this.#emit(command, result.outcome, result.outcome === 'failed' ? result.error : null);
  }

  #emit(command: AgentCommand, outcome: AgentEvent['outcome'], error: string | null): void {
    const copy = this.copies.get(command.workload);
    const { spec: _spec, peer: _peer, leaseMs: _leaseMs, ...echo } = command;
    this.#world.answer({
      ...echo,
      epoch: command.verb === 'query' ? (copy?.epoch ?? 0) : command.epoch,
      sled: this.sled,
      outcome,
      error,
      spec: command.verb === 'query' && copy !== undefined ? specOf(command.workload) : null,
      bytes: command.verb === 'ship' ? 4096 : 0,
      digest: null,
      record: this.#record(command.move, copy),
      at: new Date(this.#world.nowMs()).toISOString(),
    });
  }

  #record(move: string, copy: Copy | undefined): AgentEvent['record'] {
    if (copy?.role === 'owner') return this.#closed.get(move) === 'committed' ? 'committed' : 'running';
    return copy?.role ?? (this.#closed.get(move) === 'fenced' ? 'fenced' : 'none');
  }

  #raiseFloor(workload: string, epoch: number): void {
    this.#floors.set(workload, Math.max(this.#floors.get(workload) ?? 0, epoch));
  }

  #drop(workload: string): void {
    this.#stop(workload);
    this.copies.delete(workload);
    this.#world.note(`${this.sled} drops ${workload}`);
  }

  #write(workload: string, copy: Copy): void {
    this.copies.set(workload, copy);
    this.#world.note(`${this.sled} has ${workload} ${copy.role} epoch ${copy.epoch} work ${copy.work}`);
  }

  #run(workload: string, as: 'owner' | 'probation'): void {
    this.processes.set(workload, as);
    this.#world.runs(this.sled, workload, this.copies.get(workload) as Copy, as);
  }

  #stop(workload: string): void {
    if (this.processes.delete(workload)) this.#world.stops(this.sled, workload);
  }
}
