import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ColdslotError } from '../../src/core/errors.ts';
import { MAX_JSON_BYTES, parseJsonText } from '../../src/board/json-text.ts';

function subjectOf(text: string): string {
  try {
    parseJsonText('f', text);
  } catch (error) {
    if (error instanceof ColdslotError) return `${error.subject} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('JSON text', () => {
  it('gives what JSON.parse gives, for whatever JSON there is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, 4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        assert.deepEqual(parseJsonText('f', text), JSON.parse(text));
      }),
    );
  });

  it('refuses what JSON.parse refuses, however the text is broken', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.string({ maxLength: 2 }), (value, at, put) => {
        const whole = JSON.stringify(value);
        const text = whole.slice(0, at % (whole.length + 1)) + put + whole.slice((at % (whole.length + 1)) + 1);
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (!valid) assert.match(subjectOf(text), /^f:\d+:\d+ not valid JSON: /);
      }),
      { numRuns: 500 },
    );
  });

  const broken: readonly [string, string][] = [
    ['{"a": 1,}', 'f:1:9 not valid JSON: expected a key in double quotes, found "}"'],
    ['[1 2]', 'f:1:4 not valid JSON: expected "," or "]", found "2"'],
    ['{"a" 1}', 'f:1:6 not valid JSON: expected ":" after the key, found "1"'],
    ['{"a": 1', 'f:1:8 not valid JSON: expected "," or "}", found the end'],
    ['{}\n{}', 'f:2:1 not valid JSON: expected the end of the file, found "{"'],
    ['[\n  nul]', 'f:2:3 not valid JSON: expected a value'],
    ['// x', 'f:1:1 not valid JSON: expected a value'],
    ['["a\tb"]', 'f:1:2 not valid JSON: expected a string, found "\\""'],
  ];
  for (const [text, expected] of broken) {
    it(`says where ${JSON.stringify(text)} is wrong`, () => assert.equal(subjectOf(text), expected));
  }

  it('refuses a key given twice, at any depth and however it is written', () => {
    for (const text of ['{"a": 1, "a": 1}', '[{"x": {"a": 1, "\\u0061" : 2}}]', '{"a":0,"b":"\\"a\\":","a":[]}']) {
      assert.match(subjectOf(text), /expected each key once, "a" is here again/, text);
    }
  });

  it('takes text in strings that only looks like keys', () => {
    assert.equal(subjectOf('{"a": "\\"a\\": 1, \\"a\\" :", "b": ["a", ":"], "": {"a": "\\\\"}}'), 'accepted');
  });

  it('refuses nesting without end', () => {
    assert.match(subjectOf('['.repeat(10_000)), /at most 32 levels/);
  });

  it('refuses a file that is too large before looking at it', () => {
    assert.match(subjectOf(' '.repeat(MAX_JSON_BYTES + 1)), /expected at most 4194304 bytes/);
  });
});
