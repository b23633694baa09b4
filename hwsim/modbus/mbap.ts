// Frames of Modbus on TCP: transaction, protocol 0, length, unit, then the PDU. Messaging on TCP/IP V1.0b, 3.1.3.
import { MAX_PDU_BYTES } from './pdu.ts';

export interface MbapFrame {
  readonly transaction: number;
  readonly unit: number;
  readonly pdu: Uint8Array;
}

const HEADER_BYTES = 7;

export function encodeMbap({ transaction, unit, pdu }: MbapFrame): Uint8Array {
  const length = pdu.length + 1;
  return Uint8Array.of(transaction >> 8, transaction & 0xff, 0, 0, length >> 8, length & 0xff, unit, ...pdu);
}

/** Cuts a stream into frames. Holds no more than one frame that is not complete. */
export class MbapSplitter {
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * The frames that are complete with this chunk.
   * @throws Error when the stream is not Modbus: there is no way back into step then
   */
  push(chunk: Uint8Array): MbapFrame[] {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const view = new DataView(bytes.buffer);
    const frames: MbapFrame[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      if (view.getUint16(at + 2) !== 0) throw new Error(`protocol ${view.getUint16(at + 2)} is not Modbus`);
      const length = view.getUint16(at + 4);
      if (length < 2 || length > MAX_PDU_BYTES + 1)
        throw new Error(`a length of ${length} is not 2 to ${MAX_PDU_BYTES + 1}`);
      const end = at + HEADER_BYTES - 1 + length;
      if (end > bytes.length) break;
      const pdu = bytes.slice(at + HEADER_BYTES, end);
      frames.push({ transaction: view.getUint16(at), unit: bytes[at + 6] ?? 0, pdu });
      at = end;
    }
    this.#rest = bytes.slice(at);
    return frames;
  }
}
