// wait.js - waits for signals: on the event loop, without a thread for each, or blocking, for scripts that have
// nothing else to do.
"use strict";

const { native, putNumber } = require("./native.js");
const { LinaError, failure, wrongType, wrongValue } = require("./errors.js");
const {
    FOREVER,
    checkFlag,
    checkName,
    checkOptions,
    checkTarget,
    checkTimeout,
    checkTimeoutOf,
} = require("./check.js");

const NOT_FOUND = -2;

// ---- aims -----------------------------------------------------------------------------------------------------

// What a wait is for: that a signal is set, or that its counter reaches a target.
class Aim {
    constructor(arena, name, target) {
        this.arena = arena;
        this.name = checkName("signal", name);
        this.target = target === undefined ? undefined : checkTarget(name, target);
    }

    get isValue() {
        return this.target !== undefined;
    }

    // Looks, without making the signal.
    isReached() {
        if (!this.isValue) return this.arena.tryWait(this.name);
        return this.arena.value(this.name, { bigint: true }) >= BigInt(this.target);
    }

    // Asks for a notice. Returns its number, or 0 if the aim is reached already.
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

const pending = new Map(); // the function to call for each notice, by its number

native.onNotice((number, code) => {
    const settle = pending.get(number);
    pending.delete(number);
    settle?.(code);
});

const LONGEST = 2147483647; // the most milliseconds of a timer of Node

// Calls `expire` after `ns`, which may be longer than a timer can be. Returns a function that cancels this.
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

const WAIT_OPTIONS = ["timeout", "signal", "ref", "member"];

const checkMember = (member) =>
    member === undefined || member === null ? undefined : checkName("member", member);

// Checks the options of functions that return a promise.
function checkAsyncOptions(what, { timeout, signal, ref }) {
    if (signal !== undefined && !(signal instanceof AbortSignal))
        throw wrongType(`${what}: options.signal`, signal, "an AbortSignal");
    const isRef = ref === undefined || checkFlag(`${what}: options.ref`, ref);
    return { timeout: checkTimeoutOf(what, timeout), signal, isRef };
}

function checkWaitOptions(name, options) {
    const given = checkOptions(`signal "${name}": options`, options, WAIT_OPTIONS);
    return { ...checkAsyncOptions(`signal "${name}"`, given), member: checkMember(given.member) };
}

// Everything that runs for one promise, and that must be ended with it.
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

