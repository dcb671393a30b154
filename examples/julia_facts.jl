# What a program that embeds this Julia must know, a line each: the folders of julia.h and libjulia,
# of the executable, and the system image.
using Libdl
println(normpath(Sys.BINDIR, Base.INCLUDEDIR, "julia"))
println(dirname(realpath(Libdl.dlpath("libjulia"))))
println(Sys.BINDIR)
println(unsafe_string(Base.JLOptions().image_file))
