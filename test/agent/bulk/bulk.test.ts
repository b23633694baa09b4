import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import { whyLinkRefused, whyPathRefused, type BulkHeader } from '../../../src/agent/bulk/format.ts';
import { BulkListener } from '../../../src/agent/bulk/listener.ts';
import type { Admission } from '../../../src/agent/bulk/receiver.ts';
import { sendState } from '../../../src/agent/bulk/sender.ts';
import { walkState } from '../../../src/agent/bulk/state-walk.ts';
import { eventually } from '../world.ts';

const claims = { ticket: 't', move: 'm1', workload: 'web', epoch: 2 };

describe('bulk data between agents', () => {
  let root: string;
  let from: string;
  let to: string;
  let listener: BulkListener;
  let port: number;
  let received: { readonly bytes: number; readonly digest: string }[];
  let admit: (header: BulkHeader) => Promise<Admission>;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'coldslot-bulk-'));
    from = join(root, 'from');
    to = join(root, 'to');
    mkdirSync(from);
    received = [];
    admit = async () => ({
      kind: 'take',
      directory: to,
      signal: new AbortController().signal,
      received: async (bytes, digest) => void received.push({ bytes, digest }),
      ended: () => {},
    });
    listener = new BulkListener(
      (header) => admit(header),
      () => {},
    );
    port = await listener.listen('127.0.0.1', 0);
  });
  afterEach(async () => {
    await listener.close();
    rmSync(root, { recursive: true, force: true });
  });

  const send = (signal = new AbortController().signal) =>
    sendState({ directory: from, peer: { host: '127.0.0.1', port }, claims, signal, progress: () => {} });

  it('carries files, directories, modes, times and links', async () => {
    mkdirSync(join(from, 'a/b'), { recursive: true });
    writeFileSync(join(from, 'a/b/data'), Buffer.alloc(700_000, 'x'));
    writeFileSync(join(from, 'a/run'), '#!/bin/sh\n');
    chmodSync(join(from, 'a/run'), 0o750);
    writeFileSync(join(from, 'empty'), '');
    symlinkSync('../run', join(from, 'a/b/link'));
    chmodSync(join(from, 'a/b'), 0o500); // read-only: its mode must come last
    const shipped = await send();
    assert.deepEqual(received, [shipped]);
    assert.equal(shipped.bytes, 700_000 + 10);
    assert.ok(readFileSync(join(to, 'a/b/data')).equals(Buffer.alloc(700_000, 'x')));
    assert.equal(lstatSync(join(to, 'a/run')).mode & 0o777, 0o750);
    assert.equal(lstatSync(join(to, 'a/b')).mode & 0o777, 0o500);
    assert.equal(readlinkSync(join(to, 'a/b/link')), '../run');
    assert.equal(readFileSync(join(to, 'empty')).length, 0);
    const times = [from, to].map((folder) => Math.round(lstatSync(join(folder, 'a/run')).mtimeMs));
    assert.equal(times[0], times[1]);
  });

  it('refuses sockets, pipes and links that lead out, by name', async () => {
    const server = createServer().listen(join(from, 'control.sock'));
    await once(server, 'listening');
    await assert.rejects(walkState(from), /is a socket/);
    server.close();
    await once(server, 'close');
    symlinkSync('/etc/passwd', join(from, 'out'));
    await assert.rejects(walkState(from), /absolute path \/etc\/passwd/);
  });

  it('says the destination’s reason', async () => {
    admit = () => Promise.reject(new Error('not staged here'));
    await assert.rejects(send(), /not staged here/);
    writeFileSync(join(from, 'big'), Buffer.alloc(30_000_000));
    admit = async () => ({
      kind: 'take',
      directory: to,
      signal: new AbortController().signal,
      received: () => Promise.reject(new Error('ENOSPC: no space left on device')),
      ended: () => {},
    });
    await assert.rejects(send(), /ENOSPC/);
    assert.equal(existsSync(to), false);
  });

  it('is not sent again when the destination has it', async () => {
    writeFileSync(join(from, 'data'), 'abc');
    admit = async () => ({ kind: 'have', bytes: 3, digest: 'a'.repeat(64) });
    assert.deepEqual(await send(), { bytes: 3, digest: 'a'.repeat(64) });
    assert.deepEqual(received, []);
  });

  it('starts over after it was cut off, and leaves nothing of the first try', async () => {
    writeFileSync(join(from, 'data'), Buffer.alloc(5_000_000, 1));
    const stop = new AbortController();
    const ended = sendState({
      directory: from,
      peer: { host: '127.0.0.1', port },
      claims,
      signal: stop.signal,
      progress: () => stop.abort(),
    });
    await assert.rejects(ended, /given up because the Move was undone/);
    await eventually('the first try is gone', () => !existsSync(to));
    const { bytes } = await send();
    assert.equal(bytes, 5_000_000);
    assert.equal(received.length, 1);
  });

  it('takes nothing from a broken or hostile sender', async () => {
    const file = (path: string, body: string) => [
      `${entry({ type: 'file', path, mode: 420, modifiedMs: 0, size: body.length })}${body}`,
    ];
    const cases: [string, readonly string[], RegExp][] = [
      ['climbs', file('../x', 'evil'), /leaves the state directory/],
      ['climbs inside', file('a/../../x', 'evil'), /leaves the state directory/],
      ['absolute', file('/tmp/x', 'evil'), /leaves the state directory/],
      ['no parent', file('a/x', 'evil'), /comes before its directory/],
      ['twice', [...file('x', 'a'), ...file('x', 'b')], /comes twice/],
      [
        'through a link',
        [entry({ type: 'link', path: 'l', target: '.' }), ...file('l/x', 'evil')],
        /before its directory/,
      ],
      ['link out', [entry({ type: 'link', path: 'l', target: '../..' })], /points out of the state directory/],
      ['link by a detour', [entry({ type: 'link', path: 'l', target: 'a/../../b' })], /climbs after a name/],
      ['setuid', [entry({ type: 'file', path: 'x', mode: 0o4755, modifiedMs: 0, size: 0 })], /mode/],
      ['device', [entry({ type: 'device', path: 'x' })], /entry 1/],
      ['too many bytes', file('x', 'more than eight bytes'), /more than the 8 bytes announced/],
      ['too many entries', [...file('x', ''), ...file('y', ''), ...file('z', '')], /more than the 2 entries announced/],
      ['not JSON', ['{"type":\n'], /is not JSON/],
      ['long line', [`"${'x'.repeat(20_000)}"\n`], /longer than 16384 bytes/],
      [
        'wrong digest',
        [...file('x', 'abcd'), entry({ type: 'end', entries: 1, bytes: 4, digest: 'a'.repeat(64) })],
        /digest is wrong/,
      ],
      ['miscounted', [end([], 1, 0)], /miscounts/],
    ];
    for (const [name, parts, words] of cases) {
      const answers = await converse([header({ entries: 2, bytes: 8 }), ...parts]);
      assert.match(answers.at(-1) ?? '', words, name);
      assert.match(answers.at(-1) ?? '', /"answer":"refused"/, name);
      assert.equal(existsSync(to), false, name);
    }
    assert.equal(existsSync(join(root, 'x')), false);
    assert.deepEqual(received, []);
  });

  it('takes nothing from a stream that ends too early, wherever it ends', async () => {
    const body = `${entry({ type: 'directory', path: 'd', mode: 493 })}${entry({ type: 'file', path: 'd/x', mode: 420, modifiedMs: 0, size: 5 })}hello`;
    const whole = `${header({ entries: 2, bytes: 5 })}${body}${end([body], 2, 5)}`;
    for (let length = 0; length < whole.length; length += 9) {
      await converse([whole.slice(0, length)]);
      assert.equal(existsSync(to), false, `cut at ${length}`);
    }
    assert.deepEqual(received, []);
    await converse([whole]); // and the whole one is taken
    assert.equal(received.length, 1);
    assert.equal(readFileSync(join(to, 'd/x'), 'utf8'), 'hello');
  });

  it('survives noise', async () => {
    const random = seededRandom(42);
    for (let run = 0; run < 40; run++) {
      const noise = Buffer.from(Array.from({ length: random.int(400) }, () => random.int(256))).toString('latin1');
      await converse(run % 2 === 0 ? [noise] : [header({ entries: 9, bytes: 999 }), noise]);
    }
    assert.equal(existsSync(to), false);
    assert.deepEqual(received, []);
    writeFileSync(join(from, 'data'), 'fine');
    assert.equal((await send()).bytes, 4);
  });

  /** Says it all, ends, and returns the lines that came back. */
  async function converse(parts: readonly string[]): Promise<string[]> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.end(Buffer.from(parts.join(''), 'latin1'));
    await once(socket, 'close');
    return answer.split('\n').filter((line) => line !== '');
  }
});

