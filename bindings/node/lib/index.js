// index.js - the module: the functions of the process's default arena, and the classes.
"use strict";

const { native } = require("./native.js");
const { LinaError, closed, failure, wrongType } = require("./errors.js");
const { Arena, attachNative, createNative } = require("./arena.js");
const { LinaArray } = require("./array.js");
const { Loan } = require("./loan.js");
const { Signal } = require("./signal.js");
const { fromBits, toBits } = require("./dtypes.js");
const reference = require("./reference.js");

// The process's default arena, which all its environments and languages share. Each that uses it counts.
class DefaultArena extends Arena {
    #trouble; // why LINA_ARENA could not be joined

    constructor() {
        super(native.defaultArena());
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

    // The handle that `make` gives becomes the process's default.
    furnish(make) {
        if (this.closed) this.#begin();
        const handle = make();
        const code = native.setDefault(handle);
        if (code >= 0) return;
        const error = failure(code);
        native.closeArena(handle);
        throw error;
    }
}

const standard = reference.remember(new DefaultArena());

function initArena(bytes, where, options) {
    standard.furnish(() => createNative(bytes, where, options));
}

function attach(where, options) {
    standard.furnish(() => attachNative(where, options));
}

function shutdown() {
    standard.close();
}

function requireWhere(where) {
    if (typeof where !== "string") throw wrongType("where", where, 'a string: "shm:NAME" or "file:PATH"');
    return where;
}

// A named arena's numbers, without joining it.
function inspect(where) {
    const info = native.inspectArena(requireWhere(where));
    if (typeof info === "number") throw failure(info);
    return info;
}

// Takes a named arena's name away.
function unlink(where) {
    const code = native.unlinkArena(requireWhere(where));
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
    "fd",
    "info",
    "list",
    "loan",
    "openDesc",
    "openSignal",
    "read",
    "reclaim",
    "remove",
    "removeSignal",
    "republish",
    "signal",
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
