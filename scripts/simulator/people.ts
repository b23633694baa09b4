// Who wants Moves: a planner that asks for them at random, and operators, who also undo, drain, pull sleds and restart
// what they can; and somebody who forges commands.
import type { Random } from '../../src/core/random.ts';
import type { AgentCommand, AgentVerb } from '../../src/protocols/agent-messages.ts';
import type { World } from './world.ts';

const VERBS: readonly AgentVerb[] = ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence', 'abort', 'resume', 'query'];

export class People {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork('people');
  }

  /** Somebody wants a workload somewhere else. */
  wantMove(trigger: 'plan' | 'operator' = 'plan'): void {
    this.#want(this.#random.pick(this.#world.workloads).id, trigger);
  }

  #want(workload: string, trigger: 'plan' | 'operator' | 'drain'): void {
    const { sleds, controller } = this.#world;
    const fromSled = this.#world.whereRuns(workload) ?? this.#random.pick(sleds).name;
    const from = sleds.findIndex(({ name }) => name === fromSled) + 1;
    const to = 1 + this.#random.int(sleds.length);
    const toSled = sleds[to - 1]?.name;
    if (toSled !== undefined && to !== from) controller.want({ workload, from, to, fromSled, toSled, trigger });
  }

  disturb(): void {
    this.#world.weather.faults++;
    const which = this.#random.next();
    if (which < 0.3) this.#undo();
    else if (which < 0.45) this.#world.queue.after(this.#random.next() * 3_000, () => this.#undo());
    else if (which < 0.6) this.#drain();
    else if (which < 0.85) this.#pull();
    else this.#restart();
  }

  #undo(): void {
    const open = [...this.#world.controller.views.values()].filter(
      ({ state }) => state !== 'done' && state !== 'undone',
    );
    if (open.length > 0) this.#world.controller.undo(this.#random.pick(open).id);
  }

  #drain(): void {
    const sled = this.#random.pick(this.#world.sleds).name;
    this.#world.history.note('operator', `drains ${sled}`);
    for (const { id } of this.#world.workloads) if (this.#world.whereRuns(id) === sled) this.#want(id, 'drain');
  }

  #pull(): void {
    const sled = this.#random.pick(this.#world.sleds);
    if (!sled.seated) return;
    this.#world.history.note('operator', `pulls ${sled.name}`);
    sled.seat(false);
    this.#world.queue.after(1_000 + this.#random.next() ** 2 * 90_000, () => sled.seat(true));
  }

  #restart(): void {
    const agent = this.#random.pick(this.#world.agents);
    this.#world.history.note('operator', `restarts the agent of ${agent.name}`);
    agent.end();
  }

  forge(): void {
    const { tickets, agents, workloads, controllerClock, weather } = this.#world;
    const random = this.#random;
    const issued = tickets.issued();
    const ticket = issued.length === 0 || random.next() < 0.3 ? 'forged' : random.pick(issued);
    const claims = tickets.open(ticket);
    const [move, epoch] = 'refused' in claims ? ['m9', 9] : [claims.move, claims.epoch];
    const spec = random.pick(workloads);
    const command: AgentCommand = {
      move: random.next() < 0.5 ? move : `m${1 + random.int(40)}`,
      workload: spec.id,
      epoch: random.next() < 0.5 ? epoch : 1 + random.int(60),
      verb: random.pick(VERBS),
      deadline: new Date(controllerClock.wallMs() + 60_000).toISOString(),
      ticket,
      spec,
      leaseMs: 30_000,
      peer: { host: random.pick(agents).name, port: 1 },
    };
    const agent = random.pick(agents);
    if (!agent.alive || tickets.allows(command, agent.name)) return; // that one would be no forgery
    weather.faults++;
    agent.command(command);
  }
}
