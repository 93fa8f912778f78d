"""DataFrames from finished columns, and back, block by block: without the checks that pandas makes for each column.

For a table of one row those checks are most of the work. columns.py makes the columns. If this file cannot
handle one of them, pandas makes the frame; both ways make the same frame.
"""

from _standpy import columns


def _block_manager(pandas):
    """For pandas 1.5 and 2, which no longer change. pyarrow makes its frames this way."""
    import numpy
    from pandas.core.internals import BlockManager, make_block

    finish = getattr(pandas.DataFrame, "_from_mgr", None)

    def make(blocks, names, rows):
        labels = numpy.array(names, object)
        axes = [pandas.Index._simple_new(labels), pandas.RangeIndex(rows)]
        made = tuple(make_block(values, placement=places) for values, places in blocks)
        manager = BlockManager(made, axes, verify_integrity=False)
        return finish(manager, axes) if finish else pandas.DataFrame(manager)

    return make


def _public(pandas):
    """For pandas 3, which has a public function for this."""
    from pandas.api.internals import create_dataframe_from_blocks

    def make(blocks, names, rows):
        return create_dataframe_from_blocks(blocks, index=pandas.RangeIndex(rows), columns=pandas.Index(names))

    return make


def _is_like_pandas(pandas, made, usual):
    return (
        made.equals(usual)
        and made.columns.dtype == usual.columns.dtype
        and type(made._mgr) is type(usual._mgr)
        and [array.dtype for array in made._iter_column_arrays()] == list(usual.dtypes)
    )


def _find_maker(pandas):
    """The function that makes frames from blocks; None if its frames differ from those of this pandas."""
    import numpy

    try:
        make = (_public if columns.generation(pandas) >= 3 else _block_manager)(pandas)
        one, two = numpy.array([1]), numpy.array([2.5])
        blocks = [(one.reshape(1, 1), numpy.array([0])), (two.reshape(1, 1), numpy.array([1]))]
        usual = pandas.DataFrame({"a": one, "b": two})
        return make if _is_like_pandas(pandas, make(blocks, ["a", "b"], 1), usual) else None
    except Exception:
        return None


_maker = ()  # the result of _find_maker, once it has run


def warm(pandas):
    """Finds out how to make frames with this pandas, and returns the function."""
    global _maker
    if _maker == ():
        _maker = _find_maker(pandas)
    return _maker


def _blocks(found, rows, apart):
    """(values, places) of columns. Columns of one dtype share a block, unless their places are in `apart`."""
    import numpy

    groups = {}
    for place, column in enumerate(found):
        alone = place in apart or not isinstance(column, numpy.ndarray)
        groups.setdefault(place if alone else column.dtype, []).append(place)
    for places in groups.values():
        first = found[places[0]]
        if len(places) > 1:
            values = numpy.empty((len(places), rows), first.dtype)
            for row, place in enumerate(places):
                values[row] = found[place]
        else:
            values = first.reshape(1, rows) if isinstance(first, numpy.ndarray) else first
        yield values, numpy.array(places)


def _is_ready(pandas, column):
    """Whether it is a numpy array, or text as pandas 3 stores it."""
    return not isinstance(column, pandas.Series)


def build(pandas, names, found, rows, apart=()):
    """A DataFrame of columns that nothing else refers to. names: texts, each once.

    apart: places of columns that pandas itself leaves in blocks of their own. A script can see this: if a
    frame has one block, its `values` are a view.
    """
    make = warm(pandas)
    if make is not None and found and all(_is_ready(pandas, column) for column in found):
        return make(list(_blocks(found, rows, apart)), names, rows)
    series = [columns.series(pandas, column) for column in found]
    return pandas.DataFrame(dict(zip(names, series)), index=pandas.RangeIndex(rows), copy=not apart)


def _by_series(table):
    import numpy

    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        yield column.to_numpy() if isinstance(column.dtype, numpy.dtype) else column.array


def arrays(pandas, table):
    """The columns of a frame, for reading: numpy arrays, and pandas' arrays for dtypes of its own."""
    import numpy

    if type(table) is not pandas.DataFrame or warm(pandas) is None:
        return list(_by_series(table))
    found = table._iter_column_arrays()
    return [numpy.asarray(array) if isinstance(array.dtype, numpy.dtype) else array for array in found]
