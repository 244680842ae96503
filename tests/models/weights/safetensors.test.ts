/** Files of weights: what is read, what is written, and what is refused. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isChartlifeError } from '../../../contracts/errors.ts';
import { MAX_HEADER_BYTES } from '../../../models/weights/header.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  readSafetensorsHeader,
  type Safetensors,
  writeSafetensors,
} from '../../../models/weights/safetensors.ts';
import { goldenPath } from '../ast/golden.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-weights-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file with this header and so many bytes of zeros as data. */
function fileOf(header: unknown, numDataBytes = 0): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(numDataBytes)]);
}

const entry = (start: number, end: number, shape = [(end - start) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

const anyTensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain((shape) => {
  const numElements = shape.reduce((product, length) => product * length, 1);
  return fc
    .array(fc.float({ noNaN: true }), { minLength: numElements, maxLength: numElements })
    .map((values) => ({ shape, values: Float32Array.from(values) }));
});
const anyFile: fc.Arbitrary<Safetensors> = fc.record({
  tensors: fc
    .array(
      fc.tuple(
        fc.string().filter((name) => name !== '__metadata__'),
        anyTensor,
      ),
      { maxLength: 5 },
    )
    .map((pairs) => new Map(pairs)),
  metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }).map((record) => ({ ...record })),
});

describe('round trip', () => {
  it('gives back names, shapes, bits and metadata', () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        const bytes = encodeSafetensors(file);
        const read = decodeSafetensors(bytes, 'f');
        expect(
          new Map([...read.tensors].map(([name, { shape, values }]) => [name, { shape, values: [...values] }])),
        ).toEqual(
          new Map([...file.tensors].map(([name, { shape, values }]) => [name, { shape, values: [...values] }])),
        );
        expect(read.metadata).toEqual(file.metadata);
        expect(bytes.length % 4).toBe(0);
        expect(Number(Buffer.from(bytes).readBigUInt64LE()) % 8).toBe(0);
      }),
    );
  });

  it('has one order, however the tensors were put in', () => {
    const a = { shape: [1], values: Float32Array.of(1) };
    const b = { shape: [], values: Float32Array.of(2) };
    const forth = encodeSafetensors({
      tensors: new Map([
        ['a', a],
        ['b', b],
      ]),
      metadata: {},
    });
    expect(
      encodeSafetensors({
        tensors: new Map([
          ['b', b],
          ['a', a],
        ]),
        metadata: {},
      }),
    ).toEqual(forth);
  });

  it("reads the hub's and writes what it reads again", async () => {
    const read = await readSafetensors(goldenPath('ast_s10.hubnames.safetensors'));
    expect(read.metadata).toEqual({ names: 'transformers 4.x / hub checkpoint names', format: 'pt' });
    const copy = path.join(folder, 'new', 'copy.safetensors');
    await writeSafetensors(copy, read);
    expect(await readSafetensors(copy)).toEqual({ ...read, tensors: new Map([...read.tensors].sort()) });
    expect(await readdir(path.join(folder, 'new'))).toEqual(['copy.safetensors']);
  });

  it('refuses values that do not fit their shape, and the name of the metadata', () => {
    const wrong = new Map([['w', { shape: [2], values: new Float32Array(3) }]]);
    expect(() => encodeSafetensors({ tensors: wrong, metadata: {} })).toThrow('w: 3 values for [2]');
    const named = new Map([['__metadata__', { shape: [1], values: new Float32Array(1) }]]);
    expect(() => encodeSafetensors({ tensors: named, metadata: {} })).toThrow('no tensor can be called __metadata__');
  });
});

it('reads the head alone of a file', async () => {
  const { entries, metadata } = await readSafetensorsHeader(goldenPath('mp2_vit.safetensors'));
  expect(entries).toHaveLength(34);
  expect(entries.find(({ name }) => name === 'fc.weight')).toMatchObject({ dtype: 'F32', shape: [2, 32] });
  expect(metadata).toEqual({});
});

