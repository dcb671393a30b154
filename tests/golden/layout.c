/* layout.c - prints what every process and language must agree on, as lines `name value`: sizes of structs, offsets of
 * their fields, and constants. tests/golden/check compares them with tests/golden/layout.txt. */
#include <stddef.h>
#include <stdio.h>

#include "geometry.h"

#define SIZE(name, type) printf("%s %zu\n", name, sizeof(type))
#define FIELD(name, type, field) printf("%s.%s %zu\n", name, #field, offsetof(type, field))
#define NUMBER(constant) printf("%s %lld\n", #constant, (long long)(constant))

static void print_descriptor(void) {
    SIZE("lina_desc_t", lina_desc_t);
    FIELD("lina_desc_t", lina_desc_t, name);
    FIELD("lina_desc_t", lina_desc_t, offset);
    FIELD("lina_desc_t", lina_desc_t, nbytes);
    FIELD("lina_desc_t", lina_desc_t, capacity_bytes);
    FIELD("lina_desc_t", lina_desc_t, dtype);
    FIELD("lina_desc_t", lina_desc_t, ndim);
    FIELD("lina_desc_t", lina_desc_t, shape);
    FIELD("lina_desc_t", lina_desc_t, strides);
    FIELD("lina_desc_t", lina_desc_t, layout);
    FIELD("lina_desc_t", lina_desc_t, generation);
    FIELD("lina_desc_t", lina_desc_t, flags);
    FIELD("lina_desc_t", lina_desc_t, reserved);
}

static void print_handles(void) {
    SIZE("lina_reader_t", lina_reader_t);
    FIELD("lina_reader_t", lina_reader_t, cursor);
    FIELD("lina_reader_t", lina_reader_t, name);
    FIELD("lina_reader_t", lina_reader_t, reserved);
    SIZE("lina_reader_options_t", lina_reader_options_t);
    FIELD("lina_reader_options_t", lina_reader_options_t, start);
    FIELD("lina_reader_options_t", lina_reader_options_t, flags);
    FIELD("lina_reader_options_t", lina_reader_options_t, at);
    FIELD("lina_reader_options_t", lina_reader_options_t, max_held);
    FIELD("lina_reader_options_t", lina_reader_options_t, reserved);
    SIZE("lina_stream_info_t", lina_stream_info_t);
    FIELD("lina_stream_info_t", lina_stream_info_t, name);
    FIELD("lina_stream_info_t", lina_stream_info_t, depth);
    FIELD("lina_stream_info_t", lina_stream_info_t, kept);
    FIELD("lina_stream_info_t", lina_stream_info_t, sequence);
    FIELD("lina_stream_info_t", lina_stream_info_t, readers);
    FIELD("lina_stream_info_t", lina_stream_info_t, producers);
    FIELD("lina_stream_info_t", lina_stream_info_t, state);
    FIELD("lina_stream_info_t", lina_stream_info_t, unread);
    FIELD("lina_stream_info_t", lina_stream_info_t, reserved);
    SIZE("lina_reader_info_t", lina_reader_info_t);
    FIELD("lina_reader_info_t", lina_reader_info_t, member_name);
    FIELD("lina_reader_info_t", lina_reader_info_t, member);
    FIELD("lina_reader_info_t", lina_reader_info_t, pid);
    FIELD("lina_reader_info_t", lina_reader_info_t, sequence);
    FIELD("lina_reader_info_t", lina_reader_info_t, unread);
    FIELD("lina_reader_info_t", lina_reader_info_t, reserved);
    SIZE("lina_member_info_t", lina_member_info_t);
    FIELD("lina_member_info_t", lina_member_info_t, name);
    FIELD("lina_member_info_t", lina_member_info_t, member);
    FIELD("lina_member_info_t", lina_member_info_t, pid);
    FIELD("lina_member_info_t", lina_member_info_t, incarnation);
    FIELD("lina_member_info_t", lina_member_info_t, since);
    FIELD("lina_member_info_t", lina_member_info_t, self);
    FIELD("lina_member_info_t", lina_member_info_t, reserved);
    SIZE("lina_view_t", lina_view_t);
    FIELD("lina_view_t", lina_view_t, desc);
    FIELD("lina_view_t", lina_view_t, data);
    FIELD("lina_view_t", lina_view_t, flags);
    FIELD("lina_view_t", lina_view_t, slot);
    FIELD("lina_view_t", lina_view_t, serial);
    FIELD("lina_view_t", lina_view_t, arena);
    FIELD("lina_view_t", lina_view_t, epoch);
    FIELD("lina_view_t", lina_view_t, self);
    FIELD("lina_view_t", lina_view_t, held);
    FIELD("lina_view_t", lina_view_t, sequence);
    FIELD("lina_view_t", lina_view_t, reserved);
    SIZE("lina_array_t", lina_array_t);
    FIELD("lina_array_t", lina_array_t, name);
    FIELD("lina_array_t", lina_array_t, arena);
    FIELD("lina_array_t", lina_array_t, serial);
    FIELD("lina_array_t", lina_array_t, slot);
    FIELD("lina_array_t", lina_array_t, last);
    FIELD("lina_array_t", lina_array_t, desc);
    SIZE("lina_signal_t", lina_signal_t);
    FIELD("lina_signal_t", lina_signal_t, word);
    FIELD("lina_signal_t", lina_signal_t, cleared);
    FIELD("lina_signal_t", lina_signal_t, arena);
    FIELD("lina_signal_t", lina_signal_t, slot);
    FIELD("lina_signal_t", lina_signal_t, current);
    FIELD("lina_signal_t", lina_signal_t, incarnation);
    FIELD("lina_signal_t", lina_signal_t, reserved);
    SIZE("lina_wait_t", lina_wait_t);
    FIELD("lina_wait_t", lina_wait_t, name);
    FIELD("lina_wait_t", lina_wait_t, target);
    FIELD("lina_wait_t", lina_wait_t, reserved);
}

