"""Which modules of CPython's tests may differ, and by which row of docs/alike.md; and which are run."""

# Module: the row.
DIFFERENT = {
    "test_argparse": "root",
    "test_ast": "sandbox",
    "test_builtin": "sandbox",
    "test_inspect": "modules",
    "test_mailbox": "root",
    "test_os": "sandbox",
    "test_pathlib": "root",
    "test_shutil": "root",
    "test_tarfile": "root",
    "test_tempfile": "root",
    "test_time": "root",
    "test_zipfile": "root",
}

# Part of ./check.
FEW = """test_csv test_decimal test_inspect test_io test_json test_logging test_multiprocessing_main_handling
test_pickle test_tempfile test_warnings""".split()

MODULES = FEW + """test_abc test_argparse test_array test_ast test_asyncgen test_atexit test_augassign test_base64
test_binascii test_binop test_bisect test_bool test_bufio test_builtin test_bytes test_bz2 test_calendar
test_call test_charmapcodec test_class test_cmath test_codecs test_codeop test_collections test_colorsys
test_complex test_configparser test_contains test_context test_contextlib test_contextlib_async test_copy
test_copyreg test_coroutines test_crypt test_datetime test_decorators test_defaultdict test_deque test_descr
test_dict test_dictcomps test_dictviews test_difflib test_dis test_dynamic test_enum test_enumerate test_errno
test_exception_group test_except_star test_exceptions test_extcall test_file test_fileinput test_fileio
test_filecmp test_float test_fnmatch test_format test_fractions test_frame test_frozen test_fstring
test_functools test_future test_generators test_genericalias test_genericpath test_genexps test_getopt
test_gettext test_glob test_global test_grammar test_graphlib test_gzip test_hash test_hashlib test_heapq
test_hmac test_html test_htmlparser test_importlib test_int test_ipaddress test_isinstance test_iter
test_iterlen test_itertools test_keyword test_lambda test_linecache test_list test_listcomps test_locale
test_long test_lzma test_mailbox test_math test_memoryio test_memoryview test_mimetypes test_minidom test_mmap
test_module test_named_expressions test_numeric_tower test_opcodes test_operator test_optparse
test_ordered_dict test_os test_pathlib test_pkgutil test_plistlib test_posixpath test_pow test_pprint
test_property test_pulldom test_queue test_quopri test_random test_range test_raise test_re test_reprlib
test_richcmp test_runpy test_sched test_scope test_secrets test_select test_set test_shelve test_shlex
test_shutil test_signal test_slice test_sort test_sqlite3 test_stat test_statistics test_strftime test_string
test_string_literals test_stringprep test_strptime test_struct test_structseq test_sundry test_super
test_symtable test_sys test_tarfile test_textwrap test_thread test_threading_local test_time test_timeit
test_tokenize test_traceback test_tuple test_types test_typing test_unary test_unicodedata test_unittest
test_unpack test_urllib test_urlparse test_userdict test_userlist test_uuid test_weakref test_with test_xml_etree
test_xmlrpc test_zipapp test_zipfile test_zipimport test_zlib""".split()
