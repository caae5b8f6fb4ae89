"""What is known of other people's code: which calls change what they are given, which do not.

The rule where nothing is known: a method changes its object, a function of an unknown library
changes its arguments. A wrong "changes" costs a cell in the rehearsal; a wrong "does not change"
costs a wrong answer. So a name stands among the readers only if it reads in every library we know.
"""

from __future__ import annotations

import ast
import builtins
import sys


def words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


BUILTINS = frozenset(dir(builtins)) | words("""
    __name__ __doc__ __file__ __builtins__ __spec__ __loader__ __package__ get_ipython display
    In Out _ __ ___ _i _ih _oh _dh exit quit
""")

# --- methods ---------------------------------------------------------------------------------

FRESH_METHODS = words("""
    abs absolute add_prefix add_suffix agg aggregate all annotate any apply apply_async applymap
    area argmax argmin argsort as_integer_ratio as_posix assign astype axhline axvline bar barh
    between bfill bit_count bool box boxplot capitalize casefold clip combine combine_first
    compare conj conjugate contour contourf copy corr corrwith count cov cpu cross_val_score
    crosstab cummax cummin cumprod cumsum date decision_function decode describe detach diff
    difference digest dim dot double drop_duplicates dropna dtypes duplicated encode endswith eq
    equals errorbar evaluate ewm exists expanding expanduser ffill fill_between fillna filter find
    findall first_valid_index flatten float format format_map from_dict fullmatch ge get_booster
    get_depth get_dummies get_feature_names_out get_n_leaves get_n_splits get_params get_support
    glob group groupdict groups gt half head heatmap hexdigest hexdump hist idxmax idxmin imshow
    index info inner int interpolate intersection inverse_transform is_dir is_file is_integer
    isalnum isalpha isdigit isdisjoint isin isinstance islower isna isnull isocalendar isoformat
    isoweekday isspace issubset issuperset istitle isupper item iterdir join kde kneighbors kurt
    last_valid_index le legend line ljust logits long lower lstrip lt map mask match max mean
    median melt memory_usage merge min mode most_common mul named_steps ne nlargest nonzero notna
    notnull nsmallest numel numpy nunique partition pct_change pie pivot pivot_table plot pow
    predict predict_log_proba predict_proba prod product ptp quantile query rank read_bytes
    read_text reindex relative_to removeprefix removesuffix rename repeat replace resample
    reset_index resolve rfind rglob rindex rjust rolling round rpartition rsplit rstrip sample
    savefig scatter score score_samples searchsorted select_dtypes set_axis set_index shift show
    size skew sort_index sort_values split splitlines squared stack staged_predict startswith stat
    std strftime strip sub sum summary swapcase symmetric_difference tail take time timestamp
    title to_csv to_dict to_excel to_frame to_html to_json to_latex to_list to_markdown to_numpy
    to_parquet to_pickle to_records to_sql to_string tobytes today tolist total total_seconds
    trace train_test_split transform translate truncate tz_convert tz_localize union unique
    unstack upper utcoffset value_counts var violinplot weekday where with_name with_suffix xs
    zfill
""")
"""They leave their object as it was, and what they return shares nothing with it.

`fillna`, `sort_values` and the like change it only with `inplace=True`, which is looked for.
`apply` and `map` run a function over it, whose own effects are followed.
"""

VIEW_METHODS = words("""
    T at buffers children convert_dtypes diagonal droplevel expand flat get get_group
    get_params_view groupby head iat iloc infer_objects items iterrows itertuples keys loc modules
    named_children named_modules named_parameters numpy_view parameters permute pipe ravel reshape
    squeeze state_dict steps swapaxes swaplevel tail transpose unsqueeze values view xs
""")
"""They leave their object as it was, and what they return may share memory or members with it."""

READER_PREFIXES = (
    "plot", "show", "display", "print", "draw", "get_", "is_", "has_", "to_", "as_", "predict",
    "score", "describe", "save", "dump", "write", "export", "summar", "report", "visual",
)  # fmt: skip
"""A name that begins so tells, in all libraries that we know, that nothing is changed."""

HOLDING_METHODS = words("""
    add add_module add_param_group add_step append appendleft extend extendleft insert push put
    register setdefault update
""")
"""They keep their arguments inside their object: changing the one is changing the other."""