static void print_reports(void) {
    SIZE("lina_arena_options_t", lina_arena_options_t);
    FIELD("lina_arena_options_t", lina_arena_options_t, flags);
    FIELD("lina_arena_options_t", lina_arena_options_t, max_arrays);
    FIELD("lina_arena_options_t", lina_arena_options_t, max_signals);
    FIELD("lina_arena_options_t", lina_arena_options_t, max_members);
    FIELD("lina_arena_options_t", lina_arena_options_t, mode);
    FIELD("lina_arena_options_t", lina_arena_options_t, reserved);
    SIZE("lina_arena_info_t", lina_arena_info_t);
    FIELD("lina_arena_info_t", lina_arena_info_t, size);
    FIELD("lina_arena_info_t", lina_arena_info_t, used_bytes);
    FIELD("lina_arena_info_t", lina_arena_info_t, resident_bytes);
    FIELD("lina_arena_info_t", lina_arena_info_t, arrays);
    FIELD("lina_arena_info_t", lina_arena_info_t, held);
    FIELD("lina_arena_info_t", lina_arena_info_t, signals);
    FIELD("lina_arena_info_t", lina_arena_info_t, members);
    FIELD("lina_arena_info_t", lina_arena_info_t, max_arrays);
    FIELD("lina_arena_info_t", lina_arena_info_t, max_signals);
    FIELD("lina_arena_info_t", lina_arena_info_t, max_members);
    FIELD("lina_arena_info_t", lina_arena_info_t, member);
    FIELD("lina_arena_info_t", lina_arena_info_t, read_only);
    FIELD("lina_arena_info_t", lina_arena_info_t, orphan);
    FIELD("lina_arena_info_t", lina_arena_info_t, loans);
    FIELD("lina_arena_info_t", lina_arena_info_t, kept);
    FIELD("lina_arena_info_t", lina_arena_info_t, where);
    FIELD("lina_arena_info_t", lina_arena_info_t, reserved);
    SIZE("lina_signal_info_t", lina_signal_info_t);
    FIELD("lina_signal_info_t", lina_signal_info_t, name);
    FIELD("lina_signal_info_t", lina_signal_info_t, value);
    FIELD("lina_signal_info_t", lina_signal_info_t, cleared);
    FIELD("lina_signal_info_t", lina_signal_info_t, reserved);
}

