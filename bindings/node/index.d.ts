// Lina for Node.js: named arrays in shared memory.

/// <reference types="node" />

declare global {
    // There where the runtime has it, in the library of TypeScript that says so.
    interface Float16Array {}
}

/** The name of an element type. `i8` has 8 bits. */
export type DType =
    | "u8"
    | "i64"
    | "f64"
    | "bool"
    | "i8"
    | "i16"
    | "i32"
    | "u16"
    | "u32"
    | "u64"
    | "f16"
    | "bf16"
    | "f32"
    | "c64"
    | "c128";

interface Views {
    u8: Uint8Array<ArrayBuffer>;
    i64: BigInt64Array<ArrayBuffer>;
    f64: Float64Array<ArrayBuffer>;
    /** A byte each: test for non-zero. */
    bool: Uint8Array<ArrayBuffer>;
    i8: Int8Array<ArrayBuffer>;
    i16: Int16Array<ArrayBuffer>;
    i32: Int32Array<ArrayBuffer>;
    u16: Uint16Array<ArrayBuffer>;
    u32: Uint32Array<ArrayBuffer>;
    u64: BigUint64Array<ArrayBuffer>;
    /** Where the runtime has no Float16Array, the bits: see `fromBits`. */
    f16: Float16Array | Uint16Array<ArrayBuffer>;
    /** The bits: see `fromBits`. */
    bf16: Uint16Array<ArrayBuffer>;
    f32: Float32Array<ArrayBuffer>;
    /** Real, imaginary, real, imaginary, … */
    c64: Float32Array<ArrayBuffer>;
    c128: Float64Array<ArrayBuffer>;
}

/** The typed array over elements of a dtype. */
export type ViewOf<D extends DType> = Views[D];

interface Elements {
    i64: bigint;
    u64: bigint;
    bool: boolean;
    c64: [real: number, imaginary: number];
    c128: [real: number, imaginary: number];
}

/** What `get` gives of an array of a dtype. */
export type ElementOf<D extends DType> = D extends keyof Elements ? Elements[D] : number;

interface Stores {
    i64: bigint | number;
    u64: bigint | number;
    bool: boolean | 0 | 1;
    c64: readonly [real: number, imaginary: number] | number;
    c128: readonly [real: number, imaginary: number] | number;
}

/** What `set` takes for an array of a dtype. */
export type StorableOf<D extends DType> = D extends keyof Stores ? Stores[D] : number;

/** All elements as nested lists; one element where there are no dimensions. */
export type Nested<D extends DType> = ElementOf<D> | Nested<D>[];

/** A class of typed arrays, which stands for its own dtype. */
export type ViewConstructor =
    | Uint8ArrayConstructor
    | Uint8ClampedArrayConstructor
    | BigInt64ArrayConstructor
    | Float64ArrayConstructor
    | Int8ArrayConstructor
    | Int16ArrayConstructor
    | Int32ArrayConstructor
    | Uint16ArrayConstructor
    | Uint32ArrayConstructor
    | BigUint64ArrayConstructor
    | Float32ArrayConstructor;

/** A dtype as callers may say it: its name, the class of its typed array, or DLPack's 32 bits. */
export type DTypeLike = DType | ViewConstructor | number;

type DTypeOfView<V> = V extends { readonly [Symbol.toStringTag]: infer Tag }
    ? Tag extends keyof Tags
        ? Tags[Tag]
        : DType
    : DType;

interface Tags {
    Uint8Array: "u8";
    Uint8ClampedArray: "u8";
    BigInt64Array: "i64";
    Float64Array: "f64";
    Int8Array: "i8";
    Int16Array: "i16";
    Int32Array: "i32";
    Uint16Array: "u16";
    Uint32Array: "u32";
    BigUint64Array: "u64";
    Float32Array: "f32";
}

/** The dtype that a caller said. */
export type DTypeOf<T extends DTypeLike> = T extends DType
    ? T
    : T extends { readonly prototype: infer View }
      ? DTypeOfView<View>
      : DType;

/** Extents; a number for one dimension. */
export type Shape = number | readonly number[];

/** "C": the last index is the fastest, as in NumPy. "F": the first is, as in Julia. */
export type Order = "C" | "F";

export interface NewOptions {
    /** "C" where it is left out. */
    order?: Order | undefined;
}

