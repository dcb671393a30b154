// stage_plan.hpp - the first message from the command to the stage: the scripts to embed. stage.cpp names the others.
#pragma once

#include <string>
#include <vector>

#include "lina_host.h"

namespace lina_cli {

struct Embedded {
    std::string path;
    lina_runtime_info_t info{};
    int out = -1, err = -1; // descriptors
    bool reads = false;     // standard input
};

std::string write_stage_plan(const std::vector<Embedded> &scripts);
std::vector<Embedded> read_stage_plan(const std::string &message);

} // namespace lina_cli
