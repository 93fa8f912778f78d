"""Django: sessions in files, static files by WhiteNoise, a form with protection against forged ones."""

import os

import common
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.templatetags.static import static
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt

settings.configure(
    SECRET_KEY="of this test",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    INSTALLED_APPS=["django.contrib.staticfiles"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    SESSION_ENGINE="django.contrib.sessions.backends.file",
    STATIC_URL="static/",
    WHITENOISE_STATIC_PREFIX="/static/",
    STATIC_ROOT=common.FOLDER,
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"log": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["log"], "level": "WARNING"},
    },
)

django = get_wsgi_application()
FORM = '<form method="post" action="{% url "form" %}">{% csrf_token %}<input name="name"></form>'


def index(request):
    return JsonResponse({"self": reverse("index"), "absolute": request.build_absolute_uri(reverse("index")),
                         "static": static("style.css")})  # fmt: skip


def to(request):
    return redirect("index")


def folder(request):
    return HttpResponse("in the folder")


def say(request, text):
    return JsonResponse([text, request.GET["text"]], safe=False)


@csrf_exempt
def upload(request):
    file = request.FILES["file"]
    return HttpResponse(common.received(file.name, file.read, request.POST["field"]))


@csrf_exempt
def raw(request):
    return JsonResponse(common.digest_of(common.pieces_of(request.read)))


def download(request):
    return FileResponse(open(common.download_path(), "rb"), as_attachment=True, filename="ü.bin")


def stream(request):
    return StreamingHttpResponse(common.stream(), content_type="text/event-stream")


def endless(request):
    return StreamingHttpResponse(common.stream(common.ENDLESS), content_type="text/event-stream")


def count(request):
    request.session["count"] = request.session.get("count", 0) + 1
    return JsonResponse([request.session["count"], os.getpid()], safe=False)


def form(request):
    if request.method == "POST":
        return HttpResponse(f"hello {request.POST['name']}")
    return HttpResponse(engines["django"].from_string(FORM).render({}, request))


def fails(request):
    raise KeyError("secret words")


urlpatterns = [
    path("", index, name="index"),
    path("to", to),
    path("folder/", folder),
    path("say/<text>", say),
    path("upload", upload),
    path("raw", raw),
    path("download", download),
    path("stream", stream),
    path("endless", endless),
    path("count", count),
    path("form", form, name="form"),
    path("fails", fails),
]
application = common.judged(django)
