// oxlint-disable no-control-regex -- escape sequences are what is looked for
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { ChassisView, MoveStateName } from '../../../src/core/view.ts';
import { liveView } from '../../../src/surfaces/console/live-view.ts';
import { render, widthOf, type Line } from '../../../src/surfaces/console/styled-text.ts';
import { event, fan, move, plan, PLAN_REASON, slot, view, workload } from '../sample-view.ts';

const FOOTER = 'Ctrl-C ends';
const textOf = (line: Line) => line.map((part) => part.text).join('');
const screenOf = (shown: ChassisView, columns: number, rows: number) =>
  liveView(shown, { columns, rows }, FOOTER).map(textOf);

/** The screen as one text, lines joined, so that a sentence is found across a line break. */
const proseOf = (lines: readonly string[]) => lines.join(' ').replaceAll(/\s+/g, ' ');

const LARGER = view({
  workloads: [workload('web', 3, { state: 'moving' }), workload('db', 3), workload('cache', 6, { state: 'failed' })],
  moves: [move('m11', { workload: 'batch', to: 1, state: 'done', downtimeMs: 640 }), move('m12')],
});

describe('the live view on 80 × 24', () => {
  const lines = screenOf(LARGER, 80, 24);

  it('shows the chassis as it is laid out, each slot with its state as a word', () => {
    assert.deepEqual(lines.slice(0, 11), [
      ' coldslot Simulated chassis, eight sl…  air 25.0 °C  sleds 1603 W  main control ',
      '╭ 1 sled1 ──── ok ─╮╭ 2 sled2 ──── ok ─╮╭ 3 sled3 ─── hot ─╮╭ 4 sled4 ──── ok ─╮',
      '│ 61.0 °C  +24.0 K ││ 62.0 °C  +23.0 K ││ 87.3 °C   −2.3 K ││ 64.0 °C  +21.0 K │',
      '│ ██████░░░░ 181 W ││ ██████░░░░ 182 W ││ ██████████ 310 W ││ ██████░░░░ 184 W │',
      '│                  ││                  ││ →web        43 W ││                  │',
      '│                  ││                  ││ db          43 W ││                  │',
      '╰──────────────────╯╰──────────────────╯╰──────────────────╯╰──────────────────╯',
      '╭ 5 sled5 ──── ok ─╮╭ 6 sled6 ──── ok ─╮╭ 7 sled7 ──── ok ─╮╭ 8 sled8 ──── ok ─╮',
      '│ 65.0 °C  +20.0 K ││ 66.0 °C  +19.0 K ││ 67.0 °C  +18.0 K ││ 68.0 °C  +17.0 K │',
      '│ ███████░░░ 185 W ││ ███████░░░ 186 W ││ ███████░░░ 187 W ││ ███████░░░ 188 W │',
      '│ ←web        43 W ││ cache (fai… 43 W ││                  ││                  │',
    ]);
  });

  it('fills the bar from the temperature of the inlet to the limit', () => {
    // slot 1: 61 °C with 24 K to its limit of 85 °C, air at 27 °C: (61 − 27) / (85 − 27) = 0.59 of 10 cells is 6
    assert.match(lines[3] ?? '', /^│ █{6}░{4} 181 W │/);
  });

  it('shows fans, Moves with their way and progress, the plan’s reason and the events', () => {
    assert.deepEqual(lines.slice(13), [
      ' fan0 ███░░░░░  43 % 5230/5180  fan1 ███░░░░░  43 % 5230/5180                   ',
      ' fan2 ███░░░░░  43 % 5230/–    degraded                                         ',
      ' moves batch  slot 3 → 1  █████████ done       1.2 MiB  gap 0.64 s              ',
      '       web    slot 3 → 5  ████░░░░░ shipped    1.2 MiB                          ',
      ' plan  slot 3 would reach 91.2 °C (limit 85, margin 5); moving web (42.5 W) to  ',
      '       slot 5 lowers it by 8.1 K and saves 3.4 W of fans                        ',
      ' log   12:00:01  the guardian is connected                                      ',
      '       12:00:02  slot3_cpu is over its limit                                    ',
      ''.padEnd(80),
      ''.padEnd(80),
      ` ${FOOTER}`.padEnd(80),
    ]);
  });

  it('tells a hot slot by colour too', () => {
    const [, edge] = liveView(LARGER, { columns: 80, rows: 24 }, FOOTER);
    assert.ok(edge?.some((part) => part.style === 'bad' && part.text.includes(' hot ')));
    assert.ok(edge?.some((part) => part.style === 'good' && part.text.includes(' ok ')));
    assert.match(render(edge ?? [], true), /\u001b\[1;31m[^\u001b]* hot /);
    assert.doesNotMatch(render(edge ?? [], false), /\u001b/);
  });
});

describe('the live view on other terminals', () => {
  it('uses the room of 120 × 40: inlets, work with its power, more events', () => {
    const events = Array.from({ length: 30 }, (_, index) => event(index + 1, `event ${index + 1}`));
    const lines = screenOf({ ...LARGER, events }, 120, 40);
    assert.match(lines[3] ?? '', /^│ █+░+ in 27 °C 181 W ││/);
    assert.match(lines[4] ?? '', /│ →web {18}43 W │/);
    assert.ok(lines.includes('       12:00:30  event 30'.padEnd(120)));
    assert.ok(lines.filter((line) => /event \d+/.test(line)).length >= 12);
  });

  it('says where a slot will be in ten minutes, where there is room for it', () => {
    const prediction = { inS: 600, temperatureC: 64.6, lowC: 63, highC: 66 };
    const slots = LARGER.slots.map((entry) => (entry.slot === 1 ? { ...entry, prediction } : entry));
    assert.match(screenOf({ ...LARGER, slots }, 120, 40)[2] ?? '', /^│ 61\.0 °C → 65 +\+24\.0 K │/);
    assert.match(screenOf({ ...LARGER, slots }, 80, 24)[2] ?? '', /^│ 61\.0 °C +\+24\.0 K │/);
  });

  it('keeps arrows, the plan’s whole reason and the newest event on 60 × 20', () => {
    const lines = screenOf(LARGER, 60, 20);
    assert.match(lines[1] ?? '', /╭ 3 sled3 hot ╮/);
    assert.match(lines[4] ?? '', /│→web db/);
    assert.ok(proseOf(lines).includes(PLAN_REASON));
    assert.ok(lines.some((line) => line.includes('slot3_cpu is over its limit')));
  });

  it('gives each of 16 slots a line where cards have no room', () => {
    const slots = Array.from({ length: 16 }, (_, index) => slot(index + 1, { temperatureC: 60, marginK: 25 }));
    const layout = slots.map((entry, index) => ({ slot: entry.slot, row: Math.floor(index / 8), column: index % 8 }));
    const lines = screenOf(view({ slots, layout }), 80, 24);
    assert.equal(lines[1], '  1 sled1            60.0 °C +25.0 K ok   2 sled2            60.0 °C +25.0 K ok ');
    assert.ok(lines.some((line) => line.includes('16 sled16')));
    assert.ok(proseOf(lines).includes(PLAN_REASON));
  });

  it('shows the hottest where not even lines for all slots have room', () => {
    const slots = Array.from({ length: 64 }, (_, index) =>
      index === 60
        ? slot(61, { temperatureC: 91, marginK: -6, state: 'hot' })
        : slot(index + 1, { temperatureC: 60, marginK: 25 }),
    );
    const lines = screenOf(view({ slots, layout: [] }), 80, 24);
    assert.ok(lines.some((line) => /61 sled61 +91\.0 °C −6\.0 K hot/.test(line)));
    assert.ok(lines.some((line) => /\d+ more slots, all cooler/.test(line)));
  });

  it('sums up more fans than there is room for, and names the one that failed', () => {
    const fans = Array.from({ length: 24 }, (_, index) =>
      fan(`fan${index}`, index === 7 ? { state: 'failed', ratio: 1 } : { ratio: 0.43 + index / 100 }),
    );
    assert.ok(
      screenOf(view({ fans }), 80, 24).some((line) => line.includes('24 fans ████████ 43 to 100 %  fan7 failed')),
    );
  });

  it('shows neighbours that run alike together where not every fan has room, and a failed one by itself', () => {
    const fans = Array.from({ length: 24 }, (_, index) =>
      fan(
        `fan${index + 1}`,
        index === 7 ? { state: 'failed' } : { ratio: index < 16 ? 0.2 : 0.5, rpm: [3600 + index] },
      ),
    );
    const words = proseOf(screenOf(view({ fans }), 100, 40));
    assert.match(words, /fan1…fan7 \S+ 20 % 3600–3606 fan8 \S+ 43 % \S+ failed fan9…fan16 \S+ 20 % 3608–3615/);
    assert.match(words, /fan17…fan24 \S+ 50 % 3616–3623/);
  });

  it('divides a row of eight slots that does not fit evenly, with cards as wide as that allows', () => {
    const slots = Array.from({ length: 22 }, (_, index) => slot(index + 1));
    const layout = slots.map((entry, index) => ({
      slot: entry.slot,
      row: index < 8 ? 0 : index < 14 ? 1 : 2,
      column: index < 8 ? index : index < 14 ? index - 8 : index - 14,
    }));
    const cards = screenOf(view({ slots, layout, workloads: [], moves: [] }), 100, 40).filter((line) =>
      line.startsWith('╭'),
    );
    assert.deepEqual(
      cards.map((line) => line.match(/╭/g)?.length),
      [4, 4, 6, 4, 4],
    );
    assert.ok(cards.every((line) => line.indexOf('╮') === 15)); // 16 columns wide: six of them fit in 100
  });
});

describe('a slot with a leak', () => {
  const leaking = (power: 'on' | 'off') =>
    view({
      slots: [
        slot(1, {
          sled: { id: 'sled1', model: 'CS-1', power },
          ...(power === 'off' ? { temperatureC: null, marginK: null } : {}),
          state: 'unknown',
          reason: power === 'off' ? 'leak, power cut' : 'leak, its power is not off yet',
        }),
        ...[2, 3, 4, 5, 6, 7, 8].map((number) => slot(number)),
      ],
    });

  it('says so on its card, in the frame and in place of the temperature', () => {
    const cut = screenOf(leaking('off'), 100, 40);
    assert.match(cut.find((line) => line.includes('1 sled1')) ?? '', /^╭ 1 sled1 .*leak ─?╮/);
    assert.ok(cut.some((line) => line.includes('LEAK, cut')));
    assert.ok(screenOf(leaking('on'), 100, 40).some((line) => line.includes('LEAK, on!')));
  });

  it('is among the few slots that are shown where there is room for few', () => {
    assert.ok(screenOf(leaking('off'), 40, 12).some((line) => line.includes('LEAK, cut')));
  });
});

describe('the words of the live view', () => {
  it('say why the last Move was made once the plan has nothing left to move', () => {
    const reason = event(9, PLAN_REASON, { source: 'workload/web', code: 'move-hot-slot' });
    const lines = screenOf(
      view({ plan: plan({ moves: [] }), events: [reason, event(10, 'web has moved', { code: 'move-done' })] }),
      120,
      40,
    );
    assert.ok(lines.some((line) => line.startsWith(' plan  slot 3 would reach 91.2 °C')));
    assert.ok(proseOf(lines).includes('of fans (12:00:09)'));
  });

  it('say that there is no plan, or nothing to move, or no way', () => {
    const planLine = (part: Partial<ChassisView>) =>
      screenOf(view(part), 80, 24)
        .find((line) => line.startsWith(' plan'))
        ?.trimEnd();
    assert.equal(planLine({ plan: null }), ' plan  no plan yet');
    assert.equal(planLine({ plan: plan({ moves: [] }) }), ' plan  the work is where it should be');
    assert.equal(planLine({ plan: plan({ moves: [], status: 'infeasible' }) }), ' plan  no assignment keeps the rules');
  });

  it('break a long event between words, and end one that is too long after a whole word', () => {
    const text = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
    const lines = screenOf(view({ events: [event(1, text)] }), 80, 24);
    const from = lines.findIndex((line) => line.includes('word0 '));
    const shown = proseOf(lines.slice(from, from + 3));
    assert.match(shown, /^ log 12:00:01 (?:word\d+ )+… $/);
    assert.match(lines[from + 1] ?? '', /^ {17}word\d+ /);
  });

  it('warn when the guardian is lost, moves are off, or a zone is in failsafe', () => {
    const head = (part: Partial<ChassisView>) => screenOf(view(part), 80, 24)[0] ?? '';
    assert.match(head({ guardian: 'lost' }), /GUARDIAN LOST/);
    assert.match(head({ movesAllowed: false }), /moves off {2}main control/);
    const zone = { id: 'rear', mode: 'failsafe', ratio: 1, leadingSensor: null, worstMarginK: null } as const;
    const zones = Array.from({ length: 16 }, (_, index) => ({ ...zone, id: `zone${index}`, mode: 'control' as const }));
    assert.match(head({ zones: [...zones, zone] }), /rear failsafe/);
  });

  it('say why a slot has no temperature', () => {
    const odd = [
      slot(1, { sled: null, temperatureC: null, marginK: null, powerW: null, state: 'unknown' }),
      slot(2, { sled: { id: 'sled2', model: 'x', power: 'off' }, temperatureC: null, marginK: null, state: 'unknown' }),
      slot(3, { temperatureC: null, marginK: null, state: 'unknown' }),
    ];
    const layout = [1, 2, 3].map((number) => ({ slot: number, row: 0, column: number }));
    const lines = screenOf(view({ slots: odd, layout }), 80, 24);
    assert.match(lines[1] ?? '', /1 empty ─+╮.*2 sled2 ─+ unknown/);
    assert.match(lines[2] ?? '', /no sled.*off.*no reading/);
  });
});

describe('whatever the chassis', () => {
  const name = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('冷却', '🔥🔥', 'e\u0301', '\u001b[2J', 'a\nb', '\u202eevil', '\u{1F468}\u200D\u{1F469}', '\ud800'),
  );
  const number = fc.option(fc.double({ min: -300, max: 1e6, noNaN: true }));
  const states: MoveStateName[] = ['planned', 'frozen', 'committed', 'done', 'undoing', 'undone'];
  const anyView = fc
    .record({
      name,
      ambientC: number,
      slots: fc.array(
        fc.record({
          sled: fc.option(fc.record({ id: name, model: name, power: fc.constantFrom('on', 'off', 'unknown') })),
          temperatureC: number,
          marginK: number,
          inletC: number,
          powerW: number,
          state: fc.constantFrom('ok', 'warm', 'hot', 'unknown'),
        }),
        { maxLength: 64 },
      ),
      columnsOfChassis: fc.integer({ min: 1, max: 16 }),
      fans: fc.array(
        fc.record({
          id: name,
          ratio: fc.double({ min: 0, max: 1, noNaN: true }),
          rpm: fc.array(fc.option(fc.nat()), { maxLength: 4 }),
          state: fc.constantFrom('ok', 'degraded', 'failed', 'absent'),
        }),
        { maxLength: 64 },
      ),
      work: fc.array(fc.record({ id: name, slot: fc.integer({ min: 0, max: 10 }) }), { maxLength: 40 }),
      moves: fc.array(
        fc.record({ workload: name, state: fc.constantFrom(...states), error: fc.option(name), bytes: fc.nat() }),
        { maxLength: 12 },
      ),
      events: fc.array(name, { maxLength: 20 }),
      hasPlan: fc.boolean(),
    })
    .map((any) =>
      view({
        name: any.name,
        ambientC: any.ambientC,
        slots: any.slots.map((part, index) => slot(index, part)),
        layout: any.slots.map((_, index) => ({
          slot: index,
          row: Math.floor(index / any.columnsOfChassis),
          column: index % any.columnsOfChassis,
        })),
        fans: any.fans,
        workloads: any.work.map((entry) => workload(entry.id, entry.slot)),
        moves: any.moves.map((part, index) =>
          move(`m${index}`, { ...part, progress: { bytes: part.bytes, rounds: 1 } }),
        ),
        events: any.events.map((text, index) => event(index + 1, text)),
        plan: any.hasPlan ? plan() : null,
      }),
    );
  const size = fc.oneof(
    fc.constantFrom({ columns: 80, rows: 24 }, { columns: 120, rows: 40 }, { columns: 60, rows: 20 }),
    fc.record({ columns: fc.integer({ min: 1, max: 250 }), rows: fc.integer({ min: 1, max: 80 }) }),
  );

  it('fills the terminal exactly, with nothing that a terminal would act on', () => {
    fc.assert(
      fc.property(anyView, size, (shown, { columns, rows }) => {
        const lines = liveView(shown, { columns, rows }, FOOTER);
        assert.equal(lines.length, rows);
        for (const line of lines) {
          assert.equal(widthOf(line), columns, `«${textOf(line)}» is not ${columns} wide`);
          assert.doesNotMatch(textOf(line), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
        }
      }),
      { numRuns: 400 },
    );
  });
});
