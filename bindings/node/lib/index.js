// index.js - the module: the functions of the process's default arena, and all classes.
"use strict";

const { OURS, native } = require("./native.js");
const { LinaError, closed, failure } = require("./errors.js");
const { Arena, attachNative, checkWhere, createNative } = require("./arena.js");
const { LinaArray } = require("./array.js");
const { Loan } = require("./loan.js");
const { Signal } = require("./signal.js");
const { fromBits, toBits } = require("./dtypes.js");
const reference = require("./reference.js");

// The process's default arena, which all environments and languages of the process share. It counts its users.
class DefaultArena extends Arena {
    #trouble; // why LINA_ARENA could not be joined

    constructor() {
        super(OURS, native.defaultArena());
        this.#begin();
    }

    #begin() {
        const code = native.beginDefault(this.native);
        this.#trouble = code < 0 ? failure(code) : undefined;
        this.reopen();
    }

    noArena(about) {
        if (this.closed) return closed(`${about}the default arena was closed`);
        if (this.#trouble !== undefined)
            return new LinaError(this.#trouble.code, `${about}LINA_ARENA: ${this.#trouble.message}`);
        return new LinaError(
            "NOT_READY",
            `${about}there is no default arena yet: call lina.initArena or lina.attach`,
        );
    }

    // Makes the handle from `make` the process's default, unless the existing one is accepted.
    furnish(make, isServed) {
        if (this.closed) this.#begin();
        if (isServed?.(this)) return;
        const handle = make();
        const code = native.setDefault(handle);
        if (code >= 0) return;
        const error = failure(code);
        native.closeArena(handle);
        if (!isServed?.(this)) throw error; // another thread may have made one
    }
}

const standard = reference.remember(new DefaultArena());

// True if the default arena has at least this number of bytes, and the name, if one is given.
function serves(arena, bytes, where) {
    const there = native.arenaInfo(arena.native);
    if (typeof there === "number") return false;
    const isOther = typeof where === "string" && where !== there.where;
    if (!isOther && there.size >= bytes) return true;
    const asked = isOther ? `not "${where}"` : `with ${there.size} bytes, and not with ${bytes}`;
    throw new LinaError("EXISTS", `there is a default arena already, "${there.where}": ${asked}`);
}

function initArena(bytes, where, options) {
    if (typeof where === "object" && where !== null) [where, options] = [undefined, where];
    standard.furnish(
        () => createNative(bytes, where, options),
        options?.existOk === true ? (arena) => serves(arena, bytes, where) : undefined,
    );
}

function attach(where, options) {
    standard.furnish(() => attachNative(where, options));
}

function shutdown() {
    standard.close();
}

// The numbers of a named arena. Does not join it.
function inspect(where) {
    const info = native.inspectArena(checkWhere(where));
    if (typeof info === "number") throw failure(info);
    return info;
}

// Removes the name of a named arena.
function unlink(where) {
    const code = native.unlinkArena(checkWhere(where));
    if (code < 0) throw failure(code);
}

const from = (ref) => reference.resolve(Arena, ref);

const METHODS = [
    "alias",
    "array",
    "buffer",
    "checkTables",
    "clear",
    "createArray",
    "createRecords",
    "fd",
    "follow",
    "followSync",
    "info",
    "list",
    "loan",
    "members",
    "openDesc",
    "openSignal",
    "produce",
    "read",
    "reclaim",
    "remove",
    "removeSignal",
    "republish",
    "setMemberName",
    "signal",
    "stream",
    "streamInfo",
    "sync",
    "tryWait",
    "typedArray",
    "value",
    "wait",
    "waitAny",
    "waitAnySync",
    "waitSync",
    "waitValue",
    "waitValueSync",
    "write",
];

module.exports = {
    Arena,
    LinaArray,
    LinaError,
    Loan,
    Signal,
    attach,
    defaultArena: standard,
    from,
    fromBits,
    initArena,
    inspect,
    library: native.library(),
    shutdown,
    toBits,
    unlink,
    version: native.version(),
};
for (const name of METHODS) module.exports[name] = Arena.prototype[name].bind(standard);
