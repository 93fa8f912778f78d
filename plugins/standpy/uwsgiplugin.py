# Read by `uwsgi --build-plugin plugins/standpy` (uwsgiconfig.py of uWSGI): builds the plugin, and
# beside it the zygote's program and the engine object. The file lists are those of meson.build.
import os
import re
import subprocess
import sys
import sysconfig

# uWSGI executes this text without its path, but its own arguments name the folder.
HERE = next(os.path.abspath(word) for word in sys.argv[1:]
            if os.path.exists(os.path.join(word, 'uwsgiplugin.py')))
ROOT = os.path.dirname(os.path.dirname(HERE))
COMMON = os.path.join(ROOT, 'common')
WORK = os.path.join(os.getcwd(), 'standpy-generated')

with open(os.path.join(HERE, 'meson.build')) as build_file:
    BUILD = build_file.read()
with open(os.path.join(ROOT, 'meson.build')) as build_file:
    VERSION = re.search(r"version: '([^']+)'", build_file.read()).group(1)


def sources_of(target, extension='c'):
    """The files that meson.build lists for a variable or a target, without those of `common`."""
    start = re.search(r"(?:^%s = |\('%s',$)" % (target, target), BUILD, re.M).start()
    text = BUILD[start:BUILD.index('\n\n', start)]
    names = [name for name in re.findall(r"'([\w/]+\.%s)'" % extension, text)]
    for variable in ('standpy_pure_sources', 'standpy_shared_sources'):
        if variable != target and variable in text:
            names += sources_of(variable)
    return names


def generate():
    os.makedirs(WORK, exist_ok=True)
    sys.path.insert(0, HERE)
    from uwsgi_api import api
    # uWSGI has just written this header and set these variables (core/plugins_builder.c).
    with open('.uwsgi_plugins_builder/uwsgi.h') as header:
        text = api(os.environ['UWSGI_PLUGINS_BUILDER_CFLAGS'].strip(), header.read())
    with open(os.path.join(WORK, 'uwsgi_api.h'), 'w') as output:
        output.write(text)
    helpers = [os.path.join(HERE, name) for name in sources_of('helper_sources', 'py')
               if name.startswith('python/helper/')]
    subprocess.check_call([sys.executable, os.path.join(HERE, 'python/embed.py'),
                           os.path.join(WORK, 'helper_sources.h')] + helpers)


WINGS = ['start', 'front', 'channel', 'forms', 'zygote', 'python', 'names']
INCLUDES = ['-I' + folder for folder in [WORK, COMMON] + [os.path.join(HERE, w) for w in WINGS]]
FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-fPIC', '-fvisibility=hidden',
         '-DSTANDPY_VERSION="%s"' % VERSION] + INCLUDES
JANSSON = ['-Wl,-Bstatic', '-ljansson', '-Wl,-Bdynamic', '-ldl', '-lm']
COMMON_SOURCES = sorted(name for name in os.listdir(COMMON) if name.endswith('.c'))
LINK = ['-Wl,--exclude-libs,ALL']


def compile_and_link(output, kind, names, includes=(), libraries=()):
    files = [os.path.join(HERE, name) for name in names]
    subprocess.check_call([os.environ.get('CC', 'gcc'), *kind, '-o', os.path.join(os.getcwd(), output)]
                          + FLAGS + list(includes) + files + LINK + list(libraries) + JANSSON)


def build_engine_object():
    python = sysconfig.get_paths()
    includes = ['-I' + python['include'], '-I' + python['platinclude']]
    compile_and_link('standpy_python.so', ['-shared'], sources_of('standpy_python'), includes)


def build_zygote():
    common = ['../../common/' + name for name in COMMON_SOURCES]
    compile_and_link('standpy-zygote', [], sources_of('standpy-zygote') + common,
                     libraries=['-Wl,-Bstatic', '-lseccomp', '-lnettle', '-Wl,-Bdynamic'])


def build_names():
    compile_and_link('standpy_names.so', ['-shared'], sources_of('standpy_names'))


generate()
build_engine_object()
build_names()
build_zygote()

NAME = 'standpy'
CFLAGS = ['-std=c11', '-D_GNU_SOURCE', '-fvisibility=hidden',
          "-DSTANDPY_VERSION='\"%s\"'" % VERSION] + INCLUDES
LDFLAGS = LINK + ['-Wl,--defsym=stdin=standpy_no_stdin']
LIBS = ['-Wl,-Bstatic', '-lnettle'] + JANSSON
GCC_LIST = ([name[:-2] for name in sources_of('standpy_plugin')]
            + ['../../common/' + name[:-2] for name in COMMON_SOURCES])
