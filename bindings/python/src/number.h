/* number.h - the number slots of lina.Array: see number.c. */
#ifndef LINA_NUMBER_H
#define LINA_NUMBER_H

#include "binding.h"

PyObject *array_float(PyObject *self);
PyObject *array_int(PyObject *self);
int array_bool(PyObject *self);
PyObject *array_refuse_arithmetic(PyObject *self);
PyObject *array_refuse_binary(PyObject *left, PyObject *right);
PyObject *array_refuse_power(PyObject *left, PyObject *right, PyObject *modulus);
PyObject *array_refuse_in_place(PyObject *self, PyObject *other);
PyObject *array_refuse_power_in_place(PyObject *self, PyObject *other, PyObject *modulus);

#define NUMBER_SLOTS                                                                               \
    {Py_nb_float, array_float}, {Py_nb_int, array_int}, {Py_nb_bool, array_bool},                  \
        {Py_nb_add, array_refuse_binary}, {Py_nb_subtract, array_refuse_binary},                   \
        {Py_nb_multiply, array_refuse_binary}, {Py_nb_matrix_multiply, array_refuse_binary},       \
        {Py_nb_true_divide, array_refuse_binary}, {Py_nb_floor_divide, array_refuse_binary},       \
        {Py_nb_remainder, array_refuse_binary}, {Py_nb_divmod, array_refuse_binary},               \
        {Py_nb_power, array_refuse_power}, {Py_nb_and, array_refuse_binary},                       \
        {Py_nb_or, array_refuse_binary}, {Py_nb_xor, array_refuse_binary},                         \
        {Py_nb_lshift, array_refuse_binary}, {Py_nb_rshift, array_refuse_binary},                  \
        {Py_nb_negative, array_refuse_arithmetic}, {Py_nb_positive, array_refuse_arithmetic},      \
        {Py_nb_absolute, array_refuse_arithmetic}, {Py_nb_invert, array_refuse_arithmetic},        \
        {Py_nb_inplace_add, array_refuse_in_place},                                                \
        {Py_nb_inplace_subtract, array_refuse_in_place},                                           \
        {Py_nb_inplace_multiply, array_refuse_in_place},                                           \
        {Py_nb_inplace_matrix_multiply, array_refuse_in_place},                                    \
        {Py_nb_inplace_true_divide, array_refuse_in_place},                                        \
        {Py_nb_inplace_floor_divide, array_refuse_in_place},                                       \
        {Py_nb_inplace_remainder, array_refuse_in_place},                                          \
        {Py_nb_inplace_power, array_refuse_power_in_place},                                        \
        {Py_nb_inplace_and, array_refuse_in_place}, {Py_nb_inplace_or, array_refuse_in_place},     \
        {Py_nb_inplace_xor, array_refuse_in_place}, {Py_nb_inplace_lshift, array_refuse_in_place}, \
    {                                                                                              \
        Py_nb_inplace_rshift, array_refuse_in_place                                                \
    }

#endif
