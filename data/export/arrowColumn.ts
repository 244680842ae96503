/**
 * DuckDB's columns as Arrow's, value for value: the fixed-width types as DuckDB's own Arrow export has them
 * (HUGEINT is Decimal(38, 0)), lists and structs by their parts, and whatever Arrow has no exact type for as text.
 *
 * Buffers are filled here rather than by apache-arrow's builders, which take instants as milliseconds and would lose
 * microseconds.
 */
import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  makeData,
  Struct,
  TimestampMicrosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import { cellText } from './cellText.ts';

/** One column's Arrow type, and the way from its values to Arrow's buffers. */
export interface ArrowColumn {
  readonly type: DataType;
  toData(values: readonly DuckDBValue[]): Data;
}

interface Validity {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array;
}

/** One bit a value, the least significant first; 1 = there is a value. */
function validityOf(values: readonly DuckDBValue[]): Validity {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  values.forEach((value, i) => {
    if (value === null) nullCount += 1;
    else nullBitmap[i >> 3]! |= 1 << (i & 7);
  });
  return { nullCount, nullBitmap };
}

/** Which type a column claims and which value it holds are DuckDB's to keep in step. */
function unexpected(value: DuckDBValue, type: DataType): TypeError {
  return new TypeError(`a column of Arrow type ${type} holds ${String(value)}`);
}

function numberOf(value: DuckDBValue, type: DataType): number {
  if (value === null) return 0;
  if (typeof value === 'number') return value;
  if (value instanceof DuckDBDateValue) return value.days;
  throw unexpected(value, type);
}

function bigintOf(value: DuckDBValue, type: DataType): bigint {
  if (value === null) return 0n;
  if (typeof value === 'bigint') return value;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBDecimalValue) return value.value;
  throw unexpected(value, type);
}

type NumberArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array;

function numbers(type: DataType, allocate: (length: number) => NumberArray): ArrowColumn {
  return {
    type,
    toData(values) {
      const data = allocate(values.length);
      values.forEach((value, i) => {
        data[i] = numberOf(value, type);
      });
      return makeData({ type, length: values.length, ...validityOf(values), data } as Parameters<typeof makeData>[0]);
    },
  };
}

function bigints(type: DataType, allocate: (length: number) => BigInt64Array | BigUint64Array): ArrowColumn {
  return {
    type,
    toData(values) {
      const data = allocate(values.length);
      values.forEach((value, i) => {
        data[i] = bigintOf(value, type);
      });
      return makeData({ type, length: values.length, ...validityOf(values), data } as Parameters<typeof makeData>[0]);
    },
  };
}

/** 128-bit two's complement, as four 32-bit words, the least significant first. */
function decimals(precision: number, scale: number): ArrowColumn {
  const type = new Decimal(scale, precision, 128);
  return {
    type,
    toData(values) {
      const data = new Uint32Array(values.length * 4);
      values.forEach((value, i) => {
        const bits = BigInt.asUintN(128, bigintOf(value, type));
        for (let word = 0; word < 4; word += 1) {
          data[i * 4 + word] = Number((bits >> BigInt(32 * word)) & 0xffff_ffffn);
        }
      });
      return makeData({ type, length: values.length, ...validityOf(values), data });
    },
  };
}

function booleans(): ArrowColumn {
  const type = new Bool();
  return {
    type,
    toData(values) {
      const data = new Uint8Array(Math.ceil(values.length / 8));
      values.forEach((value, i) => {
        if (value === true) data[i >> 3]! |= 1 << (i & 7);
      });
      return makeData({ type, length: values.length, ...validityOf(values), data });
    },
  };
}

/** Values of varying length behind each other, and where each begins. */
function concatenate(parts: readonly Uint8Array[]): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(parts.length + 1);
  parts.forEach((part, i) => {
    valueOffsets[i + 1] = valueOffsets[i]! + part.length;
  });
  return { valueOffsets, data: Buffer.concat(parts) };
}