export interface CreateOptions extends NewOptions {
    /** Opens the array that is there, if its dtype, shape and order are these. */
    existOk?: boolean | undefined;
}

/** For a loan in a stream, whose publishing waits for readers that are behind. */
export interface PublishOptions {
    /** Seconds; left out, for ever. After it TIMEOUT is thrown, or BEHIND for 0, and it is still a loan. */
    timeout?: number | null | undefined;
    /** Ends the wait of an asynchronous loan with its reason. */
    signal?: AbortSignal | undefined;
}

export interface LoanOptions extends NewOptions, PublishOptions {}

export interface FollowSyncOptions {
    /** With what is published from now on, the newest, the oldest that is kept, or a sequence. */
    start?: "next" | "latest" | "oldest" | number | bigint | undefined;
    /** Producers do not wait for it: it may lose generations, and `lost` tells how many. */
    lossy?: boolean | undefined;
    /** Seconds for each; left out, for ever. After a TIMEOUT the reader goes on. */
    timeout?: number | null | undefined;
    /** Views that it may hold at once; the stream's depth where it is left out. */
    maxHeld?: number | undefined;
    /** Waits for the next producer where the last one died. */
    revive?: boolean | undefined;
}

export interface FollowOptions extends FollowSyncOptions {
    /** Ends the loop with its reason, and closes the reader. */
    signal?: AbortSignal | undefined;
    /** False: it does not keep the process alive. */
    ref?: boolean | undefined;
}

export interface StreamInfo {
    name: string;
    depth: number;
    /** Generations that are kept, the newest included. */
    kept: number;
    /** Of the newest; 0: none. */
    sequence: number;
    /** Reliable ones. */
    readers: number;
    producers: number;
    /** Generations that the slowest reader has still to take. */
    unread: number;
    state: "new" | "produced" | "ended" | "died";
}

export interface Member {
    /** "" without. */
    name: string;
    member: number;
    /** 0 where it cannot be told. */
    pid: number;
    incarnation: bigint;
    /** When it joined, in seconds since 1970. */
    since: number;
    self: boolean;
}

export interface AliasOptions {
    /** Bytes from the base's first element; 0 where it is left out. */
    offset?: number | undefined;
    shape: Shape;
    /** Bytes from one element to the next, negative and zero ones too; in C order where they are left out. */
    strides?: number | readonly number[] | undefined;
    /** Reads the bytes as another dtype: a field of records, for instance. */
    dtype?: DTypeLike | undefined;
}

export interface LookOptions {
    /** A view of read-only memory all the same, though a store through it ends the process. */
    unprotected?: boolean | undefined;
}

export interface WaitOptions {
    /** Seconds; left out, for ever. Less than zero is over already. */
    timeout?: number | null | undefined;
    /** Ends the wait with its reason. */
    signal?: AbortSignal | undefined;
    /** False: the wait does not keep the process alive. */
    ref?: boolean | undefined;
    /** Ends the wait with DIED when the member of that name is gone. */
    member?: string | null | undefined;
}

/** Seconds; left out, for ever. */
export type Timeout =
    number | null | undefined | { timeout?: number | null | undefined; member?: string | null | undefined };

/** A signal's name, or a pair of it and the value that its counter is to reach. */
export type Awaited = string | readonly [name: string, target: number | bigint];

export interface ArenaOptions {
    /** Takes every page now, so that a full machine is an error here and not later. */
    reserve?: boolean | undefined;
    /** The descriptor survives exec. */
    inherit?: boolean | undefined;
    /** Removes an orphan of the same name first. */
    replace?: boolean | undefined;
    /** The last member to close takes the name away. */
    temporary?: boolean | undefined;
    /** Joins the arena of that name if there is one, and it is large enough. */
    existOk?: boolean | undefined;
    /** Lays an anonymous arena on the system's pool of huge pages. */
    huge?: boolean | undefined;
    maxArrays?: number | undefined;
    maxSignals?: number | undefined;
    maxMembers?: number | undefined;
    /** Who may join a named arena: 0o600 (this user, the default), 0o660 or 0o666. */
    mode?: number | undefined;
}

export interface AttachOptions {
    readOnly?: boolean | undefined;
    /** Joins a "shm:" arena of another user too, who can end this process by truncating it. */
    otherUser?: boolean | undefined;
}