static void print_tables(void) {
    SIZE("slot", struct lina_slot);
    FIELD("slot", struct lina_slot, state);
    FIELD("slot", struct lina_slot, readers);
    FIELD("slot", struct lina_slot, desc);
    SIZE("ledger", struct lina_ledger);
    FIELD("ledger", struct lina_ledger, offset);
    FIELD("ledger", struct lina_ledger, nbytes);
    FIELD("ledger", struct lina_ledger, base_serial);
    FIELD("ledger", struct lina_ledger, spare);
    FIELD("ledger", struct lina_ledger, base);
    FIELD("ledger", struct lina_ledger, dependents);
    FIELD("ledger", struct lina_ledger, before);
    FIELD("ledger", struct lina_ledger, after);
    FIELD("ledger", struct lina_ledger, prev);
    FIELD("ledger", struct lina_ledger, next);
    FIELD("ledger", struct lina_ledger, owner);
    FIELD("ledger", struct lina_ledger, sequence);
    FIELD("ledger", struct lina_ledger, stream);
    FIELD("ledger", struct lina_ledger, newer);
    SIZE("signal", struct lina_signal_slot);
    FIELD("signal", struct lina_signal_slot, word);
    FIELD("signal", struct lina_signal_slot, cleared);
    FIELD("signal", struct lina_signal_slot, incarnation);
    FIELD("signal", struct lina_signal_slot, listened);
    FIELD("signal", struct lina_signal_slot, rings);
    FIELD("signal", struct lina_signal_slot, removal);
    FIELD("signal", struct lina_signal_slot, next);
    FIELD("signal", struct lina_signal_slot, name);
    SIZE("member", struct lina_member);
    FIELD("member", struct lina_member, state);
    FIELD("member", struct lina_member, pid);
    FIELD("member", struct lina_member, pid_started);
    FIELD("member", struct lina_member, pid_space);
    FIELD("member", struct lina_member, incarnation);
    FIELD("member", struct lina_member, joined);
    FIELD("member", struct lina_member, named);
    FIELD("member", struct lina_member, name);
    FIELD("member", struct lina_member, past);
    SIZE("rows", struct lina_rows);
}

static void print_streams(void) {
    SIZE("stream", struct lina_stream);
    FIELD("stream", struct lina_stream, depth);
    FIELD("stream", struct lina_stream, removing);
    FIELD("stream", struct lina_stream, over);
    FIELD("stream", struct lina_stream, kept);
    FIELD("stream", struct lina_stream, oldest);
    FIELD("stream", struct lina_stream, newest);
    FIELD("stream", struct lina_stream, lowest);
    FIELD("stream", struct lina_stream, cursors_used);
    FIELD("stream", struct lina_stream, producers_used);
    FIELD("stream", struct lina_stream, owner);
    FIELD("stream", struct lina_stream, producers);
    FIELD("stream", struct lina_stream, cursors);
    SIZE("producer", struct lina_producer);
    FIELD("producer", struct lina_producer, owner);
    FIELD("producer", struct lina_producer, member);
    FIELD("producer", struct lina_producer, holds);
    SIZE("cursor", struct lina_cursor);
    FIELD("cursor", struct lina_cursor, owner);
    FIELD("cursor", struct lina_cursor, cursor);
    FIELD("cursor", struct lina_cursor, member);
}

