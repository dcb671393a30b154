// errors.js - LinaError, the family of errors. `code` is Lina's name for the reason. Errors for bad arguments are
// also TypeErrors or RangeErrors, as those of JavaScript's own functions.
"use strict";

const { NO_ARENA, NO_EXTERNAL, TOO_LARGE, native } = require("./native.js");

const family = new WeakSet();

class LinaError extends Error {
    constructor(code, message, options) {
        super(message, options);
        become(this, code);
    }

    // The subclasses of TypeError and RangeError belong to the family, too.
    static [Symbol.hasInstance](value) {
        return this === LinaError ? family.has(value) : super[Symbol.hasInstance](value);
    }
}

class LinaTypeError extends TypeError {
    constructor(code, message, options) {
        super(message, options);
        become(this, code);
    }
}

class LinaRangeError extends RangeError {
    constructor(code, message, options) {
        super(message, options);
        become(this, code);
    }
}

for (const kind of [LinaError, LinaTypeError, LinaRangeError])
    Object.defineProperty(kind.prototype, "name", { value: "LinaError", configurable: true, writable: true });

function become(error, code) {
    family.add(error);
    error.code = code;
}

// The text of a value for an error message.
function shown(value) {
    if (typeof value === "string")
        return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    if (Object.is(value, -0)) return "-0";
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "function") return `[function ${value.name || "without a name"}]`;
    if (typeof value === "object" && value !== null) return `an object (${typeOf(value)})`;
    return String(value);
}

function typeOf(value) {
    try {
        return value.constructor?.name || "without a class";
    } catch {
        return "of a strange kind";
    }
}

const wrongType = (argument, value, wanted) =>
    new LinaTypeError("INVALID", `${argument}: ${shown(value)} is not ${wanted}`);
const wrongValue = (argument, value, why) =>
    new LinaRangeError("INVALID", `${argument}: ${shown(value)} ${why}`);
const invalid = (message) => new LinaRangeError("INVALID", message);
const closed = (message) => new LinaError("CLOSED", message);

const IS_RANGE = new Set(["INVALID", "NO_MEMORY", "FULL"]);

const IS_SPENT = new Set(["NO_MEMORY", "FULL"]);

function whoHolds() {
    const views = native.views();
    if (views < 2) return "";
    return (
        `. This thread holds ${views} generations: close() gives those of lina.array back at once, the collector ` +
        "those that are dropped when the event loop turns"
    );
}

const TEXTS = {
    [NO_EXTERNAL]: [
        "EXTERNAL",
        "this runtime forbids ArrayBuffers over shared memory. lina.read(name) and lina.write(name, values) work here: they copy",
    ],
    [TOO_LARGE]: [
        "INVALID",
        "it has more bytes than an ArrayBuffer may have in this version of Node: view it in parts, through lina.alias",
    ],
};

// What the core's messages call by its C name, in the words of JavaScript.
const WORDS = {
    LINA_ARENA_JOIN: "existOk: true",
    LINA_ARENA_REPLACE: "replace: true",
    lina_arena_unlink: "lina.unlink",
    LINA_ATTACH_OTHER_USER: "otherUser: true",
    lina_alias: "lina.alias",
};
const C_NAMES = new RegExp(Object.keys(WORDS).join("|"), "g");

const coreMessage = () => native.lastError().replace(C_NAMES, (name) => WORDS[name]);

// The error for a code from the add-on. `what` is "array", "signal" or "arena".
function failure(code, arena, what, name) {
    const about = name === undefined ? "" : `${what} "${name}": `;
    if (code === NO_ARENA) return arena.noArena(about);
    if (code in TEXTS) {
        const [kind, text] = TEXTS[code];
        return kind === "INVALID" ? invalid(about + text) : new LinaError(kind, about + text);
    }
    const kind = native.errorName(code);
    if (kind === "") return new LinaError("SYSTEM", `${about}Node refused (code ${code})`);
    const text = coreMessage() + (IS_SPENT.has(kind) ? whoHolds() : "");
    return new (IS_RANGE.has(kind) ? LinaRangeError : LinaError)(kind, text);
}

module.exports = { LinaError, closed, failure, invalid, shown, wrongType, wrongValue };
