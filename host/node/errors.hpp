// errors.hpp - gives each script what Node itself prints to stderr.
#pragma once

#include "../runtime.h"

// From now on, what libnode prints to stderr on this thread goes to a descriptor. 0: to stderr.
void print_errors_to(int descriptor);
