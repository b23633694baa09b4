import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { seededRandom } from '../../src/core/random.ts';
import { PowerRegression } from '../../src/thermal/power-regression.ts';

const BOARD_IDLE_W = 60;

function near(actual: number | undefined, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual! - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

/** A sled whose cores cost so much by workload; its work goes up and down apart. */
class Sled {
  readonly #random = seededRandom(7);
  readonly slot: number;
  readonly idleW: number;
  readonly costs: Readonly<Record<string, number>>;
  #atS = 0;

  constructor(slot: number, idleW: number, costs: Readonly<Record<string, number>>) {
    this.slot = slot;
    this.idleW = idleW;
    this.costs = costs;
  }

  seen(cores: Readonly<Record<string, number>>) {
    const workloads = Object.entries(cores).map(([id, cpuRatio]) => ({ id, cpuRatio }));
    const powerW = workloads.reduce((sum, { id, cpuRatio }) => sum + this.costs[id]! * cpuRatio, this.idleW);
    return { slot: this.slot, powerW: powerW + this.#random.gaussian(), idlePowerW: BOARD_IDLE_W, workloads };
  }

  /** `minutes` of means of ten seconds, with cores drawn anew for each. */
  teach(regression: PowerRegression, ids: readonly string[], minutes: number, coresOf?: (id: string) => number): void {
    for (let i = 0; i < minutes * 6; i++) {
      const cores = Object.fromEntries(ids.map((id) => [id, coresOf?.(id) ?? 1 + 4 * this.#random.next()]));
      regression.observe((this.#atS += 10), this.seen(cores));
    }
  }
}

describe('what a core costs each workload', () => {
  it('is told apart for workloads that are never seen alone', () => {
    const regression = new PowerRegression();
    const sled = new Sled(1, 61, { web: 6, db: 18 });
    sled.teach(regression, ['web', 'db'], 30);
    const { idleW, wattsPerCore } = regression.split(sled.seen({ web: 1, db: 1 }));
    near(wattsPerCore[0], 6, 0.4);
    near(wattsPerCore[1], 18, 0.4);
    near(idleW, 61, 1.5);
  });

  it('is the mean of all work where their CPU times go together', () => {
    const regression = new PowerRegression();
    const sled = new Sled(1, 60, { web: 6, db: 18 });
    const random = seededRandom(2);
    let cores = 2;
    sled.teach(regression, ['web', 'db'], 30, (id) => (id === 'web' ? (cores = 1 + 4 * random.next()) : cores));
    const { wattsPerCore } = regression.split(sled.seen({ web: 2, db: 2 }));
    // only 6 + 18 = 24 W for a core of each can be known: 12 each
    near(wattsPerCore[0], 12, 0.5);
    near(wattsPerCore[1], 12, 0.5);
  });

  it('goes along when the workload moves, and helps to tell its new neighbours', () => {
    const regression = new PowerRegression();
    new Sled(1, 60, { web: 6, db: 18 }).teach(regression, ['web', 'db'], 30);
    const second = new Sled(2, 60, { db: 18, job: 9 });
    const steady = (id: string) => (id === 'db' ? 2 : 3);
    second.teach(regression, ['db', 'job'], 10, steady); // nothing varies here
    const { wattsPerCore } = regression.split(second.seen({ db: 2, job: 3 }));
    near(wattsPerCore[0], 18, 1);
    near(wattsPerCore[1], 9, 1);
  });

  it('keeps what is known of the sled and of those that stay when one comes', () => {
    const regression = new PowerRegression();
    const sled = new Sled(1, 60, { web: 6, db: 18, job: 11 });
    sled.teach(regression, ['web', 'db'], 30);
    const { wattsPerCore } = regression.split(sled.seen({ web: 2, db: 2 }));
    sled.teach(regression, ['web', 'db', 'job'], 1);
    const after = regression.split(sled.seen({ web: 2, db: 2, job: 1 }));
    near(after.wattsPerCore[0], wattsPerCore[0]!, 0.5);
    near(after.wattsPerCore[1], wattsPerCore[1]!, 0.5);
  });

  it('follows a workload whose work becomes dearer', () => {
    const regression = new PowerRegression();
    new Sled(1, 60, { web: 6, db: 18 }).teach(regression, ['web', 'db'], 30);
    const dearer = new Sled(1, 60, { web: 12, db: 18 });
    // its clock begins anew; time that goes back is no time
    dearer.teach(regression, ['web', 'db'], 90);
    const { wattsPerCore } = regression.split(dearer.seen({ web: 2, db: 2 }));
    near(wattsPerCore[0], 12, 1);
    near(wattsPerCore[1], 18, 1);
  });

  it('is never below 0, nor is the idle power, whatever comes', () => {
    const watts = fc.double({ min: 0, max: 600, noNaN: true });
    const cores = fc.double({ min: 0, max: 64, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(watts, cores, cores), { minLength: 1, maxLength: 40 }), (course) => {
        const regression = new PowerRegression();
        course.forEach(([powerW, web, db], i) => {
          const workloads = [
            { id: 'web', cpuRatio: web },
            { id: 'db', cpuRatio: db },
          ];
          const seen = { slot: 1, powerW, idlePowerW: BOARD_IDLE_W, workloads };
          regression.observe(i * 10, seen);
          const { idleW, wattsPerCore } = regression.split(seen);
          for (const value of [idleW, ...wattsPerCore]) assert.ok(value >= 0 && Number.isFinite(value), `${value}`);
        });
      }),
    );
  });

  it('is 0 for a workload that would have to draw less than nothing', () => {
    const regression = new PowerRegression();
    const sled = new Sled(1, 60, { web: 15, db: -3 });
    sled.teach(regression, ['web', 'db'], 60);
    const { wattsPerCore } = regression.split(sled.seen({ web: 1, db: 1 }));
    assert.equal(wattsPerCore[1], 0);
    near(wattsPerCore[0], 14, 2);
  });
});