static void print_header(void) {
    SIZE("header", struct lina_header);
    FIELD("header", struct lina_header, magic);
    FIELD("header", struct lina_header, abi);
    FIELD("header", struct lina_header, byte_order);
    FIELD("header", struct lina_header, fingerprint);
    FIELD("header", struct lina_header, data_size);
    FIELD("header", struct lina_header, max_arrays);
    FIELD("header", struct lina_header, max_signals);
    FIELD("header", struct lina_header, max_members);
    FIELD("header", struct lina_header, flags);
    FIELD("header", struct lina_header, ready);
    FIELD("header", struct lina_header, check);
    FIELD("header", struct lina_header, lock);
    FIELD("header", struct lina_header, dirty);
    FIELD("header", struct lina_header, long_work);
    FIELD("header", struct lina_header, cleanup);
    FIELD("header", struct lina_header, index_epoch);
    FIELD("header", struct lina_header, signal_index_epoch);
    FIELD("header", struct lina_header, next_serial);
    FIELD("header", struct lina_header, slots_used);
    FIELD("header", struct lina_header, free_head);
    FIELD("header", struct lina_header, pending_head);
    FIELD("header", struct lina_header, pending_count);
    FIELD("header", struct lina_header, loan_count);
    FIELD("header", struct lina_header, live_count);
    FIELD("header", struct lina_header, index_gone);
    FIELD("header", struct lina_header, signals_used);
    FIELD("header", struct lina_header, signals_live);
    FIELD("header", struct lina_header, signal_first);
    FIELD("header", struct lina_header, signal_last);
    FIELD("header", struct lina_header, signal_index_gone);
    FIELD("header", struct lina_header, signal_removals);
    FIELD("header", struct lina_header, slots_ready);
    FIELD("header", struct lina_header, kept_count);
    FIELD("header", struct lina_header, spare_count);
    FIELD("header", struct lina_header, streams_used);
    FIELD("header", struct lina_header, streams_live);
    FIELD("header", struct lina_header, doorbell);
    FIELD("header", struct lina_header, last_incarnation);
    FIELD("header", struct lina_header, members_used);
    FIELD("header", struct lina_header, rows_taken);
    FIELD("header", struct lina_header, pages.virgin);
    FIELD("header", struct lina_header, pages.committed);
    FIELD("header", struct lina_header, pages.hole);
    FIELD("header", struct lina_header, pages.hole_end);
    FIELD("header", struct lina_header, space);
    FIELD("header", struct lina_header, space.first_bits);
    FIELD("header", struct lina_header, space.second_bits);
    FIELD("header", struct lina_header, space.head);
    FIELD("header", struct lina_header, space.unused_head);
    FIELD("header", struct lina_header, space.gaps_used);
    FIELD("header", struct lina_header, space.used_bytes);
}

/* Prints where the tables of an arena with these numbers lie. */
static void print_places(const char *arena, struct lina_geometry g) {
    lina_geometry_compute(&g);
#define PLACE(table) printf("%s.%s %llu\n", arena, #table, (unsigned long long)g.table)
    PLACE(index_size);
    PLACE(signal_index_size);
    PLACE(signal_slots);
    PLACE(ledger_size);
    PLACE(members);
    PLACE(rows);
    PLACE(index);
    PLACE(signal_index);
    PLACE(signals);
    PLACE(slots);
    PLACE(ledger);
    PLACE(pins);
    PLACE(streams);
    PLACE(guard);
    PLACE(data);
    PLACE(file_size);
#undef PLACE
}

/* The last two are the smallest and the largest arena of docs/memory-layout.md, with the defaults of core/create.c. */
static void print_samples(void) {
    print_places("sample", (struct lina_geometry){.data_size = 1,
                                                  .max_arrays = 1000,
                                                  .max_signals = 1000,
                                                  .max_members = LINA_MAX_MEMBERS});
    print_places("small", (struct lina_geometry){.data_size = UINT64_C(1) << 20,
                                                 .max_arrays = 1024,
                                                 .max_signals = 1024,
                                                 .max_members = LINA_MAX_MEMBERS});
    print_places("large", (struct lina_geometry){.data_size = UINT64_C(64) << 30,
                                                 .max_arrays = 65536,
                                                 .max_signals = 1024,
                                                 .max_members = LINA_MAX_MEMBERS});
}