# --- functions -------------------------------------------------------------------------------

MUTATES_ARGUMENT: dict[str, tuple[int, ...]] = {
    "random.shuffle": (0,),
    "numpy.random.shuffle": (0,),
    "numpy.put": (0,),
    "numpy.copyto": (0,),
    "numpy.place": (0,),
    "numpy.putmask": (0,),
    "numpy.fill_diagonal": (0,),
    "numpy.put_along_axis": (0,),
    "numpy.ndarray.sort": (0,),
    "struct.pack_into": (1,),
    "heapq.heappush": (0,),
    "heapq.heappop": (0,),
    "heapq.heapify": (0,),
    "heapq.heapreplace": (0,),
    "heapq.heappushpop": (0,),
    "bisect.insort": (0,),
    "bisect.insort_left": (0,),
    "bisect.insort_right": (0,),
    "operator.setitem": (0,),
    "operator.delitem": (0,),
    "operator.iadd": (0,),
    "operator.iconcat": (0,),
    "builtins.setattr": (0,),
    "builtins.delattr": (0,),
    "builtins.next": (0,),
    "torch.nn.utils.clip_grad_norm_": (0,),
    "torch.nn.utils.clip_grad_value_": (0,),
}
"""Functions of the libraries below that change an argument: which, by position."""

SEEDS: dict[str, str] = {
    "random.seed": "random",
    "random.setstate": "random",
    "numpy.random.seed": "numpy.random",
    "numpy.random.set_state": "numpy.random",
    "torch.manual_seed": "torch.random",
    "torch.cuda.manual_seed": "torch.random",
    "torch.cuda.manual_seed_all": "torch.random",
    "torch.random.manual_seed": "torch.random",
    "tensorflow.random.set_seed": "tensorflow.random",
    "tensorflow.set_random_seed": "tensorflow.random",
    "keras.utils.set_random_seed": "tensorflow.random",
}
"""Functions that set a process-wide source of random numbers, and its name."""

_GENERATORS = words("""
    BitGenerator Generator MT19937 PCG64 Philox Random RandomState SFC64 SeedSequence SystemRandom
    default_rng get_state getstate
""")

PROCESS_CALLS = words("""
    decimal.setcontext dotenv.load_dotenv locale.setlocale multiprocessing.set_start_method
    numpy.seterr numpy.seterrcall os.chdir os.environ.clear os.environ.pop os.environ.setdefault
    os.environ.update os.putenv os.umask os.unsetenv sklearn.set_config socket.setdefaulttimeout
    sys.path.append sys.path.extend sys.path.insert sys.setrecursionlimit torch.set_default_device
    torch.set_default_dtype torch.set_grad_enabled torch.set_num_threads
    torch.use_deterministic_algorithms warnings.filterwarnings warnings.resetwarnings
    warnings.simplefilter
""")
"""Calls that change the process for everything after them."""

PROCESS_PATHS = words("""
    os.environ sys.path sys.modules torch.backends decimal.getcontext decimal.DefaultContext
""")
"""Assigning to them, or into them, does so too."""

READER_MODULES = sys.stdlib_module_names | words("""
    IPython PIL aiohttp altair anyio babel bokeh boto3 bs4 catboost category_encoders cv2 dask
    datasets dateutil featuretools folium ftfy gensim geopandas hdbscan httpx imblearn implicit
    ipywidgets jax joblib keras lightgbm lxml matplotlib missingno mlflow msgspec networkx nltk
    numba numexpr numpy onnx openpyxl orjson pandas plotly pmdarima polars prophet psutil
    psycopg psycopg2 pyarrow pydantic pymongo pytz redis regex requests rich scikitplot scipy
    seaborn sentence_transformers shap skimage skl2onnx sklearn spacy sqlalchemy statsmodels
    structlog sympy tabulate tensorflow tokenizers toml torch torchvision tqdm transformers
    typing_extensions umap unidecode wandb wordcloud xarray xgboost xlrd yaml yellowbrick
""")
"""Libraries whose functions leave their arguments as they are, but for `MUTATES_ARGUMENT`."""

