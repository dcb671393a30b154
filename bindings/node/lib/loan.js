// loan.js - the next generation of an array, which nobody else sees before it is published.
"use strict";

const { native } = require("./native.js");
const { failure, invalid } = require("./errors.js");
const { DISPOSE, LinaArray, kEnd, kGeneration, kRegion } = require("./array.js");

class Loan extends LinaArray {
    #kept = false;
    #state = "loan";

    get isLoan() {
        return this.#state === "loan";
    }

    endedBecause() {
        return this.#state === "published"
            ? "the loan was published, and its view ended; lina.array(name) opens it, and loan.keep() before keeps it"
            : "the loan was discarded";
    }

    // The view goes on as one of the published generation.
    keep() {
        this.#kept = true;
        return this;
    }

    publish() {
        if (!this.isLoan) throw invalid(`array "${this.name}": it is not an unpublished loan`);
        const code = native.publish(this[kRegion], this.#kept);
        if (code < 0) {
            const error = failure(code, this.arena, "array", this.name);
            error.loan = this; // which it still is
            throw error;
        }
        this.#state = "published";
        if (this.#kept) this.#refresh();
        else this[kEnd](() => {});
    }

    // Others may have published since the loan: its generation is the one that it became.
    #refresh() {
        const { generation } = this.arena.openDesc(this.name);
        if (this.isCurrent) this[kGeneration] = generation; // still, so that it is the one described
    }

    discard() {
        if (!this.isLoan) throw invalid(`array "${this.name}": it is not an unpublished loan`);
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
    if (loan.isLoan) loan.publish(); // unless the function did it itself
}

async function settleLater(loan, promise) {
    let result;
    try {
        result = await promise;
    } catch (error) {
        if (loan.isLoan) loan.discard();
        throw error;
    }
    settle(loan);
    return result;
}

// Publishes when `body` succeeds, or its promise does; discards otherwise. What it returned is returned.
function withLoan(loan, body) {
    let result, isPromise;
    try {
        result = body(loan);
        isPromise = typeof result?.then === "function"; // a getter, which may throw
    } catch (error) {
        if (loan.isLoan) loan.discard();
        throw error;
    }
    if (isPromise) return settleLater(loan, result);
    settle(loan);
    return result;
}

module.exports = { Loan, withLoan };
