// A device's answer to one request, without address and checksum: Modbus Application Protocol V1.1b3, functions 3 and 4
// (read), 6 and 16 (write), exceptions as the state diagrams of 6.3, 6.4, 6.6 and 6.12 order them.

/** What answers: the registers of one device. Addresses are those on the wire, from 0. */
export interface RegisterFile {
  /** @returns one value for each register, or null when one of them is not there */
  read(address: number, count: number): readonly number[] | null;
  /** @returns why not: one of them is not there or takes no such value, and then none was written; null = they were */
  write(address: number, values: readonly number[]): ModbusException | null;
}

export const modbusExceptions = {
  illegalFunction: 0x01,
  illegalAddress: 0x02,
  illegalValue: 0x03,
  deviceFailure: 0x04,
  /** A gateway's word for a device that does not answer. */
  noAnswer: 0x0b,
} as const;

export type ModbusException = (typeof modbusExceptions)[keyof typeof modbusExceptions];

export const MAX_PDU_BYTES = 253;
const MAX_READ = 125;
const MAX_WRITE = 123;
const EXCEPTION_BIT = 0x80;

export function exceptionPdu(functionCode: number, exception: ModbusException): Uint8Array {
  return Uint8Array.of(functionCode | EXCEPTION_BIT, exception);
}

/** `pdu` has at least its function code. A device that throws has failed: exception 4. */
export function answerPdu(device: RegisterFile, pdu: Uint8Array): Uint8Array {
  const functionCode = pdu[0] ?? 0;
  try {
    switch (functionCode) {
      case 0x03:
      case 0x04:
        return read(device, functionCode, pdu);
      case 0x06:
        return writeOne(device, pdu);
      case 0x10:
        return writeSeveral(device, pdu);
      default:
        return exceptionPdu(functionCode & ~EXCEPTION_BIT, modbusExceptions.illegalFunction);
    }
  } catch {
    return exceptionPdu(functionCode, modbusExceptions.deviceFailure);
  }
}

/** Whether a request writes: the only kind that may be broadcast. */
export function isWrite(pdu: Uint8Array): boolean {
  return pdu[0] === 0x06 || pdu[0] === 0x10;
}

function read(device: RegisterFile, functionCode: number, pdu: Uint8Array): Uint8Array {
  const address = word(pdu, 1);
  const count = word(pdu, 3);
  if (pdu.length !== 5 || count < 1 || count > MAX_READ) {
    return exceptionPdu(functionCode, modbusExceptions.illegalValue);
  }
  const values = device.read(address, count);
  if (values === null) return exceptionPdu(functionCode, modbusExceptions.illegalAddress);
  return Uint8Array.of(functionCode, 2 * count, ...values.flatMap((value) => [value >> 8, value & 0xff]));
}

function writeOne(device: RegisterFile, pdu: Uint8Array): Uint8Array {
  if (pdu.length !== 5) return exceptionPdu(0x06, modbusExceptions.illegalValue);
  const refused = device.write(word(pdu, 1), [word(pdu, 3)]);
  return refused === null ? Uint8Array.from(pdu) : exceptionPdu(0x06, refused);
}

function writeSeveral(device: RegisterFile, pdu: Uint8Array): Uint8Array {
  const count = word(pdu, 3);
  const isWhole = pdu[5] === 2 * count && pdu.length === 6 + 2 * count;
  if (!isWhole || count < 1 || count > MAX_WRITE) return exceptionPdu(0x10, modbusExceptions.illegalValue);
  const values = Array.from({ length: count }, (_, i) => word(pdu, 6 + 2 * i));
  const refused = device.write(word(pdu, 1), values);
  return refused === null ? Uint8Array.from(pdu.subarray(0, 5)) : exceptionPdu(0x10, refused);
}

function word(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}
