import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, printable } from '../../../src/surfaces/console/cells.ts';
import { bytesInWords } from '../../../src/surfaces/console/move-lines.ts';
import { eventLine, stateLine } from '../../../src/surfaces/console/plain-view.ts';
import { bar, fit, span, wrap, type Line } from '../../../src/surfaces/console/styled-text.ts';
import { table } from '../../../src/surfaces/console/table.ts';
import { event, view } from '../sample-view.ts';

const textOf = (line: Line) => line.map((part) => part.text).join('');

describe('the width of text', () => {
  it('is a cell a character, two for East Asian wide ones and emoji, none for combining marks', () => {
    assert.equal(cellsOf('slot 3'), 6);
    assert.equal(cellsOf('°C −2 K →█'), 10);
    assert.equal(cellsOf('冷却'), 4);
    assert.equal(cellsOf('🔥'), 2);
    assert.equal(cellsOf('e\u0301'), 1);
  });

  it('is kept when it is cut: a wide character is not halved', () => {
    assert.equal(textOf(fit([span('冷却装置')], 6)), '冷却… ');
    assert.equal(textOf(fit([span('coldslot')], 6)), 'colds…');
    assert.equal(textOf(fit([span('cold')], 6)), 'cold  ');
    assert.equal(textOf(fit([span('cold')], 0)), '');
  });
});

it('what a terminal would act on is shown as a dot', () => {
  assert.equal(printable('a\u001b[31mb\nc\u202ed\u200be\u0085f'), 'a·[31mb·c·d·e·f');
  assert.equal(printable('\ud83d'), '·');
});

it('words are not broken, but for none that has a line of its own', () => {
  assert.deepEqual(wrap('slot 3 would reach 91.2 °C', 12), ['slot 3 would', 'reach 91.2', '°C']);
  assert.deepEqual(wrap('a incomprehensibilities b', 5), ['a', 'incomprehensibilities', 'b']);
});

it('a bar is empty at nothing, shows the least there is, and is never over-full', () => {
  assert.deepEqual(
    [bar(0, 4), bar(0.01, 4), bar(0.5, 4), bar(1, 4), bar(7, 4), bar(-1, 4)],
    ['░░░░', '█░░░', '██░░', '████', '████', '░░░░'],
  );
});

it('bytes are told in the unit that fits', () => {
  assert.deepEqual([0, 1023, 1024, 1258291, 5 * 2 ** 30, 2 ** 50].map(bytesInWords), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.2 MiB',
    '5.0 GiB',
    '1024.0 TiB',
  ]);
});

describe('a table', () => {
  it('pads its columns, has none that is empty, and nothing after the last word', () => {
    assert.equal(
      table(
        [
          ['fan0', '43 %', '', 'ok'],
          ['fan10', '100 %', '', ''],
        ],
        ['left', 'right'],
      ),
      'fan0  |  43 % | ok\nfan10 | 100 %',
    );
  });

  it('is nothing without rows', () => assert.equal(table([]), ''));
});

describe('where there is no terminal', () => {
  it('the state is one line', () => {
    assert.equal(
      stateLine(view()),
      'slots 1:61.0°C 2:62.0°C 3:87.3°C(hot) 4:64.0°C 5:65.0°C 6:66.0°C 7:67.0°C 8:68.0°C' +
        '  fans fan0:43% fan1:43% fan2:43%(degraded)  moves web:3→5(shipped)',
    );
  });

  it('an event is one line, whatever is in it', () => {
    assert.equal(
      eventLine(event(1, 'the health command said\nno', { severity: 'warning' })),
      '12:00:01 warning slot/3: the health command said·no',
    );
  });
});
