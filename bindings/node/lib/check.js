// check.js - checks arguments. Each function names the argument in the error that it throws.
"use strict";

const { shown, wrongType, wrongValue } = require("./errors.js");

const MAX_DIMS = 8;

// Lina takes UTF-8 without zero bytes. JavaScript strings may have lone surrogates, which UTF-8 cannot have.
const NOT_TEXT = /[\0\p{Surrogate}]/u;

function checkName(what, name) {
    if (typeof name !== "string") throw wrongType(`${what} name`, name, "a string");
    if (NOT_TEXT.test(name)) throw wrongValue(`${what} name`, name, "has a zero or half a character in it");
    if (name.length > 15 && Buffer.byteLength(name) > 63)
        throw wrongValue(`${what} name`, name, "is too long: at most 63 bytes of UTF-8");
    return name;
}

// Checks a whole number from 0 to 2^53.
function checkCount(argument, value) {
    if (typeof value === "bigint" && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER))
        return Number(value);
    if (typeof value === "bigint") throw wrongValue(argument, value, "is not between 0 and 2^53");
    if (typeof value !== "number") throw wrongType(argument, value, "a number");
    if (Object.is(value, -0)) throw wrongValue(argument, value, "is negative zero");
    if (!Number.isInteger(value)) throw wrongValue(argument, value, "is not a whole number");
    if (value < 0) throw wrongValue(argument, value, "is negative");
    if (value > Number.MAX_SAFE_INTEGER) throw wrongValue(argument, value, "is above 2^53");
    return value;
}

// Copies a list of numbers, so that the caller cannot change it afterwards.
function listOf(argument, value) {
    if (typeof value === "number" || typeof value === "bigint") return [value];
    if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView)))
        throw wrongType(argument, value, "a list of numbers");
    if (value.length > MAX_DIMS)
        throw wrongValue(argument, value, `has ${value.length} dimensions: at most ${MAX_DIMS}`);
    return Array.from(value);
}

function checkShape(name, shape) {
    const argument = `array "${name}": shape`;
    return listOf(argument, shape).map((extent, i) => checkCount(`${argument}[${i}]`, extent));
}

function checkStrides(name, strides, ndim) {
    const argument = `array "${name}": strides`;
    const list = listOf(argument, strides).map((stride, i) => {
        if (Number.isSafeInteger(stride)) return stride;
        throw wrongType(`${argument}[${i}]`, stride, "a whole number of bytes");
    });
    if (list.length !== ndim)
        throw wrongValue(argument, strides, `has ${list.length} entries for ${ndim} dimensions`);
    return list;
}

const LAYOUTS = { C: 0, F: 1 };

function checkOrder(name, order = "C") {
    if (typeof order === "string" && Object.hasOwn(LAYOUTS, order)) return LAYOUTS[order];
    throw wrongValue(`array "${name}": order`, order, 'is neither "C" nor "F"');
}

// Checks that options are undefined, or an object whose keys are all in `known`.
function checkOptions(argument, options, known) {
    if (options === undefined) return {};
    if (typeof options !== "object" || options === null || Array.isArray(options))
        throw wrongType(argument, options, "an object with options");
    for (const key of Object.keys(options))
        if (!known.includes(key))
            throw wrongValue(
                `${argument}.${key}`,
                options[key],
                `: there is no such option, but ${known.join(", ")}`,
            );
    return options;
}

function checkFlag(argument, value) {
    if (value === undefined) return false;
    if (typeof value !== "boolean") throw wrongType(argument, value, "true or false");
    return value;
}

const FOREVER = Infinity;

// Converts seconds, or undefined for ever, to whole nanoseconds; Infinity from 2^63 on.
function checkTimeoutOf(what, seconds) {
    if (seconds === undefined || seconds === null) return FOREVER;
    const argument = `${what}: timeout`;
    if (typeof seconds !== "number") throw wrongType(argument, seconds, "a number of seconds");
    if (Number.isNaN(seconds)) throw wrongValue(argument, seconds, "is no number of seconds");
    const ns = Math.ceil(seconds * 1e9);
    if (ns >= 2 ** 63) return FOREVER;
    return ns > 0 ? ns : 0;
}

const checkTimeout = (name, seconds) => checkTimeoutOf(`signal "${name}"`, seconds);

const MOST = 2n ** 64n;

// Checks a whole number of 64 bits. Above 2^53, it must be a BigInt.
function checkAmount(argument, value) {
    if (typeof value !== "bigint") return checkCount(argument, value);
    if (value >= 0n && value < MOST) return value;
    throw wrongValue(argument, value, "is not between 0 and 2^64");
}

// Checks the value of a counter to wait for.
const checkTarget = (name, target) => checkAmount(`signal "${name}": target`, target);

function checkFunction(argument, value) {
    if (typeof value !== "function") throw wrongType(argument, value, "a function");
    return value;
}

module.exports = {
    FOREVER,
    checkAmount,
    checkCount,
    checkFlag,
    checkFunction,
    checkName,
    checkOptions,
    checkOrder,
    checkShape,
    checkStrides,
    checkTarget,
    checkTimeout,
    checkTimeoutOf,
    listOf,
    shown,
};
