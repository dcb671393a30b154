# Julia's part of the host demo: waits for `input`, doubles it into `result`.
using Lina

Lina.wait("data_ready")
x = Lina.array("input")
y = Lina.array("result")
println("Julia   input at 0x", string(UInt(pointer(x)), base = 16),
        ", result at 0x", string(UInt(pointer(y)), base = 16))
y .= 2 .* x
Lina.signal("math_done")
