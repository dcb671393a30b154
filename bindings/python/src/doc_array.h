/* doc_array.h - the docstrings of the type Array, in numpydoc's form. tests/test_docs.py runs their examples. */
#ifndef LINA_DOC_ARRAY_H
#define LINA_DOC_ARRAY_H

#define DOC_ARRAY_TYPE                                                                             \
    "A view of a named array. All who have the array see the same bytes.\n"                        \
    "\n"                                                                                           \
    "The view keeps its generation in place. So do numpy.asarray(x), memoryview(x) and\n"          \
    "torch.from_dlpack(x), which share its memory. Ints, slices, None and ... index it, and a "    \
    "slice is a\n"                                                                                 \
    "view. Two threads or processes that use the same elements need a signal between them.\n"      \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"f64\", (2, 3))\n"                                      \
    ">>> x[0] = [1, 2, 3]\n"                                                                       \
    ">>> x[:, 1].tolist()\n"                                                                       \
    "[2.0, 0.0]"

#define DOC_ARRAY_CLOSE                                                                            \
    "close($self)\n--\n\n"                                                                         \
    "Gives up this object's hold. memoryviews, NumPy arrays and slices made from it stay valid.\n" \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"u8\", 3)\n"                                            \
    ">>> x.close()\n"                                                                              \
    ">>> x.closed\n"                                                                               \
    "True"

#define DOC_KEEP                                                                                   \
    "keep($self)\n--\n\n"                                                                          \
    "Keeps this view open when the loop over a stream moves on, and returns it.\n"                 \
    "\n"                                                                                           \
    "A reader holds at most as many views as its max_held allows.\n"                               \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> x = lina.create_array(\"input\", \"u8\", 3)\n"                                            \
    ">>> x.keep() is x\n"                                                                          \
    "True"

#define DOC_TOLIST                                                                                 \
    "tolist($self)\n--\n\n"                                                                        \
    "The elements as nested lists. This copies them.\n"                                            \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.create_array(\"input\", \"u8\", (2, 3)).tolist()\n"                                  \
    "[[0, 0, 0], [0, 0, 0]]"

#define DOC_ITEM                                                                                   \
    "item($self, *index)\n--\n\n"                                                                  \
    "One element as a number of Python: the one at the index, or the only one.\n"                  \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "*index : int\n"                                                                               \
    "    The index in each dimension. None is needed for an array of one element.\n"               \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.create_array(\"input\", \"f64\", (2, 3)).item(1, 2)\n"                               \
    "0.0"

#define DOC_RESHAPE                                                                                \
    "reshape($self, *shape)\n--\n\n"                                                               \
    "A view of the same elements, in C order, in another shape. One extent may be -1.\n"           \
    "\n"                                                                                           \
    "Parameters\n"                                                                                 \
    "----------\n"                                                                                 \
    "*shape : int or iterable of int\n"                                                            \
    "    The extents, one by one or in one sequence.\n"                                            \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "ViewError\n"                                                                                  \
    "    If only a copy could have that shape.\n"                                                  \
    "ValueError\n"                                                                                 \
    "    If the shape has another number of elements.\n"                                           \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.create_array(\"input\", \"f64\", (2, 3)).reshape(3, -1).shape\n"                     \
    "(3, 2)"

#define DOC_TOBYTES                                                                                \
    "tobytes($self)\n--\n\n"                                                                       \
    "The bytes of all elements in C order. This copies them.\n"                                    \
    "\n"                                                                                           \
    "Examples\n"                                                                                   \
    "--------\n"                                                                                   \
    ">>> lina.create_array(\"input\", \"i16\", 2).tobytes()\n"                                     \
    "b'\\x00\\x00\\x00\\x00'"

#define DOC_DLPACK                                                                                 \
    "__dlpack__($self, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\n"       \
    "The same memory as a DLPack capsule. With copy=True it is a copy, which is marked as one.\n"  \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "ViewError\n"                                                                                  \
    "    If the device is not the CPU, or if the array is read-only and the consumer's version "   \
    "of DLPack\n"                                                                                  \
    "    cannot say so."

#define DOC_DLPACK_DEVICE                                                                          \
    "__dlpack_device__($self)\n--\n\n"                                                             \
    "The CPU."

#define DOC_ARROW                                                                                  \
    "__arrow_c_array__($self, requested_schema=None)\n--\n\n"                                      \
    "The same memory as capsules of the Arrow C Data Interface.\n"                                 \
    "\n"                                                                                           \
    "One dimension becomes numbers. Two become lists of one length (FixedSizeList).\n"             \
    "\n"                                                                                           \
    "Raises\n"                                                                                     \
    "------\n"                                                                                     \
    "ViewError\n"                                                                                  \
    "    Says why Arrow cannot show the array."

#endif
