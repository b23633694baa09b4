// What goes wrong in a burst, each kind again and again at its own pace; and the end of the burst, when all of it is
// put right.
import type { Random } from '../../src/core/random.ts';
import type { AgentVerb } from '../../src/protocols/agent-messages.ts';
import { CONTROLLER } from './network.ts';
import type { People } from './people.ts';
import type { Burst, FaultKind } from './weather.ts';
import type { World } from './world.ts';

/** Mean time between two of a kind when it is at its hardest. */
const EVERY_MS: Readonly<Partial<Record<FaultKind, number>>> = {
  partition: 9_000,
  broker: 20_000,
  controller: 12_000,
  agent: 8_000,
  sled: 20_000,
  guardian: 15_000,
  disk: 15_000,
  driver: 15_000,
  clock: 15_000,
  operator: 5_000,
  forger: 2_000,
};

/** How often somebody wants a Move in a burst. */
const MOVE_EVERY_MS = 9_000;

export class Disasters {
  readonly #world: World;
  readonly #people: People;
  readonly #random: Random;
  #burst: Burst | null = null;

  constructor(world: World, people: People) {
    this.#world = world;
    this.#people = people;
    this.#random = world.random.fork('disasters');
  }

  begin(burst: Burst): void {
    const { history, weather } = this.#world;
    this.#burst = burst;
    weather.begin(burst);
    history.note(
      'weather',
      `rough: ${[...burst.kinds].map(([kind, hard]) => `${kind} ${hard.toFixed(2)}`).join(', ')}`,
    );
    for (const [kind, hard] of burst.kinds) this.#repeat(burst, (EVERY_MS[kind] ?? 0) / hard, this.#happening(kind));
    this.#repeat(burst, MOVE_EVERY_MS, () => this.#people.wantMove());
  }

  #repeat(burst: Burst, everyMs: number, what: () => void): void {
    if (everyMs === 0) return;
    this.#world.queue.after(-Math.log(1 - this.#random.next()) * everyMs, () => {
      if (this.#burst !== burst) return;
      what();
      this.#repeat(burst, everyMs, what);
    });
  }

  #happening(kind: FaultKind): () => void {
    const { controller, agents, guardian, weather } = this.#world;
    const random = this.#random;
    const counted = (what: () => void) => () => {
      weather.faults++;
      what();
    };
    switch (kind) {
      case 'partition':
        return counted(() => this.#cut());
      case 'broker':
        return counted(() => this.#breakBroker());
      case 'controller':
        return counted(() => controller.kill(random.next() < 0.5 ? 'power' : 'process'));
      case 'agent':
        return counted(() => random.pick(agents).kill());
      case 'sled':
        return counted(() => this.#failPower());
      case 'guardian':
        return counted(() => this.#killGuardian(() => guardian.start()));
      case 'disk':
        return counted(() => this.#fillDisk());
      case 'driver':
        return counted(() => random.pick(agents).crashService());
      case 'clock':
        return counted(() => this.#jump());
      case 'operator':
        return () => (random.next() < 0.3 ? this.#people.wantMove('operator') : this.#people.disturb());
      case 'forger':
        return () => this.#people.forge();
      case 'network':
      case 'silence':
        return () => {};
    }
  }

  /** A sled may fall silent just before or just after it gets this command, the sooner the more hangs on the answer. */
  sent(sled: string, verb: AgentVerb): void {
    const { weather, network, queue } = this.#world;
    const weight = verb === 'thaw' ? 0.7 : verb === 'commit' || verb === 'abort' ? 0.15 : 0.04;
    if (!weather.strikes('silence', weight)) return;
    const burst = this.#burst;
    const afterMs = this.#random.next() < 0.2 ? 0 : 6 + this.#random.next() ** 2 * 1_000;
    queue.after(afterMs, () => {
      if (this.#burst !== burst) return;
      if (this.#random.next() < 0.5) return this.#holdDown(sled);
      network.cut(sled, null);
      this.#world.cutOff(sled);
      this.#later(250_000, () => network.heal(sled, null));
    });
  }

  /** The agent is killed, and does not start again for a time; its processes live on. */
  #holdDown(sled: string): void {
    const agent = this.#world.agent(sled);
    if (agent === null) return;
    agent.held = true;
    agent.kill();
    this.#later(250_000, () => {
      agent.held = false;
      agent.start();
    });
  }

  /** In the same burst, so that what was put right at its end stays so. */
  #later(worstMs: number, what: () => void): void {
    const burst = this.#burst;
    this.#world.queue.after(300 + this.#random.next() ** 2 * worstMs, () => this.#burst === burst && what());
  }

  #cut(): void {
    const { network, sleds } = this.#world;
    const nodes = this.#world.nodes;
    const one = this.#random.pick(nodes);
    const other = this.#random.next() < 0.3 && one !== CONTROLLER ? this.#random.pick(sleds).name : null;
    if (one === other) return;
    network.cut(one, other);
    if (other === null) this.#world.cutOff(one);
    this.#later(this.#random.next() < 0.2 ? 400_000 : 40_000, () => network.heal(one, other));
  }

  /** For a moment or some seconds; sometimes once more while it boots or has just booted. */
  #failPower(): void {
    const sled = this.#random.pick(this.#world.sleds);
    sled.fail(200 + this.#random.next() ** 2 * 8_000);
    if (this.#random.next() < 0.4) this.#later(15_000, () => sled.fail(500));
  }

  #breakBroker(): void {
    const { network } = this.#world;
    network.breakBroker();
    if (this.#random.next() < 0.5) this.#world.loseRetained();
    this.#later(20_000, () => network.startBroker(this.#world.nodes));
  }

  #killGuardian(start: () => void): void {
    this.#world.guardian.kill();
    this.#later(20_000, start);
  }

  #fillDisk(): void {
    const { journal, sleds } = this.#world;
    const disk = this.#random.next() < 0.3 ? journal : this.#random.pick(sleds).disk;
    this.#world.history.note('disk', `of ${disk === journal ? CONTROLLER : 'a sled'} is full`);
    disk.full = true;
    this.#later(25_000, () => (disk.full = false));
  }

  #jump(): void {
    const { sleds, controllerClock } = this.#world;
    const clock = this.#random.next() < 0.4 ? controllerClock : this.#random.pick(sleds).clock;
    clock.wallOffsetMs = (this.#random.next() - 0.5) * 2 * 3_600_000;
    this.#world.history.note('clock', `of a machine is off by ${Math.round(clock.wallOffsetMs / 1000)} s`);
    this.#later(30_000, () => (clock.wallOffsetMs = 0));
  }

  /** The last fault heals: what is still on its way arrives later. */
  end(): void {
    const { network, sleds, agents, controller, controllerClock, guardian, journal, weather } = this.#world;
    this.#burst = null;
    weather.calm();
    this.#world.history.note('weather', 'calm');
    network.healAll(this.#world.nodes);
    journal.full = false;
    controllerClock.wallOffsetMs = 0;
    for (const sled of sleds) {
      sled.disk.full = false;
      sled.clock.wallOffsetMs = 0;
      if (!sled.seated) sled.seat(true);
    }
    guardian.start();
    this.#world.queue.after(2_000, () => controller.start());
    for (const agent of agents) {
      agent.held = false;
      this.#world.queue.after(2_000, () => agent.start());
    }
  }
}
