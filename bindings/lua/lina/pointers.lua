--- Makes a:pointer() return typed cdata in LuaJIT. The pointer does not keep its array alive. The views of lina.ffi do.

local ffi = require "ffi"

local pointers = {}

--- The C type for the elements of each dtype. For f16 and bf16 it is the bits, for bool a byte.
pointers.ctype = {
    i8 = "int8_t", i16 = "int16_t", i32 = "int32_t", i64 = "int64_t",
    u8 = "uint8_t", u16 = "uint16_t", u32 = "uint32_t", u64 = "uint64_t",
    f32 = "float", f64 = "double", f16 = "uint16_t", bf16 = "uint16_t", bool = "uint8_t",
    c64 = "complex float", c128 = "complex double",
}

--- Returns a pointer to element (1, 1, ...).
function pointers.pointer(array)
    local address = array:_addresses()
    local ctype = pointers.ctype[array:dtype()] or "uint8_t"
    return ffi.cast(ctype .. " *", ffi.cast("uintptr_t", address))
end

return pointers
