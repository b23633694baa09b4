// oxlint-disable no-control-regex -- escape sequences are what is looked for
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { liveView } from '../../../src/surfaces/console/live-view.ts';
import { Screen } from '../../../src/surfaces/console/screen.ts';
import { span, type Line } from '../../../src/surfaces/console/styled-text.ts';
import { slot, view } from '../sample-view.ts';
import { Terminal } from './terminal.ts';

const SIZE = { columns: 80, rows: 24 };
const frame = (shown = view()) => liveView(shown, SIZE, 'Ctrl-C ends');
const textOf = (line: Line) => line.map((part) => part.text).join('');

describe('the screen', () => {
  it('shows every line to its last column', () => {
    const terminal = new Terminal(80, 24);
    new Screen(terminal, true).draw(frame());
    assert.deepEqual(terminal.lines(), frame().map(textOf));
    assert.ok(terminal.isAlternate && !terminal.isCursorShown);
  });

  it('writes only the lines that changed, in one write, without clearing', () => {
    const terminal = new Terminal(80, 24);
    const screen = new Screen(terminal, true);
    screen.draw(frame());
    const changed = view({ slots: [slot(1, { temperatureC: 61.5 }), ...view().slots.slice(1)] });
    screen.draw(frame(changed));
    assert.equal(terminal.writes.length, 2);
    assert.doesNotMatch(terminal.writes[1] ?? '', /\u001b\[(?:2J|K|\?)/);
    assert.deepEqual(terminal.writes[1]?.match(/\u001b\[\d+;1H/g), ['\u001b[3;1H']); // the temperatures of the first row
    assert.deepEqual(terminal.lines(), frame(changed).map(textOf));
  });

  it('writes nothing when nothing changed', () => {
    const terminal = new Terminal(80, 24);
    const screen = new Screen(terminal, true);
    screen.draw(frame());
    screen.draw(frame());
    assert.equal(terminal.writes.length, 1);
  });

  it('draws all of it again after the size changed', () => {
    const terminal = new Terminal(80, 24);
    const screen = new Screen(terminal, true);
    screen.draw(frame());
    screen.invalidate();
    screen.draw(frame());
    assert.match(terminal.writes[1] ?? '', /\u001b\[2J/);
    assert.deepEqual(terminal.lines(), frame().map(textOf));
  });

  it('without colour has no colours', () => {
    const terminal = new Terminal(80, 24);
    new Screen(terminal, false).draw(frame());
    assert.doesNotMatch(terminal.writes.join(''), /\u001b\[[\d;]*m/);
    assert.deepEqual(terminal.lines(), frame().map(textOf));
  });

  it('gives the terminal back, once', () => {
    const terminal = new Terminal(10, 1);
    const screen = new Screen(terminal, true);
    screen.leave();
    assert.deepEqual(terminal.writes, []);
    screen.draw([[span('x'.repeat(10))]]);
    screen.leave();
    screen.leave();
    assert.equal(terminal.writes.length, 2);
    assert.ok(!terminal.isAlternate && terminal.isCursorShown);
  });
});
