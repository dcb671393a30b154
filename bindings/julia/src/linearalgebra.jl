# linearalgebra.jl - products by BLAS. BLAS needs matrices whose first step is 1.
#
# A matrix whose second step is 1 is the transpose of a matrix that BLAS accepts. If the result is such a matrix,
# C = A B is computed as Cᵀ = Bᵀ Aᵀ.

using LinearAlgebra: BlasFloat, adjoint, dot, mul!, norm, transpose

const LinaVector{T} = LinaArray{T,1}
const LinaMatrix{T} = LinaArray{T,2}

# The same memory as an array that LinearAlgebra can pass to BLAS. Other arrays stay as they are.
strided_twin(A) = A
strided_twin(A::DenseC{T,2}) where {T} = transpose(twin(A))
strided_twin(A::DenseF) = twin(A)
strided_twin(A::Transpose{<:Any,<:LinaArray}) = transpose(strided_twin(parent(A)))
strided_twin(A::Adjoint{<:Any,<:LinaArray}) = adjoint(strided_twin(parent(A)))

strided_twin(x::LinaArray{T,1,:strided,<:Plain{T}}) where {T} =
    x.steps[1] == 0 ? x :
    view(memory(x.elements), range(x.first; step = x.steps[1], length = x.size[1]))

# The type of the result depends on the steps. The Ref hides from the compiler which types are possible: otherwise it
# would compile the products of each with each, which takes seconds.
strided_twin(A::LinaArray{T,2,:strided,<:Plain{T}}) where {T} = Ref{Any}(columns_or_rows(A))[]

function columns_or_rows(A)
    (m, n), (down, right) = A.size, A.steps
    down == 1 && right >= m && return columns(A, m, n, right)
    right == 1 && down >= n && return transpose(columns(A, n, m, down))
    return A
end

# A view of n columns of m elements, at distances of `step`. The Array under it has n columns of `step` elements, so its
# end may lie beyond A's memory; the view shows none of that. The view must not outlive A.
columns(A::LinaArray, m, n, step) =
    view(unsafe_wrap(Array, pointer(A), (step, n); own = false), 1:m, :)

# True if an array cannot be passed to BLAS, or not in every version of Julia: 1.5 passes the wrong end of a vector
# that runs backwards.
is_generic(A) = A isa LinaArray
is_generic(A::Union{Transpose,Adjoint}) = is_generic(parent(A))
is_generic(x::SubArray{<:Any,1}) = stride(x, 1) < 1

check_result(C::LinaArray) = check_writable(C.elements)
check_result(C) = nothing

function product!(C, A, B, alpha, beta)
    check_result(C)
    GC.@preserve C A B begin
        to, a, b = strided_twin(C), strided_twin(A), strided_twin(B)
        if any(is_generic, (to, a, b))
            generic_product!(C, A, B, alpha, beta)
        elseif to isa Transpose
            mul!(parent(to), transpose(b), transpose(a), alpha, beta)
        else
            mul!(to, a, b, alpha, beta)
        end
    end
    return C
end

generic_product!(y::AbstractVector, A, x, alpha, beta) =
    invoke(mul!, Tuple{AbstractVector,AbstractVecOrMat,AbstractVector,Number,Number}, y, A, x, alpha, beta)
generic_product!(C::AbstractMatrix, A, B, alpha, beta) =
    invoke(mul!, Tuple{AbstractMatrix,AbstractVecOrMat,AbstractVecOrMat,Number,Number}, C, A, B, alpha, beta)

const Ours = Union{LinaMatrix,Transpose{<:Any,<:LinaMatrix},Adjoint{<:Any,<:LinaMatrix}}
const Plains = Union{StridedMatrix,Transpose{<:Any,<:StridedMatrix},Adjoint{<:Any,<:StridedMatrix}}

const Matrices = Union{Ours,Plains}
const Vectors = Union{LinaVector,StridedVector}

# All products with a LinaArray as an operand. (There are few methods, because each one makes Lina slower to load.)
for (C, A, B) in ((:LinaMatrix, :Matrices, :Matrices), (:StridedMatrix, :Ours, :Matrices),
                  (:StridedMatrix, :Plains, :Ours), (:LinaVector, :Matrices, :Vectors),
                  (:StridedVector, :Ours, :Vectors), (:StridedVector, :Plains, :LinaVector))
    @eval LinearAlgebra.mul!(C::$C, A::$A, B::$B, alpha::Number, beta::Number) = product!(C, A, B, alpha, beta)
end

# ---- vectors -----------------------------------------------------------------------------------------

inner(x, y) = GC.@preserve x y begin
    a, b = strided_twin(x), strided_twin(y)
    is_generic(a) || is_generic(b) ? invoke(dot, Tuple{AbstractArray,AbstractArray}, x, y) : dot(a, b)
end
LinearAlgebra.dot(x::LinaVector, y::LinaVector) = inner(x, y)
LinearAlgebra.dot(x::LinaVector, y::StridedVector) = inner(x, y)
LinearAlgebra.dot(x::StridedVector, y::LinaVector) = inner(x, y)
LinearAlgebra.dot(A::DenseC, B::DenseC) = same_size(A, B) ? dot(twin(A), twin(B)) :
    invoke(dot, Tuple{AbstractArray,AbstractArray}, A, B)
LinearAlgebra.norm(A::Dense, p::Real = 2) = norm(twin(A), p)
LinearAlgebra.rmul!(A::Dense, s::Number) = (LinearAlgebra.rmul!(writable_twin(A), s); A)
LinearAlgebra.lmul!(s::Number, A::Dense) = (LinearAlgebra.lmul!(s, writable_twin(A)); A)

# ---- functions that work on a copy anyway ------------------------------------------------------------

LinearAlgebra.factorize(A::LinaMatrix) = LinearAlgebra.factorize(Matrix(A))

# Older versions of Julia have some of these only for their own arrays.
for f in (:svd, :lq, :cholesky, :exp, :log, :sqrt)
    hasmethod(getfield(LinearAlgebra, f), Tuple{LinaMatrix{Float64}}) ||
        @eval LinearAlgebra.$f(A::LinaMatrix; options...) = LinearAlgebra.$f(Matrix(A); options...)
end
for W in (:Symmetric, :Hermitian)
    of_ours = :(LinearAlgebra.$W{T,<:LinaMatrix{T}} where {T})
    hasmethod(LinearAlgebra.cholesky, Tuple{@eval($of_ours){Float64}}) ||
        @eval LinearAlgebra.cholesky(A::$of_ours; options...) =
            LinearAlgebra.cholesky(LinearAlgebra.$W(Matrix(parent(A)), Symbol(A.uplo)); options...)
end
