// uses_lina.cpp - a C++ program of another project that uses Lina.
#include <cstdio>
#include <lina.hpp>

int main() {
    lina::session session(1 << 16);
    auto x = lina::create<double, 2>("x", {2, 3});
    x(1, 2) = 42;
    return lina::acquire<const double, 2>("x")(1, 2) == 42 && std::puts("works") >= 0 ? 0 : 1;
}
