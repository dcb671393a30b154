// dtypes.js - the element types: their names and typed arrays, and conversions for types without a typed array.
"use strict";

const { wrongType, wrongValue } = require("./errors.js");

const Half = globalThis.Float16Array; // from Node 24 on

// ---- elements without a JavaScript type -----------------------------------------------------------------------

const scratch = new DataView(new ArrayBuffer(8));

// Converts the bits of an f16 to a number.
function halfToNumber(bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * 2 ** -24 * fraction;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

// Rounds to the nearest f16, and ties to even.
function numberToHalf(value) {
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const size = Math.abs(value);
    if (Number.isNaN(value)) return 0x7e00;
    if (size >= 65520) return sign | 0x7c00;
    const exponent = Math.max(-14, exponentOf(size));
    const steps = roundEven(size / 2 ** (exponent - 10));
    if (steps < 1024) return sign | steps; // subnormal, or zero
    return sign + ((exponent + 14) << 10) + steps; // a carry into the exponent is correct
}

function exponentOf(size) {
    scratch.setFloat64(0, size);
    return ((scratch.getUint16(0) >> 4) & 0x7ff) - 1023;
}

function roundEven(value) {
    const below = Math.floor(value);
    const rest = value - below;
    return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

function bfloatToNumber(bits) {
    scratch.setUint32(0, bits << 16);
    return scratch.getFloat32(0);
}

// Rounds to the nearest float, then to the nearest bf16, and ties to even.
function numberToBfloat(value) {
    if (Number.isNaN(value)) return 0x7fc0;
    scratch.setFloat32(0, value);
    const bits = scratch.getUint32(0);
    return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

// ---- reading and writing an element ---------------------------------------------------------------------------

const loadNumber = (data, at) => data[at];
const loadBool = (data, at) => data[at] !== 0;
const loadComplex = (data, at) => [data[at], data[at + 1]];
const loadHalf = (data, at) => halfToNumber(data[at]);
const loadBfloat = (data, at) => bfloatToNumber(data[at]);

function checkNumber(value, argument) {
    if (typeof value !== "number") throw wrongType(argument, value, "a number");
    return value;
}

const storeNumber = (data, at, value, argument) => {
    data[at] = checkNumber(value, argument);
};
const storeHalf = (data, at, value, argument) => {
    data[at] = numberToHalf(checkNumber(value, argument));
};
const storeBfloat = (data, at, value, argument) => {
    data[at] = numberToBfloat(checkNumber(value, argument));
};
const storeBool = (data, at, value, argument) => {
    if (typeof value !== "boolean" && value !== 0 && value !== 1)
        throw wrongType(argument, value, "true or false");
    data[at] = value ? 1 : 0;
};
const storeComplex = (data, at, value, argument) => {
    if (typeof value === "number") value = [value, 0];
    if (!Array.isArray(value) || value.length !== 2)
        throw wrongType(argument, value, "a complex number: [real, imaginary]");
    const [real, imaginary] = value;
    checkNumber(imaginary, argument);
    data[at] = checkNumber(real, argument);
    data[at + 1] = imaginary;
};

// Stores integers of up to 32 bits as numbers, and of 64 bits as BigInts.
function storeInteger(least, most) {
    return (data, at, value, argument) => {
        checkNumber(value, argument);
        if (!Number.isInteger(value)) throw wrongValue(argument, value, "is not a whole number");
        if (value < least || value > most)
            throw wrongValue(argument, value, `is not between ${least} and ${most}`);
        data[at] = value;
    };
}
function storeBigInt(least, most) {
    return (data, at, value, argument) => {
        if (Number.isSafeInteger(value)) value = BigInt(value);
        if (typeof value !== "bigint")
            throw wrongType(argument, value, "a BigInt, nor a number that stands for one exactly");
        if (value < least || value > most)
            throw wrongValue(argument, value, `is not between ${least} and ${most}`);
        data[at] = value;
    };
}

// ---- the table ------------------------------------------------------------------------------------------------

class Kind {
    constructor(name, number, View, load, store, parts = 1) {
        Object.assign(this, { name, number, View, load, store, parts });
        this.itemSize = View.BYTES_PER_ELEMENT * parts;
    }
}

const integer = (name, number, View) => {
    const bits = 8 * View.BYTES_PER_ELEMENT;
    const isSigned = name[0] === "i";
    const least = isSigned ? -(2 ** (bits - 1)) : 0;
    const most = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
    return new Kind(name, number, View, loadNumber, storeInteger(least, most));
};

const KINDS = [
    integer("u8", 0x10801, Uint8Array),
    new Kind("i64", 0x14000, BigInt64Array, loadNumber, storeBigInt(-(2n ** 63n), 2n ** 63n - 1n)),
    new Kind("f64", 0x14002, Float64Array, loadNumber, storeNumber),
    new Kind("bool", 0x10806, Uint8Array, loadBool, storeBool),
    integer("i8", 0x10800, Int8Array),
    integer("i16", 0x11000, Int16Array),
    integer("i32", 0x12000, Int32Array),
    integer("u16", 0x11001, Uint16Array),
    integer("u32", 0x12001, Uint32Array),
    new Kind("u64", 0x14001, BigUint64Array, loadNumber, storeBigInt(0n, 2n ** 64n - 1n)),
    Half
        ? new Kind("f16", 0x11002, Half, loadNumber, storeNumber)
        : new Kind("f16", 0x11002, Uint16Array, loadHalf, storeHalf),
    new Kind("bf16", 0x11004, Uint16Array, loadBfloat, storeBfloat),
    new Kind("f32", 0x12002, Float32Array, loadNumber, storeNumber),
    new Kind("c64", 0x14005, Float32Array, loadComplex, storeComplex, 2),
    new Kind("c128", 0x18005, Float64Array, loadComplex, storeComplex, 2),
];
const BY_NAME = new Map(KINDS.map((kind) => [kind.name, kind]));
const BY_NUMBER = new Map(KINDS.map((kind) => [kind.number, kind]));
const NAMES = KINDS.map((kind) => kind.name).join(" ");

// A class of typed arrays stands for its element type.
const BY_VIEW = new Map([
    ...["u8", "i8", "i16", "i32", "u16", "u32", "i64", "u64", "f32", "f64"].map((name) => [
        BY_NAME.get(name).View,
        BY_NAME.get(name),
    ]),
    [Uint8ClampedArray, BY_NAME.get("u8")],
    ...(Half ? [[Half, BY_NAME.get("f16")]] : []),
]);

// Lina's number for a dtype that a caller passed: a name, a class of typed arrays, or the number itself.
function dtypeNumber(argument, dtype) {
    if (typeof dtype === "string") {
        const kind = BY_NAME.get(dtype);
        if (kind === undefined) throw wrongValue(argument, dtype, `is no dtype: one of ${NAMES}`);
        return kind.number;
    }
    if (BY_VIEW.has(dtype)) return BY_VIEW.get(dtype).number;
    if (typeof dtype === "number") {
        if (Number.isInteger(dtype) && dtype > 0 && dtype <= 0xffffffff) return dtype;
        throw wrongValue(argument, dtype, "is no dtype: 32 bits as in DLPack");
    }
    throw wrongType(argument, dtype, `a dtype: one of ${NAMES}`);
}

// The name of a dtype, or its number if it has no name.
const dtypeName = (number) => BY_NUMBER.get(number)?.name ?? number;

const kindOf = (number) => BY_NUMBER.get(number);
const kindNamed = (name) => BY_NAME.get(name);

// Conversions between the bits of 16-bit floats and numbers, for views that are Uint16Arrays.
const halves = {
    f16: { decode: halfToNumber, encode: numberToHalf },
    bf16: { decode: bfloatToNumber, encode: numberToBfloat },
};

function halfOf(dtype) {
    if (dtype === "f16" || dtype === "bf16") return halves[dtype];
    throw wrongValue("dtype", dtype, 'is neither "f16" nor "bf16"');
}

function fromBits(dtype, bits) {
    const codec = halfOf(dtype);
    if (!Number.isInteger(bits) || bits < 0 || bits > 0xffff)
        throw wrongValue("bits", bits, "are not 16 bits");
    return codec.decode(bits);
}

function toBits(dtype, value) {
    return halfOf(dtype).encode(checkNumber(value, "value"));
}

module.exports = { dtypeName, dtypeNumber, fromBits, kindNamed, kindOf, toBits };