export interface Descriptor {
    name: string;
    /** A number where Lina has no name for it: 32 bits as in DLPack. */
    dtype: DType | number;
    shape: number[];
    /** Bytes. */
    strides: number[];
    layout: Order | "strided";
    offset: number;
    nbytes: number;
    capacityBytes: number;
    generation: number;
    flags: number;
}

export interface ArenaInfo {
    size: number;
    usedBytes: number;
    residentBytes: number;
    arrays: number;
    /** Generations that are no longer current and that somebody holds. */
    held: number;
    /** Handed out and not published yet. */
    loans: number;
    signals: number;
    members: number;
    maxArrays: number;
    maxSignals: number;
    maxMembers: number;
    member: number;
    readOnly: boolean;
    orphan: boolean;
    where: string;
}

/** A small object that finds an array again: to be sent to another thread or process. */
export interface ArrayReference {
    readonly lina: "array";
    readonly name: string;
    readonly generation: number;
    readonly incarnation: number;
    readonly where: string;
    readonly readOnly: boolean;
    readonly file: string;
    readonly pid: number;
    readonly fd: number;
}

export type ErrorCode =
    | "INVALID"
    | "NOT_FOUND"
    | "EXISTS"
    | "NO_MEMORY"
    | "FULL"
    | "STALE"
    | "TIMEOUT"
    | "NOT_READY"
    | "CLOSED"
    | "VERSION"
    | "CORRUPT"
    | "PERMISSION"
    | "READ_ONLY"
    | "BUSY"
    | "INTERRUPTED"
    | "SYSTEM"
    | "ENDED"
    | "DIED"
    | "BEHIND"
    | "EXTERNAL";

/** Every failure of Lina's. Bad arguments are instances of TypeError or RangeError as well. */
export class LinaError extends Error {
    constructor(code: ErrorCode, message: string, options?: ErrorOptions);
    readonly code: ErrorCode;
    /** The loan that could not be published, which it still is. */
    readonly loan?: Loan<DType>;
}

interface Closeable {
    /** Gives it back. No harm when that was done already. */
    close(): void;
    [Symbol.dispose](): void;
}

/** One generation of an array: flat data with a shape, as npm's `ndarray` has them. */
export interface LinaArray<D extends DType = DType> extends Closeable {
    readonly arena: Arena;
    readonly name: string;
    readonly dtype: D;
    readonly shape: readonly number[];
    /** Elements of `data` from one element to the next along each dimension. */
    readonly strides: readonly number[];
    readonly stride: readonly number[];
    /** Where in `data` element (0, 0, …) lies. */
    readonly offset: number;
    readonly ndim: number;
    readonly size: number;
    readonly order: Order | "strided";
    readonly generation: number;
    /** The generation's number among all that the name ever had. */
    readonly sequence: number;
    readonly incarnation: number;
    readonly readOnly: boolean;
    readonly closed: boolean;
    /** False once another generation was published, or the array removed. */
    readonly isCurrent: boolean;
    /** The arena's own memory. Ends with `close`. */
    readonly data: ViewOf<D>;
    get(...indices: number[]): ElementOf<D>;
    set(...indicesAndValue: [...indices: number[], value: StorableOf<D>]): void;
    toNested(): Nested<D>;
    ref(): ArrayReference;
}

export const LinaArray: { readonly prototype: LinaArray };

/** The next generation of an array, which nobody else sees before it is published. */
export interface Loan<D extends DType = DType> extends LinaArray<D> {
    readonly isLoan: boolean;
    /** The view goes on after publishing. */
    keep(): this;
    /** Blocks while a stream has no room. */
    publish(options?: { timeout?: number | null | undefined }): void;
    /** Resolves once it is published: the event loop turns while a stream has no room. */
    publishAsync(options?: PublishOptions): Promise<void>;
    discard(): void;
}

/** A generation that a reader took. */
export interface Taken<D extends DType = DType> extends LinaArray<D> {
    /** The view stays when its reader moves on. */
    keep(): this;
}

interface Reader extends Closeable {
    readonly name: string;
    readonly closed: boolean;
    /** Generations that were passed over. */
    readonly lost: number;
    /** Of the one that was taken last. */
    readonly sequence: number;
}

/** Takes each generation of a stream once, in order. */
export interface Follower<D extends DType = DType> extends Reader, AsyncIterableIterator<Taken<D>> {
    next(): Promise<IteratorResult<Taken<D>, undefined>>;
    return(value?: unknown): Promise<IteratorResult<Taken<D>>>;
    [Symbol.asyncIterator](): this;
    [Symbol.asyncDispose](): Promise<void>;
}

