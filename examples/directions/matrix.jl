# Julia to Java: Julia makes a matrix in its own column order, and Java adds up its rows.
#
#     lina run matrix.jl Rows.java
using Lina

matrix = Lina.create_array("matrix", Float64, (2, 3))
matrix .= [1 2 3; 10 20 30]
Lina.signal("matrix_ready")
Lina.wait("sums_ready")
println("Julia   sums ", collect(Lina.array("sums")))
