// What the types promise, checked by tsc: see types.test.js. Nothing here runs.
import lina, { type DType, type LinaArray, array, loan } from "lina";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <T extends true>(): T => true as T;

const x = lina.createArray("x", "f64", [2, 3], { order: "F" });
yes<Same<typeof x, LinaArray<"f64">>>();
yes<Same<typeof x.data, Float64Array<ArrayBuffer>>>();
const element: number = x.get(0, 1);
x.set(0, 1, element);

const typed: Float64Array = lina.typedArray<"f64">("x");
const exact: BigInt64Array = lina.typedArray<"i64">("x");
const big: bigint = array<"i64">("x").get(0);
const flag: boolean = array<"bool">("x").get(0);
const [real, imaginary] = array<"c64">("x").get(0);
array<"i64">("x").set(0, 5n);
array<"c64">("x").set(0, [real, imaginary]);
const any: DType = lina.array("x").dtype;

const made = lina.createArray("y", Float32Array, 3);
const records = lina.createRecords("p", { x: "f64", id: Int32Array }, 10, { existOk: true });
const id: lina.LinaArray<"i32"> = records.id;
lina.alias("x of it", "r", { offset: 8, shape: [4], strides: [12], dtype: "f64" });
id.set(1, records.x.get(2));
lina.sync();
yes<Same<typeof made.dtype, "f32">>();

const result: number = loan("x", "u8", 3, (y) => y.data.length);
const later: Promise<string> = lina.loan("x", "u8", 3, { order: "C" }, async (y) => y.name);
const byHand = lina.loan("x", "u8", 3);
byHand.keep().publish();

const count: number = lina.value("s");
const exactly: bigint = lina.value("s", { bigint: true });
const first: Promise<string> = lina.waitAny(["a", ["b", 2n]], { timeout: 1, signal: AbortSignal.timeout(5) });
lina.waitSync("s", 0.5);
lina.waitSync("s", { timeout: null });

async function streams(): Promise<number> {
    lina.stream("f", 8);
    lina.stream("f", { depth: 8 });
    const options = { start: "oldest", timeout: 1, signal: AbortSignal.timeout(5) } as const;
    let sum = 0;
    for await (const frame of lina.follow<"i32">("f", options)) sum += frame.keep().get(0) + frame.sequence;
    for (const frame of lina.followSync<"i32">("f", { lossy: true })) sum += frame.get(0);
    const body: Promise<number> = lina.produce("f", async () => 5);
    lina.produce("f").close();
    await lina.loan("f", "i32", 1, { timeout: 1 }, async (x) => x.set(0, 1));
    await lina.loan("f", "i32", 1).publishAsync({ timeout: 1 });
    await lina.wait("s", { member: "camera" });
    lina.setMemberName(null);
    const [first] = lina.members();
    return sum + (await body) + (first?.pid ?? 0) + lina.streamInfo("f").unread;
}
const again: LinaArray<"u8"> = lina.from<"u8">(x.ref());
const arena = lina.Arena.create(4096, { temporary: true });
{
    using own = arena.array("x");
    own.toNested();
}
try {
    arena.close();
} catch (error) {
    if (error instanceof lina.LinaError && error.code === "CLOSED") error.loan?.discard();
}

// @ts-expect-error: no such dtype
lina.createArray("x", "f65", 3);
// @ts-expect-error: a shape of strings
lina.createArray("x", "f64", ["3"]);
// @ts-expect-error: a number is not an element of complex pairs
const wrong: number = array<"c64">("x").get(0);
// @ts-expect-error: memory is not to be replaced
x.data = new Float64Array(3);
// @ts-expect-error: no such option
lina.createArray("x", "f64", 3, { oder: "C" });
// @ts-expect-error: no such order
lina.createArray("x", "f64", 3, { order: "D" });
// @ts-expect-error: a string for a float
array<"f64">("x").set(0, "1");
// @ts-expect-error: made by lina.array only
new lina.LinaArray();

export { streams, again, any, big, count, exact, exactly, first, flag, later, made, result, typed, wrong };
