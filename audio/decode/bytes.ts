/** Reading headers. All offsets are checked: a read past the end gives 0, and magic never matches there. */

export function hasAscii(bytes: Uint8Array, offset: number, text: string): boolean {
  if (offset < 0 || offset + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

export function uint16le(bytes: Uint8Array, offset: number): number {
  return byteAt(bytes, offset) | (byteAt(bytes, offset + 1) << 8);
}

export function int16le(bytes: Uint8Array, offset: number): number {
  return (uint16le(bytes, offset) << 16) >> 16;
}

export function uint32le(bytes: Uint8Array, offset: number): number {
  return uint16le(bytes, offset) + uint16le(bytes, offset + 2) * 0x1_0000;
}

/** As a float64, exact below 2^53. */
export function uint64le(bytes: Uint8Array, offset: number): number {
  return uint32le(bytes, offset) + uint32le(bytes, offset + 4) * 0x1_0000_0000;
}

export function uint16be(bytes: Uint8Array, offset: number): number {
  return (byteAt(bytes, offset) << 8) | byteAt(bytes, offset + 1);
}

export function uint32be(bytes: Uint8Array, offset: number): number {
  return (
    byteAt(bytes, offset) * 0x100_0000 +
    (byteAt(bytes, offset + 1) << 16) +
    (byteAt(bytes, offset + 2) << 8) +
    byteAt(bytes, offset + 3)
  );
}

export function byteAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}