/** The same, which blocks its thread. */
export interface SyncFollower<D extends DType = DType> extends Reader, IterableIterator<Taken<D>> {
    next(): IteratorResult<Taken<D>, undefined>;
    return(value?: unknown): IteratorResult<Taken<D>>;
    [Symbol.iterator](): this;
}

/** One who produces into a stream, until it is closed. */
export interface Producer extends Closeable {
    readonly name: string;
    readonly closed: boolean;
}

export const Loan: { readonly prototype: Loan };

/** A signal by handle. */
export interface Signal {
    readonly name: string;
    signal(): void;
    tryWait(): boolean;
    clear(): void;
    /** The counter; undefined above 2^53. */
    value(): number | undefined;
    valueBigInt(): bigint;
}

export const Signal: { readonly prototype: Signal };

/** What an arena can do, and the module for the process's default arena. */
export interface Methods {
    /** Makes an array of zeroes. */
    createArray<T extends DTypeLike>(
        name: string,
        dtype: T,
        shape: Shape,
        options?: CreateOptions,
    ): LinaArray<DTypeOf<T>>;
    /** Makes an array for each field, NAME.FIELD: all or, when one cannot be, none. */
    createRecords<F extends Readonly<Record<string, DTypeLike>>>(
        name: string,
        fields: F,
        shape: Shape,
        options?: { existOk?: boolean | undefined },
    ): { [K in keyof F]: LinaArray<DTypeOf<F[K]>> };
    /** Publishes a new generation of zeroes. */
    republish(name: string, dtype: DTypeLike, shape: Shape, options?: NewOptions): void;
    /** The current generation. */
    array<D extends DType = DType>(name: string): LinaArray<D>;
    /** The current generation, flat; in place as long as it lives. */
    typedArray<D extends DType>(name: string, options?: LookOptions): ViewOf<D>;
    /** Its bytes. */
    buffer(name: string, options?: LookOptions): Uint8Array<ArrayBuffer>;
    openDesc(name: string): Descriptor;
    list(): Descriptor[];
    /** Takes the name away. Views stay valid. */
    remove(name: string): void;
    /** Says that no raw pointer is left to generations of the name that are no longer current. */
    reclaim(name: string): void;
    /** Gives part of an array a name of its own. */
    alias(name: string, base: string, options: AliasOptions): void;
    /** Publishes when `body` succeeds, or its promise does; discards otherwise. Gives what `body` gave. */
    loan<T extends DTypeLike, R>(
        name: string,
        dtype: T,
        shape: Shape,
        body: (loan: Loan<DTypeOf<T>>) => R,
    ): R;
    loan<T extends DTypeLike, R>(
        name: string,
        dtype: T,
        shape: Shape,
        options: LoanOptions | undefined,
        body: (loan: Loan<DTypeOf<T>>) => R,
    ): R;
    loan<T extends DTypeLike>(name: string, dtype: T, shape: Shape, options?: LoanOptions): Loan<DTypeOf<T>>;
    /** Makes the name a stream, which keeps its last `depth` generations; without a depth it has to be one. */
    stream(name: string, depth?: number | { depth?: number | undefined }): void;
    streamInfo(name: string): StreamInfo;
    /** Produces while `body` runs, or its promise; without one until the producer is closed. */
    produce<R>(name: string, body: () => R): R;
    produce(name: string): Producer;
    /** Reads a stream by `for await`. The reader is open when this returns; each view ends when the next is taken. */
    follow<D extends DType = DType>(name: string, options?: FollowOptions): Follower<D>;
    /** Reads a stream by `for`, and blocks this thread. */
    followSync<D extends DType = DType>(name: string, options?: FollowSyncOptions): SyncFollower<D>;
    /** Gives this member of the arena a name, or none. */
    setMemberName(name: string | null): void;
    /** The living members. */
    members(): Member[];
    /** A copy of the current generation. */
    read<D extends DType = DType>(name: string): LinaArray<D>;
    /** Copies into the current generation, byte by byte: a LinaArray must have the same shape and order. */
    write(name: string, values: NodeJS.TypedArray | LinaArray): void;

