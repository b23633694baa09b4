// A transfer as the calls of the i2c-bus package that put it on the wire, so that it can be made synchronously or in
// libuv's pool. A register read is one SMBus or I2C block transaction with a repeated start (SMBus 3.1, 6.5).

/** Linux' I2C_SMBUS_BLOCK_MAX. */
const MAX_BLOCK_BYTES = 32;

/** Words have their low byte first on the wire. */
export type Step =
  | { readonly call: 'receiveByte' }
  | { readonly call: 'readByte'; readonly command: number }
  | { readonly call: 'readWord'; readonly command: number }
  | { readonly call: 'readBlock'; readonly command: number; readonly length: number }
  | { readonly call: 'i2cRead'; readonly length: number }
  | { readonly call: 'quick' }
  | { readonly call: 'sendByte'; readonly byte: number }
  | { readonly call: 'writeByte'; readonly command: number; readonly byte: number }
  | { readonly call: 'writeWord'; readonly command: number; readonly word: number }
  | { readonly call: 'i2cWrite'; readonly bytes: Uint8Array };

/** The last step gives what is read. */
export function stepsOf(write: Uint8Array, readLength: number): readonly Step[] {
  if (readLength === 0) return [sending(write)];
  const [command] = write;
  if (command === undefined) return [receiving(readLength)];
  if (write.length > 1 || readLength > MAX_BLOCK_BYTES) {
    // two transactions; the chips that need it (EEPROMs) keep their pointer over the stop
    return [{ call: 'i2cWrite', bytes: write }, receiving(readLength)];
  }
  if (readLength === 1) return [{ call: 'readByte', command }];
  if (readLength === 2) return [{ call: 'readWord', command }];
  return [{ call: 'readBlock', command, length: readLength }];
}

/** Up to three bytes go as the SMBus call with the same bits on the wire, so adapters that only speak SMBus do as well. */
function sending(write: Uint8Array): Step {
  const [command, low, high] = write;
  if (command === undefined) return { call: 'quick' };
  if (low === undefined) return { call: 'sendByte', byte: command };
  if (high === undefined) return { call: 'writeByte', command, byte: low };
  if (write.length === 3) return { call: 'writeWord', command, word: low | (high << 8) };
  return { call: 'i2cWrite', bytes: write };
}

function receiving(length: number): Step {
  return length === 1 ? { call: 'receiveByte' } : { call: 'i2cRead', length };
}

/** Here and below: several times as fast as `Uint8Array.of`. */
export function byteBytes(byte: number): Uint8Array {
  const bytes = new Uint8Array(1);
  bytes[0] = byte;
  return bytes;
}

export function wordBytes(word: number): Uint8Array {
  const bytes = new Uint8Array(2);
  bytes[0] = word & 0xff;
  bytes[1] = word >> 8;
  return bytes;
}

/** @throws Error when the adapter moved fewer bytes than it should */
export function completeRead(buffer: Buffer, received: number): Uint8Array {
  if (received !== buffer.length) throw new Error(`only ${received} of ${buffer.length} bytes came back`);
  return new Uint8Array(buffer);
}

/** @throws Error when the adapter moved fewer bytes than it should */
export function completeWrite(bytes: Uint8Array, sent: number): Uint8Array {
  if (sent !== bytes.length) throw new Error(`only ${sent} of ${bytes.length} bytes were written`);
  return NOTHING;
}

export const NOTHING = new Uint8Array(0);
