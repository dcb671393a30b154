// signal.js - one signal by handle, read without a call.
//
// What lina.h says of the words: the value is the first >> 1, and the signal is set while that is not the second.
// JavaScript has no cheap load of 64 bits, so they are read as halves: words[0] and [1] are the first, [2] and [3]
// the second. A plain look finds most often that nothing has come; what it does find is loaded again by Atomics,
// which orders it before the reads of the data. An engine may move plain loads out of a loop, so that every 64th
// look is by Atomics in any case.
"use strict";

const { native, takeBigInt } = require("./native.js");
const { failure } = require("./errors.js");

const SURE = 63;

class Signal {
    #arena;
    #handle;
    #words;
    #looks = 0;

    constructor(arena, name, handle) {
        const buffer = native.signalWords(handle);
        this.#arena = arena;
        this.#handle = handle;
        this.#words = buffer === undefined ? undefined : new Int32Array(buffer);
        this.name = name;
    }

    // The arena was closed: its words are not to be read any more.
    end() {
        this.#handle = this.#words = undefined;
    }

    get handle() {
        if (this.#handle === undefined) throw this.#arena.noArena(`signal "${this.name}": `);
        return this.#handle;
    }

    tryWait() {
        const words = this.#words;
        if (words === undefined) return native.isSet(this.handle);
        const high = words[1];
        const low = words[0];
        if (
            ((low >>> 1) | (high << 31)) === words[2] &&
            high >>> 1 === words[3] &&
            (++this.#looks & SURE) !== 0
        )
            return false;
        return isSetSurely(words) ?? native.isSet(this.handle);
    }

    // The counter, exactly.
    valueBigInt() {
        native.read(this.handle);
        return takeBigInt();
    }

    // The counter as a number; undefined where that would not be exact.
    value() {
        const words = this.#words;
        if (words === undefined || this.#handle === undefined) return asNumber(this.valueBigInt());
        for (;;) {
            const high = words[1];
            const low = Atomics.load(words, 0);
            if (words[1] === high) return combine(low, high);
        }
    }

    signal() {
        native.raise(this.handle);
    }

    clear() {
        native.clear(this.handle);
    }
}

// undefined where the counter is about to carry into its upper half, or was just cleared after that.
function isSetSurely(words) {
    const high = words[1];
    const low = Atomics.load(words, 0);
    if (words[1] !== high || high >>> 1 !== words[3]) return undefined;
    return ((low >>> 1) | (high << 31)) !== words[2];
}

function combine(low, high) {
    const value = (high >>> 0) * 2147483648 + (low >>> 1);
    return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

function asNumber(value) {
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

// ---- by name ------------------------------------------------------------------------------------------------------

const POLLED = 16; // looks after which a name has earned a signal of its own
const REMEMBERED = 1024; // names that were looked at less often

// The signals of an arena that were opened. Looking must not fill the arena's table with names that nobody
// signals: the first looks go by name.
class Signals {
    #arena;
    #opened = new Map();
    #looks = new Map();

    constructor(arena) {
        this.#arena = arena;
    }

    // undefined where nobody has opened it here.
    find(name) {
        return this.#opened.get(name);
    }

    // Makes the signal if it is not there.
    open(name) {
        const known = this.#opened.get(name);
        if (known !== undefined) return known;
        const handle = native.openSignal(this.#arena.native, name);
        if (typeof handle === "number") throw failure(handle, this.#arena, "signal", name);
        const signal = new Signal(this.#arena, name, handle);
        this.#opened.set(name, signal);
        this.#looks.delete(name);
        return signal;
    }

    // True once a name is worth opening. A full table is no reason not to look.
    isPolled(name) {
        const looks = (this.#looks.get(name) ?? 0) + 1;
        if (this.#looks.size >= REMEMBERED) this.#looks.clear();
        this.#looks.set(name, looks);
        if (looks <= POLLED) return false;
        this.#looks.set(name, 0);
        return true;
    }

    end() {
        for (const signal of this.#opened.values()) signal.end();
        this.#opened.clear();
        this.#looks.clear();
    }
}

module.exports = { Signal, Signals };
