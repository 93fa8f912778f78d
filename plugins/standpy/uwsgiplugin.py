# Read by `uwsgi --build-plugin plugins/standpy` (uwsgiconfig.py of uWSGI): builds the plugin, and
# beside it the engine object. The file lists are those of meson.build, which is read for them.
import os
import re
import subprocess
import sys
import sysconfig

# uWSGI executes this text without saying where it came from, but was told the folder itself.
HERE = next(os.path.abspath(word) for word in sys.argv[1:]
            if os.path.exists(os.path.join(word, 'uwsgiplugin.py')))
ROOT = os.path.dirname(os.path.dirname(HERE))
COMMON = os.path.join(ROOT, 'common')
WORK = os.path.join(os.getcwd(), 'standpy-generated')

with open(os.path.join(HERE, 'meson.build')) as build_file:
    BUILD = build_file.read()
with open(os.path.join(ROOT, 'meson.build')) as build_file:
    VERSION = re.search(r"version: '([^']+)'", build_file.read()).group(1)


def sources(folder, pattern, extension):
    return [name for name in re.findall(r"'((?:%s)[\w/]*\.%s)'" % (pattern, extension), BUILD)
            if os.path.exists(os.path.join(folder, name))]


def generate():
    os.makedirs(WORK, exist_ok=True)
    sys.path.insert(0, HERE)
    from uwsgi_api import api
    # What uWSGI itself has just laid down and set (core/plugins_builder.c).
    with open('.uwsgi_plugins_builder/uwsgi.h') as header:
        text = api(os.environ['UWSGI_PLUGINS_BUILDER_CFLAGS'].strip(), header.read())
    with open(os.path.join(WORK, 'uwsgi_api.h'), 'w') as output:
        output.write(text)
    helpers = [os.path.join(HERE, name) for name in sources(HERE, 'python/helper/', 'py')]
    subprocess.check_call([sys.executable, os.path.join(HERE, 'python/embed.py'),
                           os.path.join(WORK, 'helper_sources.h')] + helpers)


FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-O2', '-fPIC', '-fvisibility=hidden',
         '-DSTANDPY_VERSION="%s"' % VERSION, '-I' + WORK, '-I' + COMMON, '-I' + HERE]
LINK = ['-Wl,--exclude-libs,ALL']


def build_engine_object(output):
    python = sysconfig.get_paths()
    files = [os.path.join(HERE, name) for name in sources(HERE, 'python/', 'c')]
    subprocess.check_call(
        [os.environ.get('CC', 'gcc'), '-shared', '-o', output] + FLAGS
        + ['-I' + python['include'], '-I' + python['platinclude']] + files
        + LINK + ['-Wl,-Bstatic', '-ljansson', '-Wl,-Bdynamic', '-lm'])


generate()
build_engine_object(os.path.join(os.getcwd(), 'standpy_python.so'))

NAME = 'standpy'
CFLAGS = ['-std=c11', '-D_GNU_SOURCE', '-fvisibility=hidden', "-DSTANDPY_VERSION='\"%s\"'" % VERSION,
          '-I' + WORK, '-I' + COMMON, '-I' + HERE]
LDFLAGS = LINK + ['-Wl,--defsym=stdin=standpy_no_stdin']
LIBS = ['-Wl,-Bstatic', '-ljansson', '-Wl,-Bdynamic', '-ldl', '-lm']
GCC_LIST = ([name[:-2] for name in sources(HERE, r'(?!python/)', 'c')]
            + ['../../common/' + name[:-2] for name in sorted(os.listdir(COMMON))
               if name.endswith('.c')])
