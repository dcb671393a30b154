// environment.hpp - the environment of the program that embeds Node.
#pragma once

#include "../runtime.h"

// Takes the address of the program's `environ`, as a library without RTLD_DEEPBIND sees it.
void use_environment(char ***program);