function header(size: { readonly entries: number; readonly bytes: number }): string {
  return `${JSON.stringify({ format: 'coldslot-bulk/1', ...claims, ...size })}\n`;
}

function entry(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function end(parts: readonly string[], entries: number, bytes: number): string {
  const digest = createHash('sha256').update(parts.join('')).digest('hex');
  return entry({ type: 'end', entries, bytes, digest });
}

describe('paths and links of state', () => {
  it('stay inside', () => {
    for (const path of ['a', 'a/b', '..a', 'a..', '.hidden']) assert.equal(whyPathRefused(path), null, path);
    for (const path of ['', '/', '/a', 'a/', 'a//b', '.', '..', 'a/..', 'a/./b', '../a', 'a\0b', 'd/'.repeat(64) + 'd'])
      assert.notEqual(whyPathRefused(path), null, path);
  });

  it('may climb as far as the state directory and no further', () => {
    for (const [path, target] of [
      ['l', 'x'],
      ['a/l', '../x'],
      ['a/b/l', '../..'],
      ['l', './x/y'],
    ] as const)
      assert.equal(whyLinkRefused(path, target), null, `${path} → ${target}`);
    for (const [path, target] of [
      ['l', '..'],
      ['a/l', '../../x'],
      ['l', '/x'],
      ['a/l', 'x/../../..'],
      ['a/l', 'x/..'],
    ] as const)
      assert.notEqual(whyLinkRefused(path, target), null, `${path} → ${target}`);
  });
});
