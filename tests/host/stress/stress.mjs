// JavaScript's part of the stress: overflows of the stack, exceptions, garbage.
import lina from "lina";

const overflow = () => 1 + overflow();

function caught(action) {
    try {
        action();
    } catch (error) {
        return error;
    }
    return undefined;
}

while (!lina.tryWait("stop")) {
    if (!(caught(overflow) instanceof RangeError)) throw new Error("no overflow");
    for (let i = 0; i < 1000; i++) caught(() => undefined.field);
    const texts = Array.from({ length: 1000 }, (_, i) => "x".repeat(i));
    if (texts.length !== 1000) throw new Error("lost");
    lina.typedArray("x")[3]++;
    lina.signal("rounds.node");
    await new Promise(setImmediate);
}
