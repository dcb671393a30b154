// wait.js - waiting for signals: on the event loop without a thread for each, and, for scripts that have nothing
// else to do, blocking.
"use strict";

const { native, putNumber } = require("./native.js");
const { LinaError, failure, wrongType, wrongValue } = require("./errors.js");
const { FOREVER, checkFlag, checkName, checkOptions, checkTarget, checkTimeout } = require("./check.js");

const NOT_FOUND = -2;

// ---- what is waited for ---------------------------------------------------------------------------------------

// A signal being set, or with a target its counter having reached that.
class Aim {
    constructor(arena, name, target) {
        this.arena = arena;
        this.name = checkName("signal", name);
        this.target = target === undefined ? undefined : checkTarget(name, target);
    }

    get isValue() {
        return this.target !== undefined;
    }

    // Looks; makes nothing.
    isReached() {
        if (!this.isValue) return this.arena.tryWait(this.name);
        return this.arena.value(this.name, { bigint: true }) >= BigInt(this.target);
    }

    // A notice's number, or 0 where there is nothing to wait for.
    notify() {
        putNumber(this.target ?? 0);
        const number = native.notify(this.arena.native, this.name, this.isValue);
        if (number < 0) throw failure(number, this.arena, "signal", this.name);
        return number;
    }

    timedOut() {
        const before = this.isValue ? ` before ${this.target}` : "";
        return new LinaError("TIMEOUT", `signal "${this.name}": timed out${before}`);
    }
}

// ---- on the event loop ----------------------------------------------------------------------------------------

const pending = new Map(); // by the number of a notice: what to do when it comes

native.onNotice((number, code) => {
    const settle = pending.get(number);
    pending.delete(number);
    settle?.(code);
});

const LONGEST = 2147483647; // milliseconds of a timer of Node

// Calls `expire` after `ns`, however long that is. What it returns ends it.
function alarm(ns, isRef, expire) {
    let timer;
    let left = Math.ceil(ns / 1e6);
    const set = () => {
        const part = Math.min(left, LONGEST);
        left -= part;
        timer = setTimeout(left > 0 ? set : expire, part);
        if (!isRef) timer.unref();
    };
    if (ns !== FOREVER) set();
    return () => clearTimeout(timer);
}

const WAIT_OPTIONS = ["timeout", "signal", "ref"];

function checkWaitOptions(name, options) {
    const { timeout, signal, ref } = checkOptions(`signal "${name}": options`, options, WAIT_OPTIONS);
    if (signal !== undefined && !(signal instanceof AbortSignal))
        throw wrongType(`signal "${name}": options.signal`, signal, "an AbortSignal");
    const isRef = ref === undefined || checkFlag(`signal "${name}": options.ref`, ref);
    return { timeout: checkTimeout(name, timeout), signal, isRef };
}

// All that is under way for one promise, given back at its end.
class Waiting {
    #notices = [];
    #endings = [];

    constructor({ timeout, signal, isRef }, expired, resolve, reject) {
        const finish = (how, what) => {
            this.end();
            how(what);
        };
        this.finish = finish;
        this.resolve = (value) => finish(resolve, value);
        this.reject = (error) => finish(reject, error);
        if (isRef) {
            native.keepAlive(true);
            this.#endings.push(() => native.keepAlive(false));
        }
        this.#endings.push(alarm(timeout, isRef, () => this.reject(expired())));
        if (signal === undefined) return;
        const abort = () => this.reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
        this.#endings.push(() => signal.removeEventListener("abort", abort));
    }

    listen(number, settle) {
        this.#notices.push(number);
        pending.set(number, settle);
    }

