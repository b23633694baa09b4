import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readConfigurations } from '../../../src/board/entity-manager/configuration.ts';

const read = (text: string) => readConfigurations({ file: 'a.json', text });

describe('a configuration file', () => {
  it('may have comments of both kinds, and text that only looks like one', () => {
    const [one] = read(`// a board
      { "Name": "http://x /* y */", /* what
        is there */ "Exposes": [ { "Name": "T", "Type": "TMP75" } // the only one
        ] }`);
    assert.equal(one?.name, 'http://x /* y */');
    assert.deepEqual(
      one?.exposes.map(({ name, type }) => [name, type]),
      [['T', 'TMP75']],
    );
  });

  it('holds one configuration, or an array of them', () => {
    assert.equal(read('{"Name":"A","Exposes":[]}').length, 1);
    assert.deepEqual(
      read('[{"Name":"A","Exposes":{"Type":"BMC"}},{"Name":"B"}]').map(({ name, exposes }) => [name, exposes.length]),
      [
        ['A', 1],
        ['B', 0],
      ],
    );
  });

  it('that is no JSON is refused with the line, comments counted', () => {
    assert.throws(() => read('/* one\n two */\n{ "Name": "A",\n  "Exposes": [ }'), {
      code: 'bad-input',
      subject: 'a.json:4:16',
    });
    assert.throws(() => read('{}\n/* no end'), { code: 'bad-input', subject: 'a.json:2' });
  });

  it('that is something else is refused with the place', () => {
    assert.throws(() => read('[{"Exposes":[{"Type":"BMC"},{"Name":"T"}]}]'), {
      code: 'bad-input',
      subject: 'a.json at $[0].Exposes[1].Type',
    });
    assert.throws(() => read('7'), { code: 'bad-input', subject: 'a.json at $' });
  });
});
