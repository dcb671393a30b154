// loan.js - loans: next generations, which others see only after they are published.
"use strict";

const { native } = require("./native.js");
const { LinaError, failure, invalid } = require("./errors.js");
const { checkOptions } = require("./check.js");
const { Waiting, block, checkAsyncOptions } = require("./wait.js");
const { DISPOSE, LinaArray, kEnd, kGeneration, kRegion } = require("./array.js");

const BEHIND = -19;
const TIMEOUT = -7;
const PUBLISHED = Symbol("published"); // true if it was published, at the last look

function publishOptions(name, given) {
    return checkAsyncOptions(`array "${name}"`, given);
}

class Loan extends LinaArray {
    #kept = false;
    #state = "loan";
    #how; // time-out and AbortSignal of publishing in a stream

    constructor(key, arena, name, buffer, layout, how) {
        super(key, arena, name, buffer, layout);
        this.#how = how;
    }

    get isLoan() {
        return this.#state === "loan";
    }

    endedBecause() {
        return this.#state === "published"
            ? "the loan was published, and its view ended; lina.array(name) opens it, and loan.keep() before keeps it"
            : "the loan was discarded";
    }

    // Keeps the view valid after publishing, as a view of the published generation.
    keep() {
        this.#kept = true;
        return this;
    }

    #checkLoan() {
        if (!this.isLoan) throw invalid(`array "${this.name}": it is not an unpublished loan`);
    }

    #options(options) {
        if (options === undefined) return this.#how;
        return publishOptions(
            this.name,
            checkOptions(`array "${this.name}": options`, options, ["timeout", "signal"]),
        );
    }

    #failure(code) {
        const error = failure(code, this.arena, "array", this.name);
        error.loan = this; // it is still a loan
        return error;
    }

    // The error text names the slowest reader.
    #timedOut() {
        const code = native.publish(this[kRegion], this.#kept);
        if (code >= 0) return undefined;
        const { message } = this.#failure(code);
        return Object.assign(new LinaError("TIMEOUT", `${message}; timed out`), { loan: this });
    }

    // Publishes. Blocks while a stream has no room.
    publish(options) {
        this.#checkLoan();
        const { timeout } = this.#options(options);
        let code = native.publish(this[kRegion], this.#kept);
        if (code === BEHIND && timeout > 0) {
            const waitFor = (ns) => {
                code = native.publishWithin(this[kRegion], this.#kept, ns);
                return code === BEHIND ? TIMEOUT : code;
            };
            const expired = () => this.#timedOut() ?? PUBLISHED;
            try {
                block(timeout, waitFor, expired, (failed) => this.#failure(failed));
            } catch (problem) {
                if (problem !== PUBLISHED) throw problem;
            }
        } else if (code < 0) {
            throw this.#failure(code);
        }
        this.#settle();
    }

    // Publishes, and resolves when that is done. The event loop runs while a stream has no room.
    async publishAsync(options) {
        this.#checkLoan();
        const { timeout, signal } = this.#options(options);
        const deadline = performance.now() + timeout / 1e6;
        for (;;) {
            if (signal?.aborted) throw signal.reason;
            this.#checkLoan();
            const code = native.publish(this[kRegion], this.#kept);
            if (code >= 0) return this.#settle();
            if (code !== BEHIND || timeout === 0) throw this.#failure(code);
            const left = timeout === Infinity ? timeout : (deadline - performance.now()) * 1e6;
            if (!(await this.#room(left, signal))) {
                const error = this.#timedOut();
                if (error !== undefined) throw error;
                return this.#settle();
            }
        }
    }

    // Resolves with true if there may be room, and with false if the time is over.
    #room(timeout, signal) {
        if (timeout <= 0) return false;
        return new Promise((resolve, reject) => {
            const late = new Error("late");
            const end = (error) => (error === late ? resolve(false) : reject(error));
            const waiting = new Waiting({ timeout, signal, isRef: true }, () => late, resolve, end);
            const number = native.notifyRoom(this.arena.native, this.name);
            if (number > 0) waiting.listen(number, () => waiting.resolve(true));
            else waiting.reject(this.#failure(number));
        });
    }

    #settle() {
        this.#state = "published";
        if (this.#kept) this.#refresh();
        else this[kEnd](() => {});
    }

    // Finds out which generation the loan became. Others may have published since.
    #refresh() {
        const { generation } = this.arena.openDesc(this.name);
        if (this.isCurrent) this[kGeneration] = generation; // then the number is its own
    }

    discard() {
        this.#checkLoan();
        this.close();
    }

    close() {
        if (this.isLoan) {
            this.#state = "discarded";
            this[kEnd](() => native.discard(this[kRegion]));
        } else {
            super.close();
        }
    }

    [DISPOSE]() {
        this.close();
    }
}

function settle(loan) {
    if (loan.isLoan) loan.publish(); // unless the function has done so
}

async function settleLater(loan, promise) {
    let result;
    try {
        result = await promise;
    } catch (error) {
        if (loan.isLoan) loan.discard();
        throw error;
    }
    if (loan.isLoan) await publishLater(loan);
    return result;
}

// Publishes. If the wait for room is aborted, discards the loan, because the caller has no reference to it.
async function publishLater(loan) {
    try {
        await loan.publishAsync();
    } catch (error) {
        if (error?.loan !== loan && loan.isLoan) loan.discard();
        throw error;
    }
}

// Publishes if `body`, or its promise, succeeds, and discards otherwise. Returns what `body` returned.
function withLoan(loan, body) {
    let result, isPromise;
    try {
        result = body(loan);
        isPromise = typeof result?.then === "function"; // may be a getter, which may throw
    } catch (error) {
        if (loan.isLoan) loan.discard();
        throw error;
    }
    if (isPromise) return settleLater(loan, result);
    settle(loan);
    return result;
}

module.exports = { Loan, publishOptions, withLoan };