    end() {
        for (const number of this.#notices) {
            if (pending.delete(number)) native.cancel(number);
        }
        for (const ending of this.#endings) ending();
        this.#notices = this.#endings = [];
    }
}

// What a notice says that does not bring the signal.
function endedMeanwhile(aim, code) {
    const [kind, why] =
        code === NOT_FOUND ? ["NOT_FOUND", "it was removed"] : ["CLOSED", "the arena was closed"];
    return new LinaError(kind, `signal "${aim.name}": ${why}`);
}

// Resolves with the index of the first aim that is reached; the lowest where several are.
function reach(aims, options, expired) {
    const { timeout, signal } = options;
    if (signal?.aborted) throw signal.reason;
    const now = aims.findIndex((aim) => aim.isReached());
    if (now >= 0) return now;
    if (timeout === 0) throw expired();
    return new Promise((resolve, reject) => {
        const waiting = new Waiting(options, expired, resolve, reject);
        try {
            aims.forEach((aim, i) => {
                const number = aim.notify();
                if (number === 0) throw new Reached(i);
                waiting.listen(number, (code) =>
                    code < 0 ? waiting.reject(endedMeanwhile(aim, code)) : waiting.resolve(lowest(aims, i)),
                );
            });
        } catch (problem) {
            if (problem instanceof Reached) waiting.resolve(problem.index);
            else waiting.reject(problem);
        }
    });
}

class Reached {
    constructor(index) {
        this.index = index;
    }
}

// One that rang may have been cleared since; it counts all the same.
function lowest(aims, rang) {
    const first = aims.findIndex((aim, i) => i < rang && aim.isReached());
    return first >= 0 ? first : rang;
}

async function wait(arena, name, options) {
    const aim = new Aim(arena, name);
    await reach([aim], checkWaitOptions(aim.name, options), () => aim.timedOut());
}

async function waitValue(arena, name, target, options) {
    const aim = new Aim(arena, name, requireTarget(name, target));
    await reach([aim], checkWaitOptions(aim.name, options), () => aim.timedOut());
}

function requireTarget(name, target) {
    if (target === undefined) throw wrongType(`signal "${name}": target`, target, "a number or a BigInt");
    return target;
}

const MOST_AIMS = 64;

// Names, or pairs of a name and the value that its counter is to reach.
function aimsOf(arena, waits) {
    if (!Array.isArray(waits)) throw wrongType("waits", waits, "a list of names of signals");
    if (waits.length === 0 || waits.length > MOST_AIMS)
        throw wrongValue("waits", waits, `has ${waits.length} entries: 1 to ${MOST_AIMS}`);
    return Array.from(waits, (item) =>
        Array.isArray(item) ? new Aim(arena, item[0], requireTarget(item[0], item[1])) : new Aim(arena, item),
    );
}

function noneInTime(names) {
    return new LinaError("TIMEOUT", `none of the signals "${names.join('", "')}" came in time`);
}

async function waitAny(arena, waits, options) {
    const aims = aimsOf(arena, waits);
    const names = aims.map((aim) => aim.name);
    return names[await reach(aims, checkWaitOptions(names[0], options), () => noneInTime(names))];
}

// ---- blocking -----------------------------------------------------------------------------------------------------

const NAP = 40e6; // nanoseconds after which the engine may end the script
const INTERRUPTED = -15;
const TIMEOUT = -7;
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"];

// Handlers of JavaScript run on the event loop, which this wait keeps from turning.
function isAskedToEnd() {
    return ENDING.some((signal) => process.listenerCount(signal) > 0);
}

function timeoutOf(name, how) {
    if (typeof how !== "object" || how === null) return checkTimeout(name, how);
    const { timeout } = checkOptions(`signal "${name}": options`, how, ["timeout"]);
    return checkTimeout(name, timeout);
}

// Calls `waitFor` for a moment at a time until it gives what it waited for, which is not below zero.
function block(timeout, waitFor, timedOut, fail) {
    const deadline = performance.now() + timeout / 1e6;
    for (;;) {
        const left = (deadline - performance.now()) * 1e6;
        const code = waitFor(Math.max(0, Math.min(NAP, left)));
        if (code >= 0) return code;
        if (code === INTERRUPTED && !isAskedToEnd()) continue;
        if (code === TIMEOUT && left > NAP) continue;
        throw code === TIMEOUT ? timedOut() : fail(code);
    }
}

function blockOn(aim, timeout) {
    if (aim.isReached()) return;
    if (timeout === 0) throw aim.timedOut();
    const handle = aim.arena.signals.open(aim.name).handle;
    const waitFor = (ns) => {
        putNumber(aim.target ?? 0);
        return native.waitFor(handle, ns, aim.isValue);
    };
    const fail = (code) => failure(code, aim.arena, "signal", aim.name);
    block(timeout, waitFor, () => aim.timedOut(), fail);
}

const UNTIL_SET = 2n ** 64n - 1n;

function waitAnySync(arena, waits, how) {
    const aims = aimsOf(arena, waits);
    const names = aims.map((aim) => aim.name);
    const timeout = timeoutOf(names[0], how);
    const targets = aims.map((aim) => (aim.isValue ? BigInt(aim.target) : UNTIL_SET));
    const waitFor = (ns) => native.waitForAny(arena.native, ns, names, targets);
    const fail = (code) => failure(code, arena, "signal", names[0]);
    return names[block(timeout, waitFor, () => noneInTime(names), fail)];
}

function waitSync(arena, name, how) {
    const aim = new Aim(arena, name);
    blockOn(aim, timeoutOf(aim.name, how));
}

function waitValueSync(arena, name, target, how) {
    const aim = new Aim(arena, name, requireTarget(name, target));
    blockOn(aim, timeoutOf(aim.name, how));
}

module.exports = { wait, waitAny, waitAnySync, waitSync, waitValue, waitValueSync };