static void print_numbers(void) {
    NUMBER(LINA_ABI_VERSION);
    NUMBER(LINA_MAX_NAME);
    NUMBER(LINA_MAX_DIMS);
    NUMBER(LINA_DTYPE_BOOL);
    NUMBER(LINA_DTYPE_I8);
    NUMBER(LINA_DTYPE_I16);
    NUMBER(LINA_DTYPE_I32);
    NUMBER(LINA_DTYPE_I64);
    NUMBER(LINA_DTYPE_U8);
    NUMBER(LINA_DTYPE_U16);
    NUMBER(LINA_DTYPE_U32);
    NUMBER(LINA_DTYPE_U64);
    NUMBER(LINA_DTYPE_F16);
    NUMBER(LINA_DTYPE_BF16);
    NUMBER(LINA_DTYPE_F32);
    NUMBER(LINA_DTYPE_F64);
    NUMBER(LINA_DTYPE_C64);
    NUMBER(LINA_DTYPE_C128);
    NUMBER(LINA_LAYOUT_C);
    NUMBER(LINA_LAYOUT_F);
    NUMBER(LINA_LAYOUT_STRIDED);
    NUMBER(LINA_FLAG_ALIAS);
    NUMBER(LINA_VIEW_READ_ONLY);
    NUMBER(LINA_VIEW_LOAN);
    NUMBER(LINA_ARENA_RESERVE);
    NUMBER(LINA_ARENA_INHERIT);
    NUMBER(LINA_ARENA_REPLACE);
    NUMBER(LINA_ARENA_TEMPORARY);
    NUMBER(LINA_ARENA_JOIN);
    NUMBER(LINA_ARENA_HUGE);
    NUMBER(LINA_ATTACH_READ_ONLY);
    NUMBER(LINA_ATTACH_OTHER_USER);
    NUMBER(LINA_FOREVER);
    NUMBER(LINA_WAIT_MOST);
    NUMBER(LINA_WAIT_SET);
    NUMBER(LINA_WAIT_STREAM);
    NUMBER(LINA_START_NEXT);
    NUMBER(LINA_START_LATEST);
    NUMBER(LINA_START_OLDEST);
    NUMBER(LINA_START_AT);
    NUMBER(LINA_READER_LOSSY);
    NUMBER(LINA_READER_REVIVE);
    NUMBER(LINA_STREAM_NEW);
    NUMBER(LINA_STREAM_PRODUCED);
    NUMBER(LINA_STREAM_ENDED);
    NUMBER(LINA_STREAM_DIED);
    NUMBER(LINA_OK);
    NUMBER(LINA_ERR_INVALID);
    NUMBER(LINA_ERR_NOT_FOUND);
    NUMBER(LINA_ERR_EXISTS);
    NUMBER(LINA_ERR_NO_MEMORY);
    NUMBER(LINA_ERR_FULL);
    NUMBER(LINA_ERR_STALE);
    NUMBER(LINA_ERR_TIMEOUT);
    NUMBER(LINA_ERR_NOT_READY);
    NUMBER(LINA_ERR_CLOSED);
    NUMBER(LINA_ERR_VERSION);
    NUMBER(LINA_ERR_CORRUPT);
    NUMBER(LINA_ERR_PERMISSION);
    NUMBER(LINA_ERR_READ_ONLY);
    NUMBER(LINA_ERR_BUSY);
    NUMBER(LINA_ERR_INTERRUPTED);
    NUMBER(LINA_ERR_SYSTEM);
    NUMBER(LINA_ERR_ENDED);
    NUMBER(LINA_ERR_DIED);
    NUMBER(LINA_ERR_BEHIND);
}

int main(void) {
    print_numbers();
    print_descriptor();
    print_handles();
    print_reports();
    print_header();
    print_tables();
    print_streams();
    print_samples();
    return 0;
}
