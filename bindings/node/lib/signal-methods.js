// signal-methods.js - the methods of Arena for signals by name.
"use strict";

const { native, takeBigInt, takeNumber } = require("./native.js");
const { LinaError, wrongValue } = require("./errors.js");
const check = require("./check.js");
const { Signals } = require("./signal.js");
const waits = require("./wait.js");

class WithSignals {
    // A cache of the last signal: scripts often use one signal again and again. Without a signal, the name says
    // nothing. It is a string all the same, since engines compare strings with strings faster.
    #lastName = "";
    #lastSignal;

    constructor() {
        Object.defineProperty(this, "signals", { value: new Signals(this) });
    }

    forgetSignals() {
        this.#lastName = "";
        this.#lastSignal = undefined;
        this.signals.end();
    }

    // A signal that was opened here, or undefined if there is none or it was removed.
    #opened(name) {
        if (name !== this.#lastName || this.#lastSignal === undefined || this.#lastSignal.isGone) {
            this.#lastSignal = this.signals.find(name);
            this.#lastName = this.#lastSignal === undefined ? "" : name;
        }
        return this.#lastSignal;
    }

    openSignal(name) {
        return this.signals.open(check.checkName("signal", name));
    }

    signal(name, n = 1) {
        check.checkName("signal", name);
        const count = n === 1 ? 1 : check.checkAmount(`signal "${name}": n`, n);
        this.signals.act(name, (signal) => signal.raise(count));
    }

    removeSignal(name) {
        check.checkName("signal", name);
        this.check(native.removeSignal(this.native, name), "signal", name);
    }

    clear(name) {
        this.signals.act(check.checkName("signal", name), (signal) => signal.unset());
    }

    tryWait(name) {
        if (name === this.#lastName && this.#lastSignal !== undefined) {
            const seen = this.#lastSignal.look();
            if (seen >= 0) return seen === 1;
        }
        const signal = this.#opened(name);
        const seen = signal === undefined ? -1 : signal.look();
        return (seen < 0 ? this.#lookByName(name, native.tryWait) : seen) === 1;
    }

    value(name, options) {
        if (name === this.#lastName && this.#lastSignal !== undefined && options === undefined) {
            const value = this.#lastSignal.valueOrGone();
            if (value >= 0) return value;
        }
        return this.#valueCarefully(name, options);
    }

    #valueCarefully(name, options) {
        const signal = this.#opened(name);
        if (signal === undefined) check.checkName("signal", name);
        const bigint = options !== undefined && checkBigInt(name, options);
        if (!bigint && signal !== undefined) {
            const value = signal.valueOrGone();
            if (value !== -1) return exactly(name, value);
        }
        this.#lookByName(name, native.value);
        return bigint ? takeBigInt() : exactly(name, takeNumber());
    }

    #lookByName(name, look) {
        check.checkName("signal", name);
        if (this.signals.isPolled(name)) this.#openIfThereIsRoom(name);
        return this.check(look(this.native, name), "signal", name);
    }

    #openIfThereIsRoom(name) {
        try {
            this.signals.open(name);
        } catch (error) {
            if (!(error instanceof LinaError)) throw error;
        }
    }

    wait(name, options) {
        return waits.wait(this, name, options);
    }

    waitValue(name, target, options) {
        return waits.waitValue(this, name, target, options);
    }

    waitAny(names, options) {
        return waits.waitAny(this, names, options);
    }

    waitSync(name, timeout) {
        waits.waitSync(this, name, timeout);
    }

    waitValueSync(name, target, timeout) {
        waits.waitValueSync(this, name, target, timeout);
    }

    waitAnySync(names, timeout) {
        return waits.waitAnySync(this, names, timeout);
    }
}

function checkBigInt(name, options) {
    const { bigint } = check.checkOptions(`signal "${name}": options`, options, ["bigint"]);
    return check.checkFlag(`signal "${name}": options.bigint`, bigint);
}

function exactly(name, value) {
    if (typeof value === "number") return value;
    throw wrongValue(
        `signal "${name}": value`,
        value ?? "it",
        "is above 2^53: ask for it by { bigint: true }",
    );
}

module.exports = { WithSignals };
