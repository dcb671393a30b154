// stream.js - follows a stream: takes each of its generations once, in order.
//
// When a reader moves on, the view that it gave last ends. So publishers get the memory back without the garbage
// collector.
"use strict";

const { OURS, native, putNumber, requireOurs } = require("./native.js");
const { LinaError, closed, failure, wrongValue } = require("./errors.js");
const check = require("./check.js");
const descriptor = require("./descriptor.js");
const { DISPOSE, LinaArray } = require("./array.js");
const { FOREVER } = check;
const { Waiting, block, checkAsyncOptions } = require("./wait.js");

const STARTS = { next: 0, latest: 1, oldest: 2 };
const AT = 3;
const FLAGS = { lossy: 1, revive: 2 };
const NOT_FOUND = -2;
const TIMEOUT = -7;
const BUSY = -14;
const ENDED = -17;
const DIED = -18;
const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

// A generation that a reader took.
class Taken extends LinaArray {
    #kept = false;
    #passed = false;

    // Keeps the array valid when its reader moves on.
    keep() {
        this.#kept = true;
        return this;
    }

    endedBecause() {
        return this.#passed
            ? "its reader moved on, and its view ended; keep() keeps it"
            : super.endedBecause();
    }

    pass() {
        if (this.#kept || this.closed) return;
        this.#passed = true;
        this.close();
    }
}

function startOf(what, start = "next") {
    if (typeof start === "string" && Object.hasOwn(STARTS, start)) return { start: STARTS[start], at: 0 };
    if (typeof start === "number" || typeof start === "bigint")
        return { start: AT, at: check.checkAmount(`${what}: options.start`, start) };
    throw wrongValue(`${what}: options.start`, start, 'is neither "next", "latest", "oldest" nor a sequence');
}

function openReader(arena, name, given) {
    const what = `stream "${name}"`;
    const { start, at } = startOf(what, given.start);
    let flags = 0;
    for (const [option, flag] of Object.entries(FLAGS))
        if (check.checkFlag(`${what}: options.${option}`, given[option])) flags |= flag;
    const maxHeld = check.checkCount(`${what}: options.maxHeld`, given.maxHeld ?? 0);
    if (maxHeld > 0xffffffff) throw wrongValue(`${what}: options.maxHeld`, maxHeld, "is above 2^32");
    putNumber(at);
    const handle = native.openReader(arena.native, name, start, flags, maxHeld);
    if (typeof handle === "number") throw failure(handle, arena, "stream", name);
    return handle;
}

const SYNC_OPTIONS = ["start", "lossy", "timeout", "maxHeld", "revive"];

class Reader {
    #handle;
    #last;
    #closed = false;
    #ended = false;

    constructor(key, arena, name, given) {
        requireOurs(key, "Follower: lina.follow(name) makes them");
        this.#handle = openReader(arena, name, given);
        this.name = name;
        Object.defineProperty(this, "arena", { value: arena });
    }