describe('element types', () => {
  const read = (dtype: string, data: Uint8Array, shape: number[]): number[] => {
    const file = Buffer.concat([fileOf({ w: entry(0, data.length, shape, dtype) }), data]);
    return [...(decodeSafetensors(file, 'f').tensors.get('w')?.values ?? [])];
  };
  const bytes = (values: Float64Array | Uint16Array | BigInt64Array): Uint8Array => new Uint8Array(values.buffer);

  it('float16', () => {
    const halves = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x7c00, 0xfc00, 0x7e00];
    const expected = [0, -0, 1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, Infinity, -Infinity, NaN];
    expect(read('F16', bytes(Uint16Array.from(halves)), [11])).toEqual(expected);
  });

  it('bfloat16', () => {
    const halves = [0x3f80, 0xc000, 0x7f80, 0x3e20];
    expect(read('BF16', bytes(Uint16Array.from(halves)), [4])).toEqual([1, -2, Infinity, 0.15625]);
  });

  it('float64 is rounded, int64 must be exact', () => {
    expect(read('F64', bytes(Float64Array.of(0.1, -3, Infinity)), [3])).toEqual([Math.fround(0.1), -3, Infinity]);
    expect(read('I64', bytes(BigInt64Array.of(-5n, 16777216n)), [2])).toEqual([-5, 16777216]);
    expect(() => read('F64', bytes(Float64Array.of(1, 1e300)), [2])).toThrow(/tensor w of f .* 1e\+300 at 1/);
    expect(() => read('I64', bytes(BigInt64Array.of(16777217n)), [1])).toThrow(/16777217 at 0/);
  });

  it('a known type that is no weight', () => {
    expect(() => read('U8', new Uint8Array(2), [2])).toThrow(/^tensor w of f \(byte \d+\) has the type U8$/);
  });
});

