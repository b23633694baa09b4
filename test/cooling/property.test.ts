// What must hold for any course of readings.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { stepCooling, type CoolingInput } from '../../src/cooling/step.ts';
import type { NoReason, Reading } from '../../src/core/reading.ts';
import { config, Loop, readings, type Given } from './fixture.ts';

const reason = fc.constantFrom<NoReason>('absent', 'off', 'timeout', 'fault', 'implausible');
const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -40, max: 130, noNaN: true }) },
  { weight: 2, arbitrary: reason },
);
const given = fc.record({ cpu1: value, cpu2: value, board: value, power1: value, power2: value });
const seconds = fc.record({
  given,
  dtMs: fc.constantFrom(0, 1, 100, 1000, 1000, 5000, 60_000, -500),
  planned: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  manual: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 }),
  health: fc.constantFrom(0, 0.5, 1, 1, 1, 1),
  deaf: fc.constantFrom(true, false, false, false, false),
});
const courses = fc.array(seconds, { minLength: 1, maxLength: 40 });
const chassis = config({
  feedForwardPerW: 0.002,
  tables: [
    {
      sensor: 'board',
      hysteresisK: 3,
      steps: [
        { atC: 30, ratio: 0.3 },
        { atC: 40, ratio: 0.6 },
      ],
    },
  ],
});

function extra(second: { planned: number | null; manual: number | null; deaf: boolean }): Partial<CoolingInput> {
  return {
    plannedRatios: second.planned === null ? {} : { fan0: second.planned, fan1: second.planned / 2 },
    manualRatios: second.manual === null ? {} : { fan2: second.manual },
    deafFans: new Set(second.deaf ? ['fan1'] : []),
  };
}

function walk(
  course: readonly (typeof seconds extends fc.Arbitrary<infer T> ? T : never)[],
  look: (loop: Loop, given: Given) => void,
): void {
  const loop = new Loop(chassis);
  for (const second of course) {
    loop.extra = extra(second);
    loop.health = { fan1: second.health };
    loop.step(second.given, second.dtMs);
    look(loop, second.given);
  }
}

describe('for any course of readings, clocks, plans and operators', () => {
  it('every ratio is between the minimum and 1, and nothing becomes NaN', () => {
    fc.assert(
      fc.property(courses, (course) => {
        walk(course, (loop) => {
          for (const ratio of loop.last?.ratios.values() ?? []) assert.ok(ratio >= 0.2 && ratio <= 1, String(ratio));
          // JSON turns NaN and infinities into null, so a state that survives the way there and back holds neither
          const finite = { ...loop.state, fans: Object.entries(loop.state.fans).map(([id, fan]) => [id, fan.ratio]) };
          assert.ok(
            !JSON.stringify({ zones: finite.zones, tracks: finite.tracks, fans: finite.fans }).includes('null,'),
          );
          for (const zone of Object.values(loop.state.zones)) assert.ok(zone.integral >= 0 && zone.integral <= 1);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('a zone in failsafe is at its failsafe ratio in the same step, and in start-up at full speed', () => {
    fc.assert(
      fc.property(courses, (course) => {
        walk(course, (loop) => {
          const least = { startup: 1, failsafe: 0.9, control: 0.2, manual: 0.2 }[
            loop.last?.zones[0]?.mode ?? 'startup'
          ];
          for (const ratio of loop.last?.ratios.values() ?? []) assert.ok(ratio >= least);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('no fan falls faster than the slew', () => {
    fc.assert(
      fc.property(courses, (course) => {
        let before: { ratio: number; atMs: number } | null = null;
        walk(course, (loop) => {
          const now = { ratio: loop.ratio(), atMs: loop.state.atMs };
          if (before !== null) {
            assert.ok(before.ratio - now.ratio <= (0.02 * (now.atMs - before.atMs)) / 1000 + 1e-9);
          }
          before = now;
        });
      }),
      { numRuns: 200 },
    );
  });

  it('a hotter sensor never gives slower fans, from the same state', () => {
    fc.assert(
      fc.property(
        courses,
        given,
        fc.double({ min: 0, max: 60, noNaN: true }),
        fc.constantFrom('cpu1', 'cpu2', 'board'),
        (course, next, hotterK, which) => {
          const loop = new Loop(chassis);
          for (const second of course) {
            loop.extra = extra(second);
            loop.step(second.given, second.dtMs);
          }
          const base = next[which];
          if (typeof base !== 'number') return;
          const nowMs = loop.nowMs + 1000;
          const ratiosFor = (readingsNow: ReadonlyMap<string, Reading>) =>
            stepCooling(chassis, loop.state, {
              nowMs,
              readings: readingsNow,
              tachometers: new Map(),
              absentFans: new Set(),
              deafFans: new Set(),
              alertedSlots: new Set(),
              plannedRatios: {},
              manualRatios: {},
              ...loop.extra,
            }).ratios;
          const cooler = ratiosFor(readings(next, nowMs));
          const hotter = ratiosFor(readings({ ...next, [which]: base + hotterK }, nowMs));
          for (const [fan, ratio] of cooler)
            assert.ok((hotter.get(fan) ?? 0) >= ratio - 1e-12, `${fan} ${ratio} → ${hotter.get(fan)}`);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('the state is plain data: written as JSON and read back it goes on the same way', () => {
    const loop = new Loop(chassis);
    loop.run({ cpu1: 60, cpu2: 60, board: 35, power1: 100, power2: 'absent' }, 30);
    const copy = new Loop(chassis);
    copy.state = JSON.parse(JSON.stringify(loop.state)) as typeof loop.state;
    copy.nowMs = loop.nowMs;
    const next = { cpu1: 75, cpu2: 'timeout', board: 41, power1: 150, power2: 20 } as const;
    assert.deepEqual(copy.step(next).ratios, loop.step(next).ratios);
  });
});
