import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseArguments } from '../../src/cli/arguments.ts';
import { command, findCommand } from '../../src/cli/command.ts';
import { argumentsIn, parseForm } from '../../src/cli/form.ts';
import { ColdslotError } from '../../src/core/errors.ts';

const KNOWN = { flags: new Set(['--json', '--help', '--apply']), values: new Set(['--socket', '--seed']) };
const parse = (...argv: string[]) => parseArguments(argv, KNOWN);

describe('the command line', () => {
  it('is words, flags and values, in any order', () => {
    const { words, flags, values } = parse('--json', 'move', '--socket', 'a b', 'web', '--seed=7', '3', '-h');
    assert.deepEqual(words, ['move', 'web', '3']);
    assert.deepEqual([...flags], ['--json', '--help']);
    assert.deepEqual(
      [...values],
      [
        ['--socket', 'a b'],
        ['--seed', '7'],
      ],
    );
  });

  it('takes a negative number and a single dash for words, and an empty value for a value', () => {
    assert.deepEqual(parse('-5', '-').words, ['-5', '-']);
    assert.equal(parse('--seed=').values.get('--seed'), '');
  });

  it('gives a list every word up to the next option, and what is given again', () => {
    const lists = new Set(['--from']);
    const parsed = parseArguments(['import', '--from', 'a', 'b', '--json', '--from=c', '--seed', '7'], {
      ...KNOWN,
      lists,
    });
    assert.deepEqual(parsed.words, ['import']);
    assert.deepEqual([...parsed.lists], [['--from', ['a', 'b', 'c']]]);
    assert.throws(() => parseArguments(['--from', '--json'], { ...KNOWN, lists }), { code: 'usage' });
  });

  it('is refused with an option twice, without its value, or that is none', () => {
    for (const argv of [
      ['--seed', '1', '--seed', '2'],
      ['--seed'],
      ['--seed', '--json'],
      ['--turbo'],
      ['-x'],
      ['--json=1'],
    ])
      assert.throws(() => parse(...argv), { code: 'usage' });
  });

  it('is parsed or refused as wrong usage, whatever it is, and no word is lost', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--json', '--socket', '--seed=1', '--apply', 'plan', '-h', '--', '--='),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        try {
          const { words } = parse(...argv);
          assert.ok(words.every((entry) => argv.includes(entry)));
          assert.ok(argv.every((entry) => /^-[^\d]/.test(entry) || words.includes(entry) || argv.includes('--socket')));
        } catch (error) {
          assert.ok(error instanceof ColdslotError && error.code === 'usage', String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the form of a command', () => {
  it('says its words and options', () => {
    assert.deepEqual(parseForm('fan auto [FAN] --file F [--seed N] [--apply]'), {
      text: 'fan auto [FAN] --file F [--seed N] [--apply]',
      words: [
        { kind: 'literal', text: 'fan' },
        { kind: 'literal', text: 'auto' },
        { kind: 'argument', isOptional: true },
      ],
      options: [
        { name: '--file', takesValue: true, isList: false, isRequired: true },
        { name: '--seed', takesValue: true, isList: false, isRequired: false },
        { name: '--apply', takesValue: false, isList: false, isRequired: false },
      ],
    });
  });

  it('says which options take several values', () => {
    const { options } = parseForm('board import --from F… [--set K=V…]');
    assert.deepEqual(options, [
      { name: '--from', takesValue: true, isList: true, isRequired: true },
      { name: '--set', takesValue: true, isList: true, isRequired: false },
    ]);
  });

  it('finds its arguments, or that other words were meant', () => {
    const form = parseForm('fan auto [FAN]');
    assert.deepEqual(argumentsIn(form, ['fan', 'auto', 'fan0']), ['fan0']);
    assert.deepEqual(argumentsIn(form, ['fan', 'auto']), []);
    assert.equal(argumentsIn(form, ['fan']), null);
    assert.equal(argumentsIn(form, ['fan', 'set', 'fan0']), null);
    assert.equal(argumentsIn(form, ['fan', 'auto', 'fan0', 'fan1']), null);
  });
});

describe('the command that is meant', () => {
  const nothing = () => ({ json: null, text: '' });
  const commands = ['move WORKLOAD SLOT', 'move show ID', 'plan [--apply]', 'plan --seed N'].map((form) =>
    command(form, '', nothing),
  );
  const meant = (...argv: string[]) => findCommand(commands, parse(...argv)).command.form.text;

  it('is the one with more words that are typed as they stand', () => {
    assert.equal(meant('move', 'show', 'm1'), 'move show ID');
    assert.equal(meant('move', 'web', '3'), 'move WORKLOAD SLOT');
  });

  it('is the one that takes the options', () => {
    assert.equal(meant('plan', '--apply', '--json'), 'plan [--apply]');
    assert.equal(meant('plan', '--seed', '3'), 'plan --seed N');
    assert.throws(() => meant('plan', '--seed', '3', '--apply'), /does not belong here/);
  });
});
