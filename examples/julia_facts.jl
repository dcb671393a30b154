# Prints what a program that embeds this Julia must know, a line each: the folder of julia.h, that of libjulia, that of
# the executable, and the system image.
using Libdl
println(normpath(Sys.BINDIR, Base.INCLUDEDIR, "julia"))
println(dirname(realpath(Libdl.dlpath("libjulia"))))
println(Sys.BINDIR)
println(unsafe_string(Base.JLOptions().image_file))
