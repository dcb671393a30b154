// signal.js - a signal by handle, which JavaScript reads without a call.
//
// lina.h describes the three words. The value is the first word >> 1. The signal is set if the value differs from
// the second word. The signal still exists if the third word, which is loaded last, is the handle's incarnation.
// JavaScript has no cheap load of 64 bits, so it reads each word as two halves. Most looks find no signal, and use
// plain loads. If a look finds a signal, Atomics loads the counter again, so that the look comes before the reads of
// the data. An engine may move plain loads out of a loop, so every 64th look uses Atomics in any case. Atomics.load
// takes most of a look's time. The places of the words are constants, so that the engine can compile them in.
"use strict";

const { OURS, native, putNumber, requireOurs, takeBigInt, takeWords } = require("./native.js");
const { LinaError, failure } = require("./errors.js");

// Where the words lie, in units of 32 bits. A signal whose words lie elsewhere is read by calls.
const VALUE = 0;
const CLEARED = 2;
const CURRENT = 4;

const SURE = 63;
const NOT_FOUND = -2;

// The results of a look.
const IS_SET = 1;
const NOT_SET = 0;
const GONE = -2;

class Signal {
    #arena;
    #handle;
    #words;
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
        if (found.value !== VALUE || found.cleared !== CLEARED || found.current !== CURRENT) return;
        this.#words = found.words;
        [this.#incarnationLow, this.#incarnationHigh] = found.incarnation;
    }

    // Called when the arena is closed: the words must not be read any more.
    end() {
        this.#handle = this.#words = undefined;
    }

    // Called after the signal was removed. The arena does not list it any more, so it would not be ended by a close.
    expire() {
        this.#isOver = true;
        this.end();
    }

    get handle() {
        if (this.#isOver) this.#check(NOT_FOUND);
        if (this.#handle === undefined) throw this.#arena.noArena(`signal "${this.name}": `);
        return this.#handle;
    }

    // Reads the lower half first. If the counter carries between the two loads, there was a signal, and it looks set.
    look() {
        const words = this.#words;
        if (words === undefined) return this.#isOver ? GONE : native.isSet(this.handle);
        const low = words[VALUE];
        const high = words[VALUE + 1];
        if (((low >>> 1) | (high << 31)) !== words[CLEARED] || high >>> 1 !== words[CLEARED + 1])
            return Atomics.load(words, VALUE) === low && this.#isThere(words)
                ? IS_SET
                : native.isSet(this.handle);
        if ((++this.#looks & SURE) === 0 && Atomics.load(words, VALUE) !== low)
            return native.isSet(this.handle);
        return this.#isThere(words) ? NOT_SET : GONE;
    }

    #isThere(words) {
        return words[CURRENT] === this.#incarnationLow && words[CURRENT + 1] === this.#incarnationHigh;
    }

    // True if the signal was removed since it was opened.
    get isGone() {
        if (this.#isOver) return true;
        return this.#words === undefined ? native.isSet(this.handle) < 0 : !this.#isThere(this.#words);
    }

    // Throws the error for a code. NOT_FOUND means that the signal was removed.
    #check(code) {
        if (code === NOT_FOUND)
            throw new LinaError("NOT_FOUND", `signal "${this.name}": it was removed since it was opened`);
        if (code < 0) throw failure(code, this.#arena, "signal", this.name);
        return code;
    }

    tryWait() {
        return this.#check(this.look()) === IS_SET;
    }

    // The exact counter.
    valueBigInt() {
        this.#check(native.read(this.handle));
        return takeBigInt();
    }

    // The counter as a number. undefined if that would not be exact, -1 if the signal was removed.
    valueOrGone() {
        const words = this.#words;
        if (words === undefined) return this.isGone ? -1 : asNumber(this.valueBigInt());
        for (;;) {
            const high = words[VALUE + 1];
            const low = Atomics.load(words, VALUE);
            if (words[VALUE + 1] === high) return this.#isThere(words) ? combine(low, high) : -1;
        }
    }

    value() {
        const value = this.valueOrGone();
        return value === -1 ? this.#check(NOT_FOUND) : value;
    }

    // Adds n. Returns undefined if the signal is gone, so that a caller by name looks for the next one.
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
    if (high === 0) return low >>> 1;
    const value = (high >>> 0) * 2147483648 + (low >>> 1);
    return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

function asNumber(value) {
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

// ---- by name ------------------------------------------------------------------------------------------------------

const POLLED = 16; // after so many looks, a name is opened
const REMEMBERED = 1024; // the most names with fewer looks, and the most signals that may be gone

// The signals of an arena that were opened. Opening a signal makes it, and looks must not fill the arena's table with
// names that nobody signals. So the first looks go by name.
class Signals {
    #arena;
    #opened = new Map();
    #looks = new Map();
    #sweepAt = REMEMBERED;

    constructor(arena) {
        this.#arena = arena;
    }

    // The signal, or undefined if it was not opened here, or was removed.
    find(name) {
        const known = this.#opened.get(name);
        if (known === undefined || !known.isGone) return known;
        this.#forget(name, known);
        return undefined;
    }

    // Opens the signal, or makes it if there is none.
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

    // Forgets signals that were removed, for services that use a name for each job.
    #sweep() {
        for (const [name, signal] of this.#opened) if (signal.isGone) this.#forget(name, signal);
        this.#sweepAt = Math.max(REMEMBERED, 2 * this.#opened.size);
    }

    // Calls `act` with the signal of that name. If it was removed meanwhile, makes it again.
    act(name, act) {
        while (act(this.open(name)) === undefined);
    }

    // True if a name was looked at so often that it is opened. If the table is full, looks still work.
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
