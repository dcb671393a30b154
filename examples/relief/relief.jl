# Julia's part of the relief: computes slope and hill shade of the terrain that Python published. Julia reads it by the
# same indices as Python, although its rows lie one after the other, and writes its results in Julia's own order.
using Lina

const AZIMUTH, ALTITUDE = deg2rad(315), deg2rad(45)

# Central differences inside, one-sided at the edges.
function rate(z, i, j, di, dj, spacing)
    m, n = size(z)
    a = (max(i - di, 1), max(j - dj, 1))
    b = (min(i + di, m), min(j + dj, n))
    return (Float64(z[b...]) - Float64(z[a...])) / (spacing * (b[1] - a[1] + b[2] - a[2]))
end

function relief!(slope, shade, z, dx, dy)
    for j in axes(z, 2), i in axes(z, 1)
        south, east = rate(z, i, j, 1, 0, dy), rate(z, i, j, 0, 1, dx)
        facing = atan(-east, south)
        slope[i, j] = atan(hypot(east, south))
        shade[i, j] = sin(ALTITUDE) * cos(slope[i, j]) +
                      cos(ALTITUDE) * sin(slope[i, j]) * cos(AZIMUTH - facing)
    end
end

Lina.wait("terrain_ready")
z = Lina.array("elevation")
dx, dy = Lina.array("spacing")
println("Julia   elevation: ", size(z), " of ", eltype(z), ", strides ", strides(z))
for name in ("slope", "shade")
    Lina.create_array(name, Float64, size(z); order = :F)
end
relief!(Lina.array("slope"), Lina.array("shade"), z, dx, dy)
Lina.signal("shade_done")