    get closed() {
        return this.#closed;
    }
    // How many generations the reader has missed.
    get lost() {
        return native.readerState(this.#handle, true);
    }
    // The sequence of the generation that was taken last.
    get sequence() {
        return native.readerState(this.#handle, false);
    }

    // Closes the reader. Its views stay.
    close() {
        if (this.#closed) return;
        this.#closed = true;
        this.#last = undefined;
        native.closeReader(this.#handle);
    }

    [DISPOSE]() {
        this.close();
    }

    // For the subclasses. True if the stream is over and there is nothing more to take.
    isOver() {
        if (this.#ended) return true;
        if (this.#closed) throw closed(`stream "${this.name}": its reader was closed`);
        return false;
    }

    moveOn() {
        this.#last?.pass();
        this.#last = undefined;
    }

    // Waits at most so long for the next generation. Returns an array or a code.
    take(ns) {
        const buffer = native.nextOf(this.#handle, ns);
        if (buffer === ENDED) {
            this.#ended = true;
            this.close();
        }
        if (typeof buffer === "number") return buffer;
        this.#last = new Taken(OURS, this.arena, this.name, buffer, descriptor.layoutOfView());
        return this.#last;
    }

    failure(code) {
        return failure(code, this.arena, "stream", this.name);
    }

    timedOut() {
        return new LinaError("TIMEOUT", `stream "${this.name}": timed out`);
    }
}

const DONE = Object.freeze({ done: true, value: undefined });

// ---- blocking -----------------------------------------------------------------------------------------------------

class SyncFollower extends Reader {
    #timeout;

    constructor(key, arena, name, options) {
        const given = check.checkOptions(`stream "${name}": options`, options, SYNC_OPTIONS);
        const timeout = check.checkTimeoutOf(`stream "${name}"`, given.timeout);
        super(key, arena, name, given);
        this.#timeout = timeout;
    }

    next() {
        if (this.isOver()) return DONE;
        this.moveOn();
        let taken;
        const waitFor = (ns) => {
            taken = this.take(ns);
            return typeof taken === "number" && taken !== ENDED ? taken : 0;
        };
        block(
            this.#timeout,
            waitFor,
            () => this.timedOut(),
            (code) => this.failure(code),
        );
        return taken === ENDED ? DONE : { done: false, value: taken };
    }

    return(value) {
        this.close();
        return { done: true, value };
    }

    [Symbol.iterator]() {
        return this;
    }
}

// ---- on the event loop --------------------------------------------------------------------------------------------

const turn = () => new Promise((resolve) => setImmediate(resolve));
const REVIVAL = 50e6; // nanoseconds between two looks for a new producer

class Follower extends Reader {
    #options;
    #revives;
    #turn = Promise.resolve();
    #waiting;
    #stop;

    constructor(key, arena, name, options) {
        const what = `stream "${name}"`;
        const given = check.checkOptions(`${what}: options`, options, [...SYNC_OPTIONS, "signal", "ref"]);
        const checked = checkAsyncOptions(what, given);
        checked.signal?.throwIfAborted();
        super(key, arena, name, given);
        this.#options = checked;
        this.#revives = given.revive === true;
        const { signal } = checked;
        this.#stop = () => this.close();
        signal?.addEventListener("abort", this.#stop, { once: true });
    }

    // Calls take one after the other.
    next() {
        const result = this.#turn.then(() => this.#next());
        this.#turn = result.catch(() => {});
        return result;
    }

    async #next() {
        const { signal, timeout } = this.#options;
        if (signal?.aborted) throw signal.reason;
        if (this.isOver()) return DONE;
        this.moveOn();
        const deadline = performance.now() + timeout / 1e6;
        for (let collections = 0; ;) {
            const taken = this.take(0);
            if (taken === ENDED) return DONE;
            if (typeof taken !== "number") return { done: false, value: taken };
            if (taken === BUSY && collections++ === 0) {
                native.collect(); // the views that it holds may be garbage
                await turn();
                await turn();
            } else if (taken === TIMEOUT) {
                await this.#more(
                    timeout === FOREVER ? FOREVER : Math.max(0, (deadline - performance.now()) * 1e6),
                );
            } else {
                throw this.failure(taken);
            }
            if (signal?.aborted) throw signal.reason;
            if (this.isOver()) return DONE;
        }
    }

    // Resolves when the reader should look again.
    #more(timeout) {
        if (timeout === 0) throw this.timedOut();
        return new Promise((resolve, reject) => {
            const waiting = new Waiting(
                { ...this.#options, timeout },
                () => this.timedOut(),
                resolve,
                reject,
            );
            this.#waiting = waiting;
            putNumber(this.sequence + 1);
            const number = native.notifyStream(this.arena.native, this.name);
            const look = (code) => {
                if (code !== DIED || !this.#revives) return waiting.resolve();
                const timer = setTimeout(() => waiting.resolve(), REVIVAL / 1e6);
                waiting.atEnd(() => clearTimeout(timer));
            };
            if (number > 0) waiting.listen(number, look);
            else if (number === NOT_FOUND || number === ENDED || number === DIED) look(number);
            else waiting.reject(this.failure(number));
        });
    }

    close() {
        super.close();
        this.#options?.signal?.removeEventListener("abort", this.#stop);
        this.#waiting?.resolve(); // the waiting call looks, and finds the reader closed
    }

    async return(value) {
        this.close();
        return { done: true, value };
    }

    [Symbol.asyncIterator]() {
        return this;
    }

    async [ASYNC_DISPOSE]() {
        this.close();
    }
}

// ---- producing ----------------------------------------------------------------------------------------------------

// A producer, until it is closed. If the object is lost, it stays a producer until the arena is closed.
class Producer {
    #arena;
    #closed = false;

    constructor(key, arena, name) {
        requireOurs(key, "Producer: lina.produce(name) makes them");
        arena.check(native.produce(arena.native, name), "stream", name);
        this.#arena = arena;
        this.name = name;
    }

    get closed() {
        return this.#closed;
    }

    close() {
        if (this.#closed) return;
        this.#closed = true;
        const code = native.endStream(this.#arena.native, this.name);
        // If the stream was removed, or the arena closed, it is over already.
        if (code < 0 && code !== NOT_FOUND && !this.#arena.closed)
            this.#arena.check(code, "stream", this.name);
    }

    [DISPOSE]() {
        this.close();
    }
}

async function closeAfter(producer, promise) {
    try {
        return await promise;
    } finally {
        producer.close();
    }
}

function produce(arena, name, body) {
    check.checkName("stream", name);
    if (body !== undefined) check.checkFunction(`stream "${name}": body`, body);
    const producer = new Producer(OURS, arena, name);
    if (body === undefined) return producer;
    let result, isPromise;
    try {
        result = body();
        isPromise = typeof result?.then === "function";
    } finally {
        if (!isPromise) producer.close();
    }
    return isPromise ? closeAfter(producer, result) : result;
}

module.exports = { Follower, Producer, SyncFollower, produce };