describe('refuses, with the place', () => {
  const huge = Buffer.alloc(64);
  huge.writeBigUInt64LE(2n ** 63n);

  it.each<[string, Uint8Array, string]>([
    ['a file without a length', Buffer.alloc(7), 'it has 7 bytes (byte 0)'],
    ['a length beyond the file', huge, `its header claims ${2n ** 63n} bytes, of 56 at most (byte 0)`],
    ['no JSON', fileOf('{"a":'), 'its header is no JSON (byte 8)'],
    ['text that is no UTF-8', Buffer.from(fileOf('{"a": 1}')).fill(0xff, 10, 11), 'its header is no JSON (byte 8)'],
    ['a byte order mark', fileOf('\uFEFF{}'), 'its header is no JSON (byte 8)'],
    [
      'a name twice, for the same data',
      fileOf(`{"w":${JSON.stringify(entry(0, 4, [1]))},"w":${JSON.stringify(entry(0, 4, [1, 1]))}}`, 4),
      'its header gives one name to several tensors (byte 8)',
    ],
    [
      'a name twice, once in other letters',
      fileOf(`{"w":${JSON.stringify(entry(0, 4, [1]))},"\\u0077":${JSON.stringify(entry(0, 4, [1]))}}`, 4),
      'its header gives one name to several tensors (byte 8)',
    ],
    ['a list', fileOf([]), 'its header is no JSON object (byte 8)'],
    ['an entry that is none', fileOf({ w: 3 }), 'tensor w has no dtype (byte 8)'],
    [
      'an unknown type',
      fileOf({ w: entry(0, 4, [1], 'toString') }, 4),
      'tensor w has the unknown type toString (byte 8)',
    ],
    ['a negative length', fileOf({ w: entry(0, 4, [-1]) }, 4), 'tensor w has the shape [-1] (byte 8)'],
    [
      'seven axes',
      fileOf({ w: entry(0, 4, [1, 1, 1, 1, 1, 1, 1]) }, 4),
      'tensor w has the shape [1,1,1,1,1,1,1] (byte 8)',
    ],
    [
      'an offset that is no number',
      fileOf({ w: { dtype: 'F32', shape: [], data_offsets: [0, '4'] } }, 4),
      'tensor w has the data_offsets [0,"4"] (byte 8)',
    ],
    [
      'a size that is not the shape’s',
      fileOf({ w: entry(0, 4, [2]) }, 4),
      'tensor w has 4 bytes of data where F32 [2] needs another number (byte 8)',
    ],
    [
      'a product beyond whole numbers',
      fileOf({ w: entry(0, 4, [2 ** 50, 2 ** 50]) }, 4),
      'tensor w has 4 bytes of data where F32 [1125899906842624, 1125899906842624] needs another number (byte 8)',
    ],
    ['data that overlap', fileOf({ a: entry(0, 8), b: entry(4, 12) }, 12), 'the data of b overlap others (byte 120)'],
    ['data after a gap', fileOf({ a: entry(4, 8) }, 8), 'the data of a follow a gap (byte '],
    ['data that the file lacks', fileOf({ a: entry(0, 8) }, 4), 'its tensors end at 70 and the file at 66 (byte 70)'],
    ['data that nobody claims', fileOf({ a: entry(0, 4) }, 8), 'its tensors end at 66 and the file at 70 (byte 66)'],
    [
      'metadata that are no texts',
      fileOf({ __metadata__: { step: 3 } }),
      'its __metadata__ is no record of texts (byte 8)',
    ],
  ])('%s', (_name, bytes, why) => {
    expect(() => decodeSafetensors(bytes, 'w.safetensors')).toThrow(
      `w.safetensors is no sound safetensors file: ${why}`,
    );
  });

  it('a header longer than any', () => {
    const file = new Uint8Array(MAX_HEADER_BYTES + 20);
    new DataView(file.buffer).setBigUint64(0, BigInt(MAX_HEADER_BYTES + 1), true);
    expect(() => decodeSafetensors(file, 'f')).toThrow(
      `claims ${MAX_HEADER_BYTES + 1} bytes, of ${MAX_HEADER_BYTES} at most`,
    );
  });

  it('keys like the format’s own are names like others', () => {
    const header = { data_offsets: entry(0, 4, [1]), 'a":b{': entry(4, 8, [1]), __metadata__: { data_offsets: 'x:{' } };
    expect([...decodeSafetensors(fileOf(header, 8), 'f').tensors.keys()]).toEqual(['data_offsets', 'a":b{']);
  });

  it('a tensor called __proto__ is a tensor like others', () => {
    const file = fileOf(`{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4);
    expect([...decodeSafetensors(file, 'f').tensors.keys()]).toEqual(['__proto__']);
  });
});

describe('changed bytes', () => {
  const sound = encodeSafetensors({
    tensors: new Map([
      ['a.weight', { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['b.bias', { shape: [2], values: Float32Array.of(7, 8) }],
    ]),
    metadata: { format: 'pt' },
  });
  /** Read, or refused with an error of ours. */
  async function settle(bytes: Uint8Array): Promise<void> {
    try {
      decodeSafetensors(bytes, 'f');
    } catch (error) {
      expect(isChartlifeError(error, 'InvalidInput') ? '' : error).toBe('');
    }
  }

  it('are read or refused, never worse', async () => {
    const change = fc.record({ at: fc.nat(sound.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(sound.length)),
        async (changes, cut) => {
          const bytes = Uint8Array.from(sound);
          for (const { at, byte } of changes) bytes[at] = byte;
          await settle(bytes.subarray(0, cut ?? bytes.length));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('are so in any header of JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(64), (header, size) =>
        settle(fileOf(header, size)),
      ),
    );
  });

  it('of a cut file are refused by the head’s reader too', async () => {
    const file = path.join(folder, 'cut.safetensors');
    for (const numBytes of [0, 5, 8, 40, sound.length - 1]) {
      await writeFile(file, sound.subarray(0, numBytes));
      await expect(readSafetensorsHeader(file)).rejects.toThrow(`${file} is no sound safetensors file`);
    }
    await writeFile(file, sound);
    expect((await readSafetensorsHeader(file)).entries.map(({ name }) => name)).toEqual(['a.weight', 'b.bias']);
    expect(await readFile(file)).toHaveLength(sound.length);
  });
});
