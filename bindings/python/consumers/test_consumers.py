"""Other people's packages get a lina.Array as they would get an ndarray, and read what NumPy reads.

`script/consumers` installs the packages and runs these tests. If a package is missing, its test is skipped.
"""

import io
import os
import pathlib
import sys

import numpy as np
import pytest

BUILD = pathlib.Path(os.environ.get("LINA_BUILD", pathlib.Path(__file__).parents[3] / "build")).resolve()
sys.path.insert(0, str(BUILD))

import lina  # noqa: E402

INTEGERS, REALS = ["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"], ["f32", "f64"]


@pytest.fixture
def arena():
    with lina.Arena.create(None, 1 << 20) as made:
        yield made
        made.check()


@pytest.fixture(params=["bool", *INTEGERS, "f16", *REALS, "c64", "c128"])
def table(arena, request):
    """An array of four rows and six columns, of every dtype that NumPy has."""
    return numbered(arena, request.param)


@pytest.fixture
def reals(arena):
    return numbered(arena, "f64")


@pytest.fixture
def pixels(arena):
    return numbered(arena, "u8", (8, 6, 3), "pixels")


def numbered(arena, dtype, shape=(4, 6), name="x"):
    x = arena.create_array(name, dtype, shape)
    np.asarray(x)[...] = np.arange(x.size).reshape(shape) % (2 if dtype == "bool" else 120)
    return x


def same(got, x):
    """True if both have the same dtype and the same elements."""
    got, expected = np.asarray(got), np.asarray(x)
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)
    return True


# ---- arrays ------------------------------------------------------------------------------------------


def test_numpy_computes_with_its_dtype(table):
    assert np.result_type(table) == np.asarray(table).dtype
    assert np.result_type(table, np.float64) == np.result_type(np.asarray(table), np.float64)
    assert np.can_cast(table.dtype, np.complex128)
    assert np.empty(table.shape, table.dtype).dtype == np.empty_like(table).dtype == np.asarray(table).dtype
    assert same(np.concatenate([table, table])[:4], table)


def test_dask_makes_blocks_of_it(table):
    array = pytest.importorskip("dask.array")
    made = array.from_array(table, chunks=(2, 3))
    assert made.dtype == np.asarray(table).dtype and made.nbytes == table.nbytes
    assert same(made.compute(scheduler="synchronous"), table)
    total = array.from_array(table, chunks=(2, 3), asarray=False)[1:, ::2]
    assert same(total.compute(scheduler="threads"), np.asarray(table)[1:, ::2])


def test_zarr_stores_it_and_reads_into_it(table):
    zarr = pytest.importorskip("zarr")
    # If the dtype equals one of zarr's own names, such as "bool", zarr calls ravel, which a lina.Array lacks.
    data = np.asarray(table) if table.dtype == "bool" else table
    stored = zarr.create_array({}, data=data, chunks=(2, 3))
    assert stored.dtype == np.asarray(table).dtype and same(stored[...], table)
    like = zarr.create_array({}, shape=table.shape, dtype=np.dtype(table.dtype))
    like[1:3] = data[1:3]
    assert same(like[1:3], table[1:3])
    table[...] = 0
    table[...] = stored
    assert same(stored[...], table)


def test_jax_takes_it_and_knows_its_dtype(table):
    jnp = pytest.importorskip("jax.numpy")
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        assert jnp.result_type(table) == np.asarray(table).dtype
        assert same(jnp.asarray(table), table)
        assert same(jax.dlpack.from_dlpack(table), table)
        assert same(jax.device_put(np.asarray(table)), table)


def test_jax_takes_bf16(arena):
    jnp = pytest.importorskip("jax.numpy")
    x = arena.create_array("x", "bf16", 4)
    x[...] = [0, 1, 2, 3]
    assert jnp.asarray(x).dtype == jnp.bfloat16 and jnp.asarray(x).tolist() == [0, 1, 2, 3]


def test_numba_compiles_for_it(reals):
    numba = pytest.importorskip("numba")

    @numba.njit
    def double(a):
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                a[i, j] *= 2
        return a.sum()

    assert double(np.asarray(reals)) == 552 and reals[3, 5] == 46


def test_numexpr_computes_with_it(reals):
    numexpr = pytest.importorskip("numexpr")
    assert same(numexpr.evaluate("2 * x + 1", {"x": reals}), 2 * np.asarray(reals) + 1)
    assert numexpr.evaluate("x * x", {"x": reals}, out=np.asarray(reals)) is not None and reals[3, 5] == 529


def test_scipy_solves_with_it(arena):
    linalg, fft = pytest.importorskip("scipy.linalg"), pytest.importorskip("scipy.fft")
    sparse = pytest.importorskip("scipy.sparse")
    a = arena.create_array("a", "f64", (3, 3), "F")
    a[...] = [[4, 1, 0], [1, 3, 1], [0, 1, 2]]
    b = arena.create_array("b", "f64", 3)
    b[...] = [1, 2, 3]
    np.testing.assert_allclose(np.asarray(a) @ linalg.solve(a, b), np.asarray(b))
    np.testing.assert_allclose(fft.ifft(fft.fft(b)), np.asarray(b))
    assert same(sparse.csr_array(a).toarray(), a)


# ---- tables ------------------------------------------------------------------------------------------


def test_pandas_makes_columns_of_it(table):
    pandas = pytest.importorskip("pandas")
    assert same(pandas.Series(table[0]).to_numpy(), table[0])
    if table.dtype != "f16":
        assert same(pandas.DataFrame(table).to_numpy(), table)
    assert np.shares_memory(pandas.Series(np.asarray(table[0]), copy=False).to_numpy(), np.asarray(table))


