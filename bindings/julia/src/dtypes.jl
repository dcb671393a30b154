# dtypes.jl - the one table of dtypes: DLPack's DLDataType in 32 bits (code | bits << 8 | lanes << 16).
#
# bf16 appears as raw UInt16, because Core.BFloat16, which only later versions of Julia have, has no arithmetic.

const DTYPES = (
    ("i8", 0x00010800, Int8), ("i16", 0x00011000, Int16),
    ("i32", 0x00012000, Int32), ("i64", 0x00014000, Int64),
    ("u8", 0x00010801, UInt8), ("u16", 0x00011001, UInt16),
    ("u32", 0x00012001, UInt32), ("u64", 0x00014001, UInt64),
    ("f16", 0x00011002, Float16), ("f32", 0x00012002, Float32), ("f64", 0x00014002, Float64),
    ("bf16", 0x00011004, UInt16),
    ("c64", 0x00014005, ComplexF32), ("c128", 0x00018005, ComplexF64),
    ("bool", 0x00010806, Bool),
)

for (name, code, T) in DTYPES
    name == "bf16" || @eval dtype_of(::Type{$T}, _) = $code
end
isdefined(Core, :BFloat16) && @eval dtype_of(::Type{Core.BFloat16}, _) = 0x00011004

dtype_of(T, array) =
    fail(:INVALID, array, "array \"$array\": Lina has no dtype for $T, only for $(names_of_dtypes())")
function dtype_of(name::Union{AbstractString,Symbol}, array)
    for (known, code, _) in DTYPES
        known == String(name) && return code
    end
    fail(:INVALID, array, "array \"$array\": \"$name\" is no dtype; there are $(names_of_dtypes())")
end

names_of_dtypes() = join(first.(DTYPES), " ", " and ")

# The type of the elements in Julia, or `nothing` for a dtype that Julia can only read as bytes.
function julia_type(dtype::UInt32)
    for (_, code, T) in DTYPES
        code == dtype && return T
    end
    return nothing
end

function dtype_name(dtype::UInt32)
    for (name, code, _) in DTYPES
        code == dtype && return name
    end
    return string("dtype 0x", string(dtype, base = 16, pad = 8))
end
