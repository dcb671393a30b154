// signal.js - one signal by handle, read without a call.
//
// What lina.h says of the words: the value is the first >> 1, the signal is set while that is not the second, and
// it is there while the third is the handle's incarnation, which is loaded last. JavaScript has no cheap load of 64
// bits, so each is read as two halves. A plain look finds most often that nothing has come. When it finds a signal,
// Atomics loads the counter again, which orders the look before the reads of the data. An engine may move plain loads
// out of a loop, so that every 64th look is by Atomics in any case.
"use strict";

const { OURS, native, putNumber, requireOurs, takeBigInt, takeWords } = require("./native.js");
const { LinaError, failure } = require("./errors.js");

const SURE = 63;
const NOT_FOUND = -2;

// What a look finds.
const IS_SET = 1;
const NOT_SET = 0;
const GONE = -2;

class Signal {
    #arena;
    #handle;
    #words;
    #value;
    #cleared;
    #current;
    #incarnationLow;
    #incarnationHigh;
    #looks = 0;
    #isOver = false;

    constructor(key, arena, name, handle) {
        requireOurs(key, "Signal: lina.openSignal(name) makes them");
        this.#arena = arena;
        this.#handle = handle;
        this.name = name;
        const buffer = native.signalWords(handle);
        if (buffer === undefined) return;
        const found = takeWords(buffer);
        this.#words = found.words;
        this.#value = found.value;
        this.#cleared = found.cleared;
        this.#current = found.current;
        [this.#incarnationLow, this.#incarnationHigh] = found.incarnation;
    }

    // The arena was closed: its words are not to be read any more.
    end() {
        this.#handle = this.#words = undefined;
    }

    // It was removed. Its arena, whose close ends those that are there, does not know it any more.
    expire() {
        this.#isOver = true;
        this.end();
    }

    get handle() {
        if (this.#isOver) this.#check(NOT_FOUND);
        if (this.#handle === undefined) throw this.#arena.noArena(`signal "${this.name}": `);
        return this.#handle;
    }

    // The lower half is read first: between the halves of a counter that carries there is a signal, and it looks set.
    look() {
        const words = this.#words;
        if (words === undefined) return this.#isOver ? GONE : native.isSet(this.handle);
        const at = this.#value;
        const low = words[at];
        const high = words[at + 1];
        if (((low >>> 1) | (high << 31)) !== words[this.#cleared] || high >>> 1 !== words[this.#cleared + 1])
            return Atomics.load(words, at) === low && this.#isThere() ? IS_SET : native.isSet(this.handle);
        if ((++this.#looks & SURE) === 0 && Atomics.load(words, at) !== low) return native.isSet(this.handle);
        return this.#isThere() ? NOT_SET : GONE;
    }

    #isThere() {
        const words = this.#words;
        return (
            words[this.#current] === this.#incarnationLow &&
            words[this.#current + 1] === this.#incarnationHigh
        );
    }

    // Whether the signal was removed since it was opened.
    get isGone() {
        if (this.#isOver) return true;
        return this.#words === undefined ? native.isSet(this.handle) < 0 : !this.#isThere();
    }

    // Throws what a code means; NOT_FOUND is that it was removed.
    #check(code) {
        if (code === NOT_FOUND)
            throw new LinaError("NOT_FOUND", `signal "${this.name}": it was removed since it was opened`);
        if (code < 0) throw failure(code, this.#arena, "signal", this.name);
        return code;
    }

    tryWait() {
        return this.#check(this.look()) === IS_SET;
    }

    // The counter, exactly.
    valueBigInt() {
        this.#check(native.read(this.handle));
        return takeBigInt();
    }

    // The counter as a number; undefined where that would not be exact, -1 where the signal was removed.
    valueOrGone() {
        const words = this.#words;
        if (words === undefined) return this.isGone ? -1 : asNumber(this.valueBigInt());
        for (;;) {
            const high = words[this.#value + 1];
            const low = Atomics.load(words, this.#value);
            if (words[this.#value + 1] === high) return this.#isThere() ? combine(low, high) : -1;
        }
    }

    value() {
        const value = this.valueOrGone();
        return value === -1 ? this.#check(NOT_FOUND) : value;
    }

    // Undefined where it is gone, so that who goes by name looks for another.
    raise(n) {
        putNumber(n);
        const code = native.raise(this.handle);
        return code === NOT_FOUND ? undefined : this.#check(code);
    }

    unset() {
        const code = native.clear(this.handle);
        return code === NOT_FOUND ? undefined : this.#check(code);
    }

    signal() {
        this.#check(this.raise(1) ?? NOT_FOUND);
    }

    clear() {
        this.#check(this.unset() ?? NOT_FOUND);
    }
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
const REMEMBERED = 1024; // names that were looked at less often, and signals that may be gone

// The signals of an arena that were opened. Looking must not fill the arena's table with names that nobody
// signals: the first looks go by name.
class Signals {
    #arena;
    #opened = new Map();
    #looks = new Map();
    #sweepAt = REMEMBERED;

    constructor(arena) {
        this.#arena = arena;
    }

    // undefined where nobody has opened it here, or it was removed.
    find(name) {
        const known = this.#opened.get(name);
        if (known === undefined || !known.isGone) return known;
        this.#forget(name, known);
        return undefined;
    }

    // Makes the signal if it is not there.
    open(name) {
        const known = this.find(name);
        if (known !== undefined) return known;
        const handle = native.openSignal(this.#arena.native, name);
        if (typeof handle === "number") throw failure(handle, this.#arena, "signal", name);
        const signal = new Signal(OURS, this.#arena, name, handle);
        if (this.#opened.size >= this.#sweepAt) this.#sweep();
        this.#opened.set(name, signal);
        this.#looks.delete(name);
        return signal;
    }

    #forget(name, signal) {
        signal.expire();
        this.#opened.delete(name);
    }

    // A service that uses a name per job forgets those that were removed.
    #sweep() {
        for (const [name, signal] of this.#opened) if (signal.isGone) this.#forget(name, signal);
        this.#sweepAt = Math.max(REMEMBERED, 2 * this.#opened.size);
    }

    // Does `act` on the signal of that name, made anew where it was removed meanwhile.
    act(name, act) {
        while (act(this.open(name)) === undefined);
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