    // Adds a function to call at the end, whatever the outcome is.
    atEnd(ending) {
        this.#endings.push(ending);
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

// The error for a notice that came without the signal.
function endedMeanwhile(aim, code) {
    const [kind, why] =
        code === NOT_FOUND ? ["NOT_FOUND", "it was removed"] : ["CLOSED", "the arena was closed"];
    return new LinaError(kind, `signal "${aim.name}": ${why}`);
}

// Resolves with the index of the first aim that is reached; the lowest, if several are.
function reach(aims, options, expired) {
    const { timeout, signal, member } = options;
    if (signal?.aborted) throw signal.reason;
    const watch = member === undefined ? undefined : new MemberWatch(aims, member);
    const dead = watch?.look();
    if (dead instanceof Error) throw dead;
    const now = aims.findIndex((aim) => aim.isReached());
    if (now >= 0) return now;
    if (timeout === 0) throw expired();
    return new Promise((resolve, reject) => {
        const waiting = new Waiting(options, expired, resolve, reject);
        if (watch !== undefined) watchOver(watch, waiting);
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

// ---- depending on a member ------------------------------------------------------------------------------------

const UNTIL_SET = 2n ** 64n - 1n;
const LOOK_AFTER = 80; // milliseconds between two looks at a member

// Each look finds the member by its name, and a later look may find another member of that name. So the wait
// remembers the incarnation of the first.
class MemberWatch {
    #incarnation;

    constructor(aims, member) {
        this.aims = aims;
        this.arena = aims[0].arena;
        this.member = member;
        this.names = aims.map((aim) => aim.name);
        this.targets = aims.map((aim) => (aim.isValue ? BigInt(aim.target) : UNTIL_SET));
        this.#hasNamesake();
    }

    #hasNamesake() {
        const members = native.members(this.arena.native);
        if (typeof members === "number") throw failure(members, this.arena, "signal", this.names[0]);
        const now = members.find(({ name }) => name === this.member)?.incarnation;
        this.#incarnation ??= now;
        return now !== undefined && now !== this.#incarnation;
    }

    // Waits at most so long. Returns an index, a code below zero, or the error for the member's death.
    waitFor(ns) {
        const isGone = this.#hasNamesake();
        const member = isGone ? null : this.member;
        const code = native.waitForAny(this.arena.native, isGone ? 0 : ns, this.names, this.targets, member);
        if (code >= 0) return code;
        const why = `signal "${this.names[0]}": member "${this.member}" is gone`;
        return isGone || native.errorName(code) === "DIED" ? new LinaError("DIED", why) : code;
    }

    // Returns an error if the wait cannot go on.
    look() {
        const code = this.waitFor(0);
        if (code === TIMEOUT || code >= 0 || code instanceof Error) return code;
        return failure(code, this.arena, "signal", this.names[0]);
    }
}

// Watches the member by a timer, because there is no notice of a death.
function watchOver(watch, waiting) {
    const timer = setInterval(() => {
        try {
            const found = watch.look();
            if (found instanceof Error) waiting.reject(found);
            else if (found >= 0) waiting.resolve(found);
        } catch (error) {
            waiting.reject(error);
        }
    }, LOOK_AFTER);
    timer.unref(); // only the wait itself decides whether the process stays alive
    waiting.atEnd(() => clearInterval(timer));
}

class Reached {
    constructor(index) {
        this.index = index;
    }
}

// The lowest aim that is reached. The aim that rang counts, even if its signal was cleared since.
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

// Makes aims of names, or of pairs of a name and the value that its counter must reach.
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

const NAP = 40e6; // nanoseconds; between two naps, the engine can end the script
const INTERRUPTED = -15;
const TIMEOUT = -7;
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"];

// True if JavaScript handles a signal that ends processes. Its handlers run on the event loop, which a blocking wait
// stops.
function isAskedToEnd() {
    return ENDING.some((signal) => process.listenerCount(signal) > 0);
}

function timeoutOf(name, how) {
    if (typeof how !== "object" || how === null) return checkTimeout(name, how);
    const { timeout } = checkOptions(`signal "${name}": options`, how, ["timeout", "member"]);
    return checkTimeout(name, timeout);
}

const memberOf = (how) => (typeof how === "object" && how !== null ? checkMember(how.member) : undefined);

// Calls `waitFor` again and again, for a moment each, until it returns a result that is not below zero.
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

function blockOn(aim, timeout, member) {
    if (member !== undefined) {
        blockWith(new MemberWatch([aim], member), timeout, () => aim.timedOut());
        return;
    }
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

// Blocks until one of the aims is reached, or the member is gone.
function blockWith(watch, timeout, timedOut) {
    const waitFor = (ns) => {
        const code = watch.waitFor(ns);
        if (code instanceof Error) throw code;
        return code;
    };
    return block(timeout, waitFor, timedOut, (code) => failure(code, watch.arena, "signal", watch.names[0]));
}

function waitAnySync(arena, waits, how) {
    const aims = aimsOf(arena, waits);
    const names = aims.map((aim) => aim.name);
    const timeout = timeoutOf(names[0], how);
    const member = memberOf(how);
    if (member !== undefined)
        return names[blockWith(new MemberWatch(aims, member), timeout, () => noneInTime(names))];
    const targets = aims.map((aim) => (aim.isValue ? BigInt(aim.target) : UNTIL_SET));
    const waitFor = (ns) => native.waitForAny(arena.native, ns, names, targets, null);
    const fail = (code) => failure(code, arena, "signal", names[0]);
    return names[block(timeout, waitFor, () => noneInTime(names), fail)];
}

function waitSync(arena, name, how) {
    const aim = new Aim(arena, name);
    blockOn(aim, timeoutOf(aim.name, how), memberOf(how));
}

function waitValueSync(arena, name, target, how) {
    const aim = new Aim(arena, name, requireTarget(name, target));
    blockOn(aim, timeoutOf(aim.name, how), memberOf(how));
}

module.exports = {
    Waiting,
    block,
    checkAsyncOptions,
    wait,
    waitAny,
    waitAnySync,
    waitSync,
    waitValue,
    waitValueSync,
};
