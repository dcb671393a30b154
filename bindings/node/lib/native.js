// native.js - loads the add-on, and reads and writes the bytes of the exchange.
"use strict";

const { constants } = require("node:buffer");
const path = require("node:path");

const ROOT = path.join(__dirname, "..");
const REMEDIES =
    "Remedies: install lina-arena again for this platform; in a checkout, `meson setup build && meson compile -C build`; " +
    "or name an add-on that you built by the environment variable LINA_ADDON";

// The places to look for the add-on. The build folder of a checkout comes before the package's binaries, which may be
// older.
function* places() {
    if (process.env.LINA_ADDON) {
        yield process.env.LINA_ADDON;
        return;
    }
    if (path.basename(path.dirname(ROOT)) === "bindings")
        yield path.join(ROOT, "..", "..", "build", "bindings", "node", "lina.node");
    const platform = `${process.platform}-${process.arch}`;
    yield path.join(ROOT, "prebuilds", platform, "lina.node");
    yield path.join(ROOT, "prebuilds", `${platform}-musl`, "lina.node");
}

function load() {
    const failures = [];
    for (const place of places()) {
        try {
            return require(path.resolve(place));
        } catch (error) {
            failures.push(`  ${place}: ${error.message.split("\n")[0]}`);
        }
    }
    const what = `lina-arena cannot load its add-on for ${process.platform}-${process.arch}`;
    const error = new Error([`${what}. It looked at`, ...failures, REMEDIES].join("\n"));
    error.code = "ERR_LINA_ADDON";
    throw error;
}

const native = load();
native.setLimits(constants.MAX_LENGTH);

// The add-on's own codes, beside Lina's: see src/binding.h.
const NO_ARENA = -1001;
const NO_EXTERNAL = -1002;
const TOO_LARGE = -1003;

// The exchange as 32-bit words. The offsets are those of struct exchange in src/binding.h, and of lina_desc_t, which
// is the same in every process and language.
const words = new Uint32Array(native.exchange);
const bytes = Buffer.from(native.exchange);
const DESCRIPTOR_WORDS = 60;
const AT = {
    offset: 16,
    nbytes: 18,
    capacity: 20,
    dtype: 22,
    ndim: 23,
    shape: 24,
    strides: 40,
    layout: 56,
    generation: 57,
    flags: 58,
    incarnation: 59,
    newShape: 60,
    newStrides: 76,
    number: 92,
    region: 94,
    start: 96,
    viewFlags: 98,
    sequence: 100,
};
const TWO_32 = 4294967296;

// A key that only this package has. Its classes refuse to be constructed without it.
const OURS = Symbol("lina");

function requireOurs(key, text) {
    if (key !== OURS) throw new TypeError(text);
}

// Reads 64 bits: as a number if that is exact, otherwise as a BigInt.
function unsigned(from, at) {
    const high = from[at + 1];
    return high < 0x200000 ? high * TWO_32 + from[at] : (BigInt(high) << 32n) | BigInt(from[at]);
}
function signed(from, at) {
    const high = from[at + 1] | 0;
    return high >= -0x200000 && high < 0x200000
        ? high * TWO_32 + from[at]
        : (BigInt(high) << 32n) | BigInt(from[at]);
}

// Writes 64 bits. `value` is a whole number or a BigInt.
function put(at, value) {
    if (typeof value === "bigint") {
        words[at] = Number(value & 0xffffffffn);
        words[at + 1] = Number((value >> 32n) & 0xffffffffn);
    } else {
        words[at] = value; // taken modulo 2^32
        words[at + 1] = Math.floor(value / TWO_32);
    }
}

function putShape(shape) {
    for (let i = 0; i < shape.length; i++) put(AT.newShape + 2 * i, shape[i]);
}

function putStrides(strides) {
    for (let i = 0; i < strides.length; i++) put(AT.newStrides + 2 * i, strides[i]);
}

const putNumber = (value) => put(AT.number, value);
const takeNumber = () => unsigned(words, AT.number);
const takeBigInt = () => (BigInt(words[AT.number + 1]) << 32n) | BigInt(words[AT.number]);

// The words of a signal that was opened: an Int32Array over them, and the index of each.
function takeWords(buffer) {
    const place = (i) => words[AT.newShape + 2 * i];
    return {
        words: new Int32Array(buffer),
        value: place(0),
        cleared: place(1),
        current: place(2),
        incarnation: [words[AT.newShape + 6] | 0, words[AT.newShape + 7] | 0],
    };
}

module.exports = {
    AT,
    DESCRIPTOR_WORDS,
    NO_ARENA,
    NO_EXTERNAL,
    OURS,
    TOO_LARGE,
    bytes,
    native,
    putNumber,
    putShape,
    putStrides,
    requireOurs,
    signed,
    takeBigInt,
    takeNumber,
    takeWords,
    unsigned,
    words,
};
