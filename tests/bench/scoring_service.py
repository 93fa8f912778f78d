"""What a user would write by hand instead: the model in memory, a row scored for each request.

Served by uvicorn: build/envs/serving/bin/uvicorn --app-dir tests/bench scoring_service:application

SCORING_MODEL   the model's file
SCORING_KIND    which of scoring_models.py it is; unset: a logistic regression of four columns
"""

import os
import pickle

import joblib
import pandas
from fastapi import FastAPI
from pydantic import BaseModel

from scoring_models import MODELS

application = FastAPI()


class Columns(BaseModel):
    a: float
    b: float
    c: float
    d: float


class Row(BaseModel):
    row: list[float] | str


def serve_columns():
    model = joblib.load(os.environ["SCORING_MODEL"])

    @application.post("/score")
    def score(row: Columns):
        frame = pandas.DataFrame([row.model_dump()])
        return {"prediction": float(model.predict_proba(frame)[0, 1])}


def serve(kind):
    script = {}
    exec(kind.script, script)
    with open(os.environ["SCORING_MODEL"], "rb") as file:
        given = file if kind.is_file else pickle.load(file)
        model = script["rm_init"](given)
    predict = script["rm_main"]

    @application.post("/score")
    def score(row: Row):
        return {"prediction": predict(model, row.row)}


if "SCORING_KIND" in os.environ:
    serve(MODELS[os.environ["SCORING_KIND"]])
else:
    serve_columns()