    /** Adds one to the counter, or `n`, and wakes the waiters. */
    signal(name: string, n?: number | bigint): void;
    /** Takes the signal away: waits for it end with NOT_FOUND, and the name is unused then. */
    removeSignal(name: string): void;
    /** Unsets the signal. The counter keeps its value. */
    clear(name: string): void;
    /** Whether the signal is set. */
    tryWait(name: string): boolean;
    /** The counter. */
    value(name: string, options?: { bigint?: false | undefined }): number;
    value(name: string, options: { bigint: true }): bigint;
    openSignal(name: string): Signal;
    /** Resolves once the signal is set. */
    wait(name: string, options?: WaitOptions): Promise<void>;
    /** Resolves once the counter is at least `target`. */
    waitValue(name: string, target: number | bigint, options?: WaitOptions): Promise<void>;
    /** Resolves with the name of the first; of several, the one listed first. */
    waitAny(waits: readonly Awaited[], options?: WaitOptions): Promise<string>;
    /** Blocks this thread until the signal is set. */
    waitSync(name: string, timeout?: Timeout): void;
    waitAnySync(waits: readonly Awaited[], timeout?: Timeout): string;
    waitValueSync(name: string, target: number | bigint, timeout?: Timeout): void;

    info(): ArenaInfo;
    /** The descriptor by which other processes can attach ("fd:N"). */
    fd(): number;
    /** Throws where an invariant of the arena's tables does not hold. */
    checkTables(): void;
    /** Returns when the disk has what is in the memory of a "file:" arena. */
    sync(): void;
}

/** An arena by handle. */
export interface Arena extends Methods, Closeable {
    readonly closed: boolean;
}

export const Arena: {
    readonly prototype: Arena;
    /** Makes one: anonymous, or as "shm:NAME" or "file:PATH". */
    create(bytes: number, where?: string | null, options?: ArenaOptions): Arena;
    create(bytes: number, options: ArenaOptions): Arena;
    /** Joins "shm:NAME", "file:PATH" or "fd:N". */
    attach(where: string, options?: AttachOptions): Arena;
};

/** Makes the process's default arena. */
export function initArena(bytes: number, where?: string | null, options?: ArenaOptions): void;
export function initArena(bytes: number, options: ArenaOptions): void;
/** Joins one as the process's default arena. */
export function attach(where: string, options?: AttachOptions): void;
/** Leaves the default arena. Views stay valid. */
export function shutdown(): void;
export const defaultArena: Arena;

export const createArray: Methods["createArray"];
export const createRecords: Methods["createRecords"];
export const republish: Methods["republish"];
export const array: Methods["array"];
export const typedArray: Methods["typedArray"];
export const buffer: Methods["buffer"];
export const openDesc: Methods["openDesc"];
export const list: Methods["list"];
export const remove: Methods["remove"];
export const reclaim: Methods["reclaim"];
export const alias: Methods["alias"];
export const loan: Methods["loan"];
export const stream: Methods["stream"];
export const streamInfo: Methods["streamInfo"];
export const produce: Methods["produce"];
export const follow: Methods["follow"];
export const followSync: Methods["followSync"];
export const setMemberName: Methods["setMemberName"];
export const members: Methods["members"];
export const read: Methods["read"];
export const write: Methods["write"];
export const signal: Methods["signal"];
export const removeSignal: Methods["removeSignal"];
export const clear: Methods["clear"];
export const tryWait: Methods["tryWait"];
export const value: Methods["value"];
export const openSignal: Methods["openSignal"];
export const wait: Methods["wait"];
export const waitValue: Methods["waitValue"];
export const waitAny: Methods["waitAny"];
export const waitAnySync: Methods["waitAnySync"];
export const waitSync: Methods["waitSync"];
export const waitValueSync: Methods["waitValueSync"];
export const info: Methods["info"];
export const fd: Methods["fd"];
export const checkTables: Methods["checkTables"];
export const sync: Methods["sync"];

/** Opens the array that a reference was made of. */
export function from<D extends DType = DType>(reference: ArrayReference): LinaArray<D>;
/** A named arena's numbers, without joining it. */
export function inspect(where: string): ArenaInfo;
/** Takes a named arena's name away. */
export function unlink(where: string): void;
/** The number that 16 bits mean. */
export function fromBits(dtype: "f16" | "bf16", bits: number): number;
/** The 16 bits of a number. */
export function toBits(dtype: "f16" | "bf16", value: number): number;
/** The version of liblina_core. */
export const version: string;
/** The path of liblina_core. */
export const library: string;
