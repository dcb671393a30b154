/* narrow.c - converts the two floating-point formats of 16 bits: f16 and bf16. */
#include "binding.h"

#include <math.h>

/* A format: `digits` bits of fraction, and exponents from 1 - bias to bias. */
struct format {
    int digits, bias;
};
static const struct format half = {10, 15}, brain = {7, 127};

static double widen(uint16_t bits, struct format format) {
    int fraction = bits & ((1 << format.digits) - 1);
    int exponent = (bits & 0x7fff) >> format.digits;
    double value;
    if (exponent > 2 * format.bias)
        value = fraction == 0 ? (double)INFINITY : (double)NAN;
    else if (exponent == 0)
        value = ldexp(fraction, 1 - format.bias - format.digits);
    else
        value = ldexp(fraction + (1 << format.digits), exponent - format.bias - format.digits);
    return (bits & 0x8000) != 0 ? -value : value;
}

/* Rounds to the nearest value, and ties to even. Numbers beyond the largest become infinity. */
static uint16_t narrow(double value, struct format format) {
    unsigned sign = signbit(value) ? 0x8000u : 0;
    unsigned infinity = (unsigned)(2 * format.bias + 1) << format.digits;
    if (isnan(value))
        return (uint16_t)(sign | infinity | 1u << (format.digits - 1));
    if (isinf(value) || value == 0)
        return (uint16_t)(sign | (value == 0 ? 0 : infinity));
    int exponent;
    frexp(value, &exponent);
    exponent -= 1; /* |value| = m x 2^exponent with 1 <= m < 2 */
    if (exponent < 1 - format.bias)
        exponent = 1 - format.bias; /* subnormal, or zero */
    if (exponent > format.bias)
        return (uint16_t)(sign | infinity);
    /* In units of the last digit. A carry into the exponent is correct. */
    double units = nearbyint(ldexp(fabs(value), format.digits - exponent));
    unsigned bits = (unsigned)units + ((unsigned)(exponent + format.bias - 1) << format.digits);
    return (uint16_t)(sign | bits);
}

double half_to_double(uint16_t bits) { return widen(bits, half); }
double brain_to_double(uint16_t bits) { return widen(bits, brain); }
uint16_t double_to_half(double value) { return narrow(value, half); }
uint16_t double_to_brain(double value) { return narrow(value, brain); }
