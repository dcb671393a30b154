/* doc.h - the docstrings of the methods in C: signature, effect, errors. */
#ifndef LINA_DOC_H
#define LINA_DOC_H

#define DOC_INFO                                                                                   \
    "info($self)\n--\n\n"                                                                          \
    "Size, use, members and limits of the arena, as a dict."
#define DOC_FILENO                                                                                 \
    "fileno($self)\n--\n\n"                                                                        \
    "A descriptor for other processes to attach as \"fd:N\". It stays Lina's: os.dup it to keep\n" \
    "it. InvalidError for memory that a host registered."
#define DOC_CHECK                                                                                  \
    "check($self)\n--\n\n"                                                                         \
    "Checks every invariant of the arena's tables while other writers wait: CorruptError with\n"   \
    "the first that does not hold."
#define DOC_SYNC                                                                                   \
    "sync($self)\n--\n\n"                                                                          \
    "Writes what is in memory to the file of a \"file:\" arena, and returns when the disk has "    \
    "it.\n"                                                                                        \
    "Other arenas have nothing to write."
#define DOC_CLOSE                                                                                  \
    "close($self)\n--\n\n"                                                                         \
    "Leaves the arena. Waits under way end with ClosedError; arrays and their views stay valid,\n" \
    "and keep the memory until the last is gone. Closing twice does no harm."

#define DOC_CREATE_ARRAY                                                                           \
    "create_array($self, name, dtype, shape, order=\"C\", *, exist_ok=False)\n--\n\n"              \
    "Publishes a new array of zeroes.\n"                                                           \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name\n"                                                                                       \
    "    1 to 63 bytes of UTF-8.\n"                                                                \
    "dtype\n"                                                                                      \
    "    Lina's name (\"f64\"), a NumPy or PyTorch dtype, float, int, bool or complex.\n"          \
    "shape\n"                                                                                      \
    "    An int, or up to 8 of them.\n"                                                            \
    "order\n"                                                                                      \
    "    \"C\", the last index fastest, or \"F\", the first.\n"                                    \
    "exist_ok\n"                                                                                   \
    "    Return a view of the array that is there, if its dtype, shape and order are these.\n"     \
    "\n"                                                                                           \
    "Returns\n"                                                                                    \
    "-------\n"                                                                                    \
    "Array\n"                                                                                      \
    "    A view of it.\n"                                                                          \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "ExistsError, NoMemoryError, FullError, InvalidError, ReadOnlyError\n"                         \
    "BusyError\n"                                                                                  \
    "    When another process keeps the tables for over a second.\n"                               \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"f64\", (2, 3))\n"                                      \
    ">>> x[1, 2] = 42.0"
#define DOC_REPUBLISH                                                                              \
    "republish($self, name, dtype, shape, order=\"C\")\n--\n\n"                                    \
    "Publishes the next (or first) generation of an array, of zeroes, and returns a view of it.\n" \
    "Views of the old one stay valid. Arguments and errors are create_array's, without\n"          \
    "ExistsError; loan publishes what is filled in already."
#define DOC_ARRAY                                                                                  \
    "array($self, name, /)\n--\n\n"                                                                \
    "A view of the current generation, which it keeps in place. NotFoundError."
#define DOC_BUFFER                                                                                 \
    "buffer($self, name, /)\n--\n\n"                                                               \
    "The bytes of the current generation as a memoryview, which keeps it in place. "               \
    "NotFoundError;\n"                                                                             \
    "ViewError for a strided slice, whose bytes are not in one run."
#define DOC_OPEN_DESC                                                                              \
    "open_desc($self, name, /)\n--\n\n"                                                            \
    "The descriptor of the current generation as a dict: where its bytes lie and how to read\n"    \
    "them. A snapshot, which keeps nothing in place. NotFoundError."
#define DOC_LIST                                                                                   \
    "list($self)\n--\n\n"                                                                          \
    "The descriptors of all arrays at one instant, in no order."
#define DOC_REMOVE                                                                                 \
    "remove($self, name, /)\n--\n\n"                                                               \
    "Takes the array's name away. Views of it stay valid; the memory returns with the last.\n"     \
    "NotFoundError, ReadOnlyError, BusyError."
#define DOC_RECLAIM                                                                                \
    "reclaim($self, name, /)\n--\n\n"                                                              \
    "Says that no raw pointer from C's lina_open is left, in any process, to generations of the\n" \
    "array that are no longer current. Views made by Python need no such word."

#define DOC_SIGNAL                                                                                 \
    "signal($self, name, n=1)\n--\n\n"                                                             \
    "Adds one, or n at once, to the signal's counter and wakes all who wait for it, in every\n"    \
    "process. What was written before is seen by whoever returns from the wait. FullError when\n"  \
    "there are too many."
#define DOC_REMOVE_SIGNAL                                                                          \
    "remove_signal($self, name, /)\n--\n\n"                                                        \
    "Takes the signal away, so that a program may use a name for each job for years. Waits for\n"  \
    "it end with NotFoundError. NotFoundError when there is none."
#define DOC_WAIT_ANY                                                                               \
    "wait_any($self, names, timeout=None, member=None)\n--\n\n"                                    \
    "Blocks until one of up to 64 signals is set, and returns its name: the first in the list\n"   \
    "where several are. (name, target) in place of a name waits for that counter. For the rest\n"  \
    "it is wait."
#define DOC_CLEAR                                                                                  \
    "clear($self, name, /)\n--\n\n"                                                                \
    "Unsets the signal; its counter keeps its value."
