/* doc.h - the docstrings of the functions and of Arena, in numpydoc's form. tests/test_docs.py runs their examples. */
#ifndef LINA_DOC_H
#define LINA_DOC_H

#define DOC_INFO                                                                                   \
    "info($self)\n--\n\n"                                                                          \
    "What the arena is like now, as a dict: its size, its use, its members and its limits.\n"      \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.info()[\"members\"]\n"                                                               \
    "1"

#define DOC_FILENO                                                                                 \
    "fileno($self)\n--\n\n"                                                                        \
    "The arena's descriptor. Another process that has it attaches to \"fd:N\".\n"                  \
    "\n"                                                                                           \
    "Lina closes it with the arena. Call os.dup to keep it longer.\n"                              \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "InvalidError\n"                                                                               \
    "    If the arena is memory that a host registered.\n"                                         \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> other = lina.Arena.attach(f\"fd:{lina.fileno()}\")"

#define DOC_CHECK                                                                                  \
    "check($self)\n--\n\n"                                                                         \
    "Checks every invariant of the arena's tables, while other writers wait.\n"                    \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "CorruptError\n"                                                                               \
    "    Names the first invariant that does not hold.\n"                                          \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.check()"

#define DOC_SYNC                                                                                   \
    "sync($self)\n--\n\n"                                                                          \
    "Writes a \"file:\" arena to its file, and returns when the disk has it.\n"                    \
    "\n"                                                                                           \
    "Other arenas have nothing to write.\n"                                                        \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> with lina.Arena.create(\"file:data\", 1 << 16) as arena:\n"                               \
    "...     arena.sync()"

#define DOC_CLOSE                                                                                  \
    "close($self)\n--\n\n"                                                                         \
    "Leaves the arena. A second call does nothing.\n"                                              \
    "\n"                                                                                           \
    "Waits of other threads end with ClosedError. Arrays and their views stay valid: the last of " \
    "them\n"                                                                                       \
    "gives the memory back.\n"                                                                     \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> arena = lina.Arena.create(None, 1 << 16)\n"                                               \
    ">>> arena.close()\n"                                                                          \
    ">>> arena.closed\n"                                                                           \
    "True"

#define DOC_CREATE_ARRAY                                                                           \
    "create_array($self, name, dtype, shape, order=\"C\", *, exist_ok=False)\n--\n\n"              \
    "Publishes a new array of zeroes.\n"                                                           \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    1 to 63 bytes of UTF-8.\n"                                                                \
    "dtype : DTypeLike\n"                                                                          \
    "    Lina's name (\"f64\"), a NumPy or PyTorch dtype, float, int, bool or complex.\n"          \
    "shape : int or iterable of int\n"                                                             \
    "    An int, or up to 8 of them.\n"                                                            \
    "order : {\"C\", \"F\"}\n"                                                                     \
    "    \"C\": the last index varies fastest. \"F\": the first does.\n"                           \
    "exist_ok : bool\n"                                                                            \
    "    Return a view of the array that exists, if it has this dtype, shape and order.\n"         \
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
    "    If another process has the lock of the tables for more than a second.\n"                  \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"f64\", (2, 3))\n"                                      \
    ">>> x[1, 2] = 42.0"

#define DOC_REPUBLISH                                                                              \
    "republish($self, name, dtype, shape, order=\"C\")\n--\n\n"                                    \
    "Publishes the next generation of an array, or the first, and returns a view of it.\n"         \
    "\n"                                                                                           \
    "The new generation has zeroes. Views of the old one stay valid. Use loan to publish an "      \
    "array that has\n"                                                                             \
    "its values already. The errors are those of create_array, except ExistsError.\n"              \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    As for create_array.\n"                                                                   \
    "dtype : DTypeLike\n"                                                                          \
    "    As for create_array.\n"                                                                   \
    "shape : int or iterable of int\n"                                                             \
    "    As for create_array.\n"                                                                   \
    "order : {\"C\", \"F\"}\n"                                                                     \
    "    As for create_array.\n"                                                                   \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.republish(\"input\", \"f64\", 4).generation\n"                                       \
    "1\n"                                                                                          \
    ">>> lina.republish(\"input\", \"f64\", 8).generation\n"                                       \
    "2"

#define DOC_ARRAY                                                                                  \
    "array($self, name, /)\n--\n\n"                                                                \
    "A view of the current generation. The generation stays in place while the view lives.\n"      \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the array.\n"                                                                 \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "NotFoundError\n"                                                                              \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"i32\", 3)\n"                                           \
    ">>> x[:] = [1, 2, 3]\n"                                                                       \
    ">>> lina.array(\"input\").tolist()\n"                                                         \
    "[1, 2, 3]"

#define DOC_BUFFER                                                                                 \
    "buffer($self, name, /)\n--\n\n"                                                               \
    "The bytes of the current generation as a memoryview, which keeps the generation in place.\n"  \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the array.\n"                                                                 \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "NotFoundError\n"                                                                              \
    "ViewError\n"                                                                                  \
    "    If the array is a strided slice: its bytes are not in one run.\n"                         \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"u8\", 3)\n"                                            \
    ">>> bytes(lina.buffer(\"input\"))\n"                                                          \
    "b'\\x00\\x00\\x00'"

#define DOC_OPEN_DESC                                                                              \
    "open_desc($self, name, /)\n--\n\n"                                                            \
    "The descriptor of the current generation as a dict: where its bytes are, and how to read "    \
    "them.\n"                                                                                      \
    "\n"                                                                                           \
    "It is a snapshot, which keeps nothing in place.\n"                                            \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the array.\n"                                                                 \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "NotFoundError\n"                                                                              \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"f64\", (2, 3))\n"                                      \
    ">>> lina.open_desc(\"input\")[\"strides\"]\n"                                                 \
    "(24, 8)"

#define DOC_LIST                                                                                   \
    "list($self)\n--\n\n"                                                                          \
    "The descriptors of all arrays at one instant, in no particular order.\n"                      \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"f64\", (2, 3))\n"                                      \
    ">>> [desc[\"name\"] for desc in lina.list()]\n"                                               \
    "['input']"

#define DOC_REMOVE                                                                                 \
    "remove($self, name, /)\n--\n\n"                                                               \
    "Removes the array's name. Views of it stay valid: the last of them gives the memory back.\n"  \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the array.\n"                                                                 \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "NotFoundError, ReadOnlyError, BusyError\n"                                                    \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"u8\", 3)\n"                                            \
    ">>> lina.remove(\"input\")"

#define DOC_RECLAIM                                                                                \
    "reclaim($self, name, /)\n--\n\n"                                                              \
    "Tells Lina that no process has a raw pointer to an old generation of the array any more.\n"   \
    "\n"                                                                                           \
    "Only descriptors that C or Julia opened (lina_open, Lina.open_desc) lead to such pointers.\n" \
    "Views made by Python need no such call.\n"                                                    \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the array.\n"                                                                 \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"u8\", 3)\n"                                            \
    ">>> lina.reclaim(\"input\")"

#define DOC_SIGNAL                                                                                 \
    "signal($self, name, n=1)\n--\n\n"                                                             \
    "Adds n to the signal's counter, and wakes all that wait for it, in every process.\n"          \
    "\n"                                                                                           \
    "What this thread wrote before, the waiter sees after its wait.\n"                             \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the signal.\n"                                                                \
    "n : int\n"                                                                                    \
    "    How much it adds. The counter never passes 2**63 - 1.\n"                                  \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "FullError\n"                                                                                  \
    "    If the arena has as many signals as it can have.\n"                                       \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.signal(\"ready\")\n"                                                                 \
    ">>> lina.value(\"ready\")\n"                                                                  \
    "1"

#define DOC_REMOVE_SIGNAL                                                                          \
    "remove_signal($self, name, /)\n--\n\n"                                                        \
    "Removes the signal, so that a program can use a new name for each job for years.\n"           \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the signal.\n"                                                                \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "NotFoundError\n"                                                                              \
    "    If there is no such signal. Waits for the signal end with it, too.\n"                     \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.signal(\"job 1 done\")\n"                                                            \
    ">>> lina.remove_signal(\"job 1 done\")"

#define DOC_WAIT_ANY                                                                               \
    "wait_any($self, names, timeout=None, member=None)\n--\n\n"                                    \
    "Waits until one of up to 64 signals is set, and returns its name.\n"                          \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "names : iterable of str, or of (str, int)\n"                                                  \
    "    Names of signals. The tuple (name, target) waits until that counter is at least "         \
    "target.\n"                                                                                    \
    "timeout : float or None\n"                                                                    \
    "    As for wait.\n"                                                                           \
    "member : str or None\n"                                                                       \
    "    As for wait.\n"                                                                           \
    "\n"                                                                                           \
    "Returns\n"                                                                                    \
    "-------\n"                                                                                    \
    "str\n"                                                                                        \
    "    If several are set, the one that comes first in names.\n"                                 \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "WaitTimeoutError, MemberDiedError, ClosedError, NotFoundError\n"                              \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.signal(\"stop\")\n"                                                                  \
    ">>> lina.wait_any([\"frame\", \"stop\"], timeout=5)\n"                                        \
    "'stop'"

#define DOC_CLEAR                                                                                  \
    "clear($self, name, /)\n--\n\n"                                                                \
    "Unsets the signal. Its counter keeps its value.\n"                                            \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the signal.\n"                                                                \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.signal(\"ready\")\n"                                                                 \
    ">>> lina.clear(\"ready\")\n"                                                                  \
    ">>> lina.try_wait(\"ready\")\n"                                                               \
    "False"

#define DOC_TRY_WAIT                                                                               \
    "try_wait($self, name, /)\n--\n\n"                                                             \
    "True if the signal is set: it was signalled after it was last cleared. Never waits.\n"        \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the signal.\n"                                                                \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.try_wait(\"ready\")\n"                                                               \
    "False"

#define DOC_VALUE                                                                                  \
    "value($self, name, /)\n--\n\n"                                                                \
    "The signal's counter. It is 0 for a signal that was never used.\n"                            \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the signal.\n"                                                                \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.value(\"ready\")\n"                                                                  \
    "0"

#define DOC_WAIT                                                                                   \
    "wait($self, name, timeout=None, member=None)\n--\n\n"                                         \
    "Waits until the signal is set, and leaves it set. Other threads run meanwhile.\n"             \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the signal.\n"                                                                \
    "timeout : float or None\n"                                                                    \
    "    Seconds to wait. 0 or less only looks, and None waits for ever.\n"                        \
    "member : str or None\n"                                                                       \
    "    The name of the member that will set the signal. The wait fails if that member goes "     \
    "away.\n"                                                                                      \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "WaitTimeoutError\n"                                                                           \
    "    Which is a TimeoutError.\n"                                                               \
    "MemberDiedError\n"                                                                            \
    "    Within a quarter of a second of the member's end.\n"                                      \
    "ClosedError\n"                                                                                \
    "    If the arena is closed meanwhile.\n"                                                      \
    "KeyboardInterrupt\n"                                                                          \
    "    Within 50 ms of Ctrl-C.\n"                                                                \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.signal(\"ready\")\n"                                                                 \
    ">>> lina.wait(\"ready\", timeout=5)"

#define DOC_WAIT_VALUE                                                                             \
    "wait_value($self, name, target, timeout=None, member=None)\n--\n\n"                           \
    "Waits until the signal's counter is at least target.\n"                                       \
    "\n"                                                                                           \
    "So it waits for a number of signals, which need no clear between them. The errors are those " \
    "of wait.\n"                                                                                   \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the signal.\n"                                                                \
    "target : int\n"                                                                               \
    "    The value of the counter to wait for.\n"                                                  \
    "timeout : float or None\n"                                                                    \
    "    As for wait.\n"                                                                           \
    "member : str or None\n"                                                                       \
    "    As for wait.\n"                                                                           \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.signal(\"frames\", 3)\n"                                                             \
    ">>> lina.wait_value(\"frames\", 2, timeout=5)"

#define DOC_INSPECT                                                                                \
    "inspect(where, /)\n--\n\n"                                                                    \
    "What info() says about a named arena, without joining it.\n"                                  \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "where : str, bytes or path\n"                                                                 \
    "    \"shm:NAME\"; \"file:PATH\" or a path.\n"                                                 \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "NotFoundError\n"                                                                              \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> with lina.Arena.create(\"file:data\", 1 << 16):\n"                                        \
    "...     lina.inspect(\"file:data\")[\"members\"]\n"                                           \
    "1"

#define DOC_UNLINK                                                                                 \
    "unlink(where, /)\n--\n\n"                                                                     \
    "Removes the name of an arena.\n"                                                              \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "where : str, bytes or path\n"                                                                 \
    "    \"shm:NAME\"; \"file:PATH\" or a path.\n"                                                 \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "NotFoundError\n"                                                                              \
    "BusyError\n"                                                                                  \
    "    If one of its members is alive.\n"                                                        \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.Arena.create(\"file:data\", 1 << 16).close()\n"                                      \
    ">>> lina.unlink(\"file:data\")"

#define DOC_STREAM                                                                                 \
    "stream($self, name, depth=0)\n--\n\n"                                                         \
    "Makes the name a stream, which keeps its last generations for readers.\n"                     \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of an array, or a new name.\n"                                                   \
    "depth : int\n"                                                                                \
    "    How many generations it keeps. Both sides may say it, in any order. With 0, the name "    \
    "has to be a\n"                                                                                \
    "    stream already.\n"                                                                        \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "ExistsError\n"                                                                                \
    "    If it is a stream of another depth.\n"                                                    \
    "NotFoundError\n"                                                                              \
    "    If the depth is 0 and it is no stream.\n"                                                 \
    "InvalidError, FullError, NoMemoryError, ReadOnlyError, BusyError\n"                           \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.stream(\"frames\", depth=8)"

#define DOC_STREAM_INFO                                                                            \
    "stream_info($self, name, /)\n--\n\n"                                                          \
    "What a stream is like now, as a dict.\n"                                                      \
    "\n"                                                                                           \
    "It has the depth, the last sequence, the numbers of readers and producers, how many "         \
    "generations the\n"                                                                            \
    "slowest reader has unread, and the state: \"new\", \"produced\", \"ended\" or \"died\".\n"    \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str\n"                                                                                 \
    "    The name of the stream.\n"                                                                \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "NotFoundError\n"                                                                              \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.stream(\"frames\", depth=8)\n"                                                       \
    ">>> lina.stream_info(\"frames\")[\"state\"]\n"                                                \
    "'new'"

#define DOC_SET_MEMBER_NAME                                                                        \
    "set_member_name($self, name, /)\n--\n\n"                                                      \
    "Gives this member of the arena a name, or takes it away with None.\n"                         \
    "\n"                                                                                           \
    "Others can then depend on the member: wait(..., member=name).\n"                              \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "name : str or None\n"                                                                         \
    "    1 to 63 bytes of UTF-8, or None.\n"                                                       \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "ExistsError\n"                                                                                \
    "    If another living member has that name.\n"                                                \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.set_member_name(\"camera\")"

#define DOC_MEMBERS                                                                                \
    "members($self)\n--\n\n"                                                                       \
    "The living members as dicts.\n"                                                               \
    "\n"                                                                                           \
    "Each has its name, its number, its process, the time it joined (seconds since 1970), and "    \
    "whether it\n"                                                                                 \
    "is this one.\n"                                                                               \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.set_member_name(\"camera\")\n"                                                       \
    ">>> [member[\"name\"] for member in lina.members()]\n"                                        \
    "['camera']"

#endif
