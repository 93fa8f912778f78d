"""What a user would write by hand instead: the model in memory, a row scored for each request.

Served by uvicorn: build/envs/serving/bin/uvicorn --app-dir tests/bench scoring_service:application
"""

import os

import joblib
import pandas
from fastapi import FastAPI
from pydantic import BaseModel

application = FastAPI()
model = joblib.load(os.environ["SCORING_MODEL"])


class Row(BaseModel):
    a: float
    b: float
    c: float
    d: float


@application.post("/score")
def score(row: Row):
    frame = pandas.DataFrame([row.model_dump()])
    return {"prediction": float(model.predict_proba(frame)[0, 1])}