#define DOC_TRY_WAIT                                                                               \
    "try_wait($self, name, /)\n--\n\n"                                                             \
    "True if the signal is set: signalled after its last clear. Never blocks."
#define DOC_VALUE                                                                                  \
    "value($self, name, /)\n--\n\n"                                                                \
    "The signal's counter; 0 for one that nobody has used."
#define DOC_WAIT                                                                                   \
    "wait($self, name, timeout=None, member=None)\n--\n\n"                                         \
    "Blocks until the signal is set, without the GIL, and leaves it set. timeout is in seconds:\n" \
    "0 and less only look, None waits for ever. WaitTimeoutError, which is a TimeoutError; "       \
    "ClosedError\n"                                                                                \
    "when the arena closes; KeyboardInterrupt within 50 ms of Ctrl-C. With the name of a member "  \
    "that\n"                                                                                       \
    "should signal it, MemberDiedError within a quarter of a second of that one's end."
#define DOC_WAIT_VALUE                                                                             \
    "wait_value($self, name, target, timeout=None, member=None)\n--\n\n"                           \
    "Blocks until the signal's counter is at least target: the n-th signal, with no clear\n"       \
    "between. For the rest it is wait."

#define DOC_INSPECT                                                                                \
    "inspect(where, /)\n--\n\n"                                                                    \
    "What info() says of a named arena, without joining it. NotFoundError."
#define DOC_UNLINK                                                                                 \
    "unlink(where, /)\n--\n\n"                                                                     \
    "Takes a named arena's name away. NotFoundError; BusyError while a member is alive."

#define DOC_ARRAY_TYPE                                                                             \
    "A view of a named array: the same bytes as everybody else's, kept in place.\n\n"              \
    "numpy.asarray(x), memoryview(x) and torch.from_dlpack(x) share its memory, and keep it in\n"  \
    "place as well. Ints, slices and ... index it; a slice is a view. Two threads or processes\n"  \
    "that touch the same elements need a signal between them."
#define DOC_ARRAY_CLOSE                                                                            \
    "close($self)\n--\n\n"                                                                         \
    "Gives this object's hold back. memoryviews, NumPy arrays and slices made from it stay valid."
#define DOC_KEEP                                                                                   \
    "keep($self)\n--\n\n"                                                                          \
    "Keeps this view open when the loop over a stream moves on, and returns it. A reader holds "   \
    "as\n"                                                                                         \
    "many views as its max_held allows."
#define DOC_STREAM                                                                                 \
    "stream($self, name, depth=0)\n--\n\n"                                                         \
    "Makes the name a stream, which keeps its last generations for readers.\n"                     \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name\n"                                                                                       \
    "    Of an array, or of none yet.\n"                                                           \
    "depth\n"                                                                                      \
    "    How many generations it keeps. Both sides may say it, in any order; with 0 the name "     \
    "has\n"                                                                                        \
    "    to be a stream already.\n"                                                                \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "ExistsError\n"                                                                                \
    "    When it is a stream of another depth.\n"                                                  \
    "NotFoundError\n"                                                                              \
    "    With a depth of 0, when it is none.\n"                                                    \
    "InvalidError, FullError, NoMemoryError, ReadOnlyError, BusyError\n"                           \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.stream(\"frames\", depth=8)"
#define DOC_STREAM_INFO                                                                            \
    "stream_info($self, name, /)\n--\n\n"                                                          \
    "What a stream is like now, as a dict: its depth, the last sequence, readers, producers, "     \
    "how\n"                                                                                        \
    "many generations the slowest reader has unread, and its state: new, produced, ended or\n"     \
    "died. NotFoundError."
#define DOC_SET_MEMBER_NAME                                                                        \
    "set_member_name($self, name, /)\n--\n\n"                                                      \
    "Gives this member of the arena a name, or with None none: others can depend on it by\n"       \
    "wait(..., member=name). ExistsError when another living member has it."
#define DOC_MEMBERS                                                                                \
    "members($self)\n--\n\n"                                                                       \
    "The living members as dicts: name, number, pid, since when (seconds since 1970), and "        \
    "whether\n"                                                                                    \
    "it is this one."
#define DOC_TOLIST                                                                                 \
    "tolist($self)\n--\n\n"                                                                        \
    "The elements as nested lists, copied."
#define DOC_ITEM                                                                                   \
    "item($self, *index)\n--\n\n"                                                                  \
    "One element as Python's number: that at the index, or the only one."
#define DOC_RESHAPE                                                                                \
    "reshape($self, *shape)\n--\n\n"                                                               \
    "The same elements, in C order, in another shape; one extent may be -1. A view: ViewError\n"   \
    "for what only a copy could show, ValueError for another number of elements."
#define DOC_TOBYTES                                                                                \
    "tobytes($self)\n--\n\n"                                                                       \
    "The bytes of all elements in C order, copied."
#define DOC_DLPACK                                                                                 \
    "__dlpack__($self, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\n"       \
    "The same memory as a DLPack capsule, or with copy=True a copy, which is marked as one.\n"     \
    "ViewError for another device, and for a read-only array where the consumer's version "        \
    "cannot\n"                                                                                     \
    "say so."
#define DOC_DLPACK_DEVICE                                                                          \
    "__dlpack_device__($self)\n--\n\n"                                                             \
    "The CPU."
#define DOC_ARROW                                                                                  \
    "__arrow_c_array__($self, requested_schema=None)\n--\n\n"                                      \
    "The same memory as capsules of the Arrow C Data Interface: numbers in one dimension, or in\n" \
    "two as lists of one length (FixedSizeList). "                                                 \
    "ViewError says why for others."

#endif
