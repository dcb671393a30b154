// environment.hpp - the environment of the program that embeds Node.
#pragma once

#include "../runtime.h"

// Stores the address of the program's `environ`. The caller must be a library that was loaded without RTLD_DEEPBIND.
void use_environment(char ***program);