function texts(): ArrowColumn {
  const type = new Utf8();
  return {
    type,
    toData(values) {
      const parts = values.map((value) => Buffer.from(value === null ? '' : cellText(value), 'utf8'));
      return makeData({ type, length: values.length, ...validityOf(values), ...concatenate(parts) });
    },
  };
}

function blobs(): ArrowColumn {
  const type = new Binary();
  return {
    type,
    toData(values) {
      const parts = values.map((value) => {
        if (value === null) return new Uint8Array(0);
        if (value instanceof DuckDBBlobValue) return value.bytes;
        throw unexpected(value, type);
      });
      return makeData({ type, length: values.length, ...validityOf(values), ...concatenate(parts) });
    },
  };
}

function lists(itemType: DuckDBType): ArrowColumn {
  const item = arrowColumn(itemType);
  const type = new List(new Field('item', item.type, true));
  return {
    type,
    toData(values) {
      const valueOffsets = new Int32Array(values.length + 1);
      const items: DuckDBValue[] = [];
      values.forEach((value, i) => {
        if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) items.push(...value.items);
        else if (value !== null) throw unexpected(value, type);
        valueOffsets[i + 1] = items.length;
      });
      return makeData({ type, length: values.length, ...validityOf(values), valueOffsets, child: item.toData(items) });
    },
  };
}

function structs(entryNames: readonly string[], entryTypes: readonly DuckDBType[]): ArrowColumn {
  const entries = entryTypes.map(arrowColumn);
  const type = new Struct(entryNames.map((name, i) => new Field(name, entries[i]!.type, true)));
  return {
    type,
    toData(values) {
      const children = entries.map((entry, i) =>
        entry.toData(
          values.map((value) => {
            if (value === null) return null;
            if (value instanceof DuckDBStructValue) return value.entries[entryNames[i]!] ?? null;
            throw unexpected(value, type);
          }),
        ),
      );
      return makeData({ type, length: values.length, ...validityOf(values), children });
    },
  };
}

export function arrowColumn(type: DuckDBType): ArrowColumn {
  if (type instanceof DuckDBDecimalType) return decimals(type.width, type.scale);
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) return lists(type.valueType);
  if (type instanceof DuckDBStructType) return structs(type.entryNames, type.entryTypes);
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return booleans();
    case DuckDBTypeId.TINYINT:
      return numbers(new Int8(), (length) => new Int8Array(length));
    case DuckDBTypeId.SMALLINT:
      return numbers(new Int16(), (length) => new Int16Array(length));
    case DuckDBTypeId.INTEGER:
      return numbers(new Int32(), (length) => new Int32Array(length));
    case DuckDBTypeId.UTINYINT:
      return numbers(new Uint8(), (length) => new Uint8Array(length));
    case DuckDBTypeId.USMALLINT:
      return numbers(new Uint16(), (length) => new Uint16Array(length));
    case DuckDBTypeId.UINTEGER:
      return numbers(new Uint32(), (length) => new Uint32Array(length));
    case DuckDBTypeId.FLOAT:
      return numbers(new Float32(), (length) => new Float32Array(length));
    case DuckDBTypeId.DOUBLE:
      return numbers(new Float64(), (length) => new Float64Array(length));
    case DuckDBTypeId.DATE:
      return numbers(new DateDay(), (length) => new Int32Array(length));
    case DuckDBTypeId.BIGINT:
      return bigints(new Int64(), (length) => new BigInt64Array(length));
    case DuckDBTypeId.UBIGINT:
      return bigints(new Uint64(), (length) => new BigUint64Array(length));
    case DuckDBTypeId.TIMESTAMP:
      return bigints(new TimestampMicrosecond(null), (length) => new BigInt64Array(length));
    case DuckDBTypeId.TIMESTAMP_TZ:
      return bigints(new TimestampMicrosecond('UTC'), (length) => new BigInt64Array(length));
    case DuckDBTypeId.HUGEINT:
      return decimals(38, 0);
    case DuckDBTypeId.BLOB:
      return blobs();
    default:
      return texts();
  }
}