def test_pyarrow_makes_lists_of_one_length_of_it(table):
    arrow = pytest.importorskip("pyarrow")
    if table.dtype in ("c64", "c128", "bool"):
        with pytest.raises(BufferError, match='array "x"'):
            arrow.array(table)
        return
    made = arrow.array(table)
    assert made.type.list_size == 6 and made.to_pylist() == table.tolist()
    address = made.values.buffers()[1].address
    assert address == np.asarray(table).ctypes.data


def test_polars_and_duckdb_read_it_by_arrow(reals):
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    arrow = pytest.importorskip("pyarrow")
    assert polars.Series(arrow.array(reals[0])).to_list() == reals[0].tolist()
    assert polars.DataFrame({"a": np.asarray(reals[:, 1])})["a"].to_list() == reals[:, 1].tolist()
    rows = duckdb.from_arrow(arrow.table({"a": arrow.array(reals[2])}))
    assert rows.sum("a").fetchall() == [(np.asarray(reals[2]).sum(),)]


def test_xarray_labels_it(table):
    xarray = pytest.importorskip("xarray")
    made = xarray.DataArray(table, dims=("row", "column"))
    assert same(made.sel(row=1), table[1])


def test_h5py_stores_it_and_reads_into_it(table):
    h5py = pytest.importorskip("h5py")
    with h5py.File(io.BytesIO(), "w") as file:
        stored = file.create_dataset("x", data=table)
        assert same(stored[...], table)
        table[...] = 0
        stored.read_direct(np.asarray(table))
        assert same(stored[...], table)
        like = file.create_dataset("y", table.shape, np.dtype(table.dtype))
        like[...] = table
        assert same(like[...], table)


def test_scikit_learn_fits_it(arena):
    models = pytest.importorskip("sklearn.linear_model")
    x, y = numbered(arena, "f64", (10, 1)), numbered(arena, "f64", (10,), "y")
    y[...] = 3 * np.asarray(y) + 1
    fitted = models.LinearRegression().fit(x, y)
    np.testing.assert_allclose([fitted.coef_[0], fitted.intercept_], [3, 1])
    np.testing.assert_allclose(fitted.predict(x), np.asarray(y))


# ---- pictures ----------------------------------------------------------------------------------------


def test_scikit_image_filters_it(arena, pixels):
    skimage = pytest.importorskip("skimage")
    filters, transform = pytest.importorskip("skimage.filters"), pytest.importorskip("skimage.transform")
    for dtype in ("u8", "u16", "f32", "f64"):
        # Without asarray, its edge filters call `astype` of an image of floats.
        x = numbered(arena, dtype, (8, 6), dtype)
        a = np.asarray(x) if dtype[0] == "u" else np.divide(x, 120, out=np.asarray(x))
        assert same(skimage.img_as_float(x), skimage.img_as_float(a))
        assert same(filters.gaussian(x, sigma=1), filters.gaussian(a, sigma=1))
        assert same(filters.sobel(x if dtype[0] == "u" else np.asarray(x)), filters.sobel(a))
        assert same(transform.resize(x, (4, 3)), transform.resize(a, (4, 3)))
    assert same(skimage.color.rgb2gray(pixels), skimage.color.rgb2gray(np.asarray(pixels)))


def test_pillow_and_imageio_take_pictures(pixels):
    image, imageio = pytest.importorskip("PIL.Image"), pytest.importorskip("imageio.v3")
    for part in (pixels, pixels[:, :, 0], pixels[::2, 1:], pixels[:, :, 1].T):
        assert same(image.fromarray(part), part)
    assert same(imageio.imread(imageio.imwrite("<bytes>", pixels, extension=".png")), pixels)


def test_matplotlib_draws_it(reals, pixels):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.subplots(2, 2).ravel()
    lines = axes[0].plot(reals)
    assert [line.get_ydata().tolist() for line in lines] == reals.T.tolist()
    (line,) = axes[0].plot(reals[0], reals[1])
    assert line.get_xydata().tolist() == np.transpose(reals[:2]).tolist()
    assert same(axes[1].imshow(pixels).get_array(), pixels)
    assert axes[2].hist(reals[0], bins=3)[0].tolist() == [2, 2, 2]
    axes[3].pcolormesh(reals)
    figure.savefig(io.BytesIO())


def test_plotly_draws_it(reals):
    graphs = pytest.importorskip("plotly.graph_objects")
    assert same(graphs.Scatter(y=reals[0]).y, reals[0])


# ---- bytes -------------------------------------------------------------------------------------------


def test_zeromq_sends_it_without_a_copy(reals):
    zmq = pytest.importorskip("zmq")
    with zmq.Context() as context, context.socket(zmq.PAIR) as here, context.socket(zmq.PAIR) as there:
        here.bind("inproc://lina")
        there.connect("inproc://lina")
        here.send(reals[1:3], copy=False)
        assert same(np.frombuffer(there.recv()).reshape(2, 6), reals[1:3])


def test_cffi_sees_its_window_and_no_more(reals):
    ffi = pytest.importorskip("cffi").FFI()
    window = ffi.from_buffer("double[]", reals[1:3])
    assert len(window) == 12 and window[0] == 6
    window[0] = -1
    assert reals[1, 0] == -1
    with pytest.raises(BufferError):
        ffi.from_buffer(reals[:, 1])


def test_zstandard_and_joblib_read_its_bytes(reals):
    zstandard, joblib = pytest.importorskip("zstandard"), pytest.importorskip("joblib")
    packed = zstandard.compress(reals[1:3])
    assert zstandard.decompress(packed) == reals[1:3].tobytes()
    got = joblib.Parallel(2, prefer="threads")(joblib.delayed(np.sum)(row) for row in reals)
    assert got == np.asarray(reals).sum(axis=1).tolist()