VIEW_FUNCTIONS = words("""
    copy.copy functools.partial itertools.chain itertools.cycle itertools.islice itertools.product
    itertools.zip_longest numpy.array_split numpy.asanyarray numpy.asarray numpy.ascontiguousarray
    numpy.atleast_1d numpy.atleast_2d numpy.broadcast_to numpy.expand_dims numpy.ravel
    numpy.reshape numpy.split numpy.squeeze numpy.transpose pandas.DataFrame pandas.Index
    pandas.Series torch.as_tensor torch.compile torch.from_numpy torch.jit.script
""")
"""Functions of those libraries whose result may share with their arguments."""

SHARING_BUILTINS = words("""
    dict enumerate filter frozenset getattr iter list map max memoryview min next reversed set
    sorted super tuple vars zip
""")
"""Builtins whose result holds the members of their arguments."""


def is_fancy_index(index: ast.expr) -> bool:
    """Whether `x[index]` copies in numpy and pandas: a list of labels or a mask, not one place."""
    return isinstance(index, (ast.List, ast.Compare, ast.ListComp)) or (
        isinstance(index, ast.BinOp) and isinstance(index.op, (ast.BitAnd, ast.BitOr))
    )


def draws(path: str) -> str:
    """The process-wide source that a call of `path` draws from; "" when from none."""
    module, _, function = path.rpartition(".")
    if function in _GENERATORS or path in SEEDS:
        return ""
    return module if module in {"random", "numpy.random"} else ""


def is_reader(name: str) -> bool:
    """Whether a method or function of that name leaves everything as it was."""
    return name in FRESH_METHODS or name in VIEW_METHODS or name.startswith(READER_PREFIXES)


def is_configuring(function: str) -> bool:
    """Whether the name of a library's function tells that it changes the library's own state."""
    return function in _CONFIGURING or function.startswith(("set_", "enable_", "disable_"))


_CONFIGURING = words("""
    addHandler append basicConfig clear config configure extend filterwarnings init insert
    load_dotenv pop register remove reset_option seed set setLevel setdefault setup simplefilter
    update use
""")


def pure_constructor(path: str) -> bool:
    """Whether calling `path` with constants gives the same every time and touches nothing."""
    return path in _PURE or path.startswith(_PURE_PREFIXES)


_PURE = words("""
    asyncio.Lock asyncio.Semaphore builtins.abs builtins.all builtins.any builtins.bin
    builtins.bool builtins.bytearray builtins.bytes builtins.chr builtins.complex builtins.dict
    builtins.divmod builtins.enumerate builtins.float builtins.frozenset builtins.hex builtins.int
    builtins.isinstance builtins.len builtins.list builtins.max builtins.min builtins.object
    builtins.oct builtins.ord builtins.pow builtins.property builtins.range builtins.repr
    builtins.reversed builtins.round builtins.set builtins.slice builtins.sorted builtins.str
    builtins.sum builtins.tuple builtins.type builtins.zip collections.ChainMap
    collections.Counter collections.OrderedDict collections.defaultdict collections.deque
    collections.namedtuple contextvars.ContextVar dataclasses.field dataclasses.make_dataclass
    datetime.date datetime.date.fromisoformat datetime.datetime datetime.datetime.fromisoformat
    datetime.time datetime.timedelta datetime.timezone decimal.Decimal enum.Enum enum.Flag
    enum.IntEnum enum.IntFlag enum.StrEnum enum.auto fractions.Fraction functools.partial
    ipaddress.ip_address ipaddress.ip_network logging.getLogger numpy.dtype operator.attrgetter
    operator.itemgetter os.environ.get os.getenv os.path.basename os.path.dirname os.path.join
    pathlib.Path pathlib.PurePath pathlib.PurePosixPath re.compile re.escape string.Template
    textwrap.dedent threading.Lock threading.RLock types.MappingProxyType types.SimpleNamespace
    typing.NamedTuple typing.NewType typing.ParamSpec typing.TypeVar typing.TypedDict typing.cast
    typing_extensions.TypeVar typing_extensions.TypedDict uuid.UUID zoneinfo.ZoneInfo
""")
"""`os.environ` and `os.getenv` are here so that a secret is read where the service starts, and
never becomes an artifact. Locks cannot be artifacts at all."""
_PURE_PREFIXES = ("math.",)
