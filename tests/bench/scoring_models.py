"""Models that tests/bench/scoring serves, each with the script that a user would send.

The service beside the engine (scoring_service.py) runs the same scripts, with what rm_init returned in its memory.
"""

import dataclasses
import pathlib
import pickle

PART_OF_FILE, PART_OF_OBJECT = "application/octet-stream", "application/x-python-pickle"

_LOAD = """import joblib
import numpy
def rm_init(file):
    return joblib.load(file.name)
def rm_main(model, row):
    return float(model.predict_proba(numpy.array([row]))[0, 1])
"""
_LOAD_EACH = """import joblib
import numpy
def rm_main(file, row):
    return float(joblib.load(file.name).predict_proba(numpy.array([row]))[0, 1])
"""
_OBJECT = """import numpy
def rm_init(model):
    return model
def rm_main(model, row):
    return float(model.predict_proba(numpy.array([row]))[0, 1])
"""
_TEXT = """import joblib
def rm_init(file):
    return joblib.load(file.name)
def rm_main(model, text):
    return float(model.predict_proba([text])[0, 1])
"""
_NUMPY = """import numpy
def rm_init(file):
    return numpy.load(file.name)
def rm_main(weights, row):
    return float(weights[int(abs(row[0]) * 1000) % len(weights), :4] @ numpy.array(row, dtype=weights.dtype))
"""
_WORDS = "the a cat dog house river runs sleeps sees old new red blue slowly quickly and or never always".split()


def _numbers(number):
    return [round(0.001 * number + 0.25 * column, 3) for column in range(4)]


def _words(number):
    return " ".join(_WORDS[number * step % len(_WORDS)] for step in (1, 2, 3, 5, 7, 11, 13))


def _training():
    import numpy

    rows = numpy.random.default_rng(1).normal(size=(2000, 4))
    return rows, (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0).astype(int)


def _forest(path):
    import joblib
    from sklearn.ensemble import RandomForestClassifier

    joblib.dump(RandomForestClassifier(100, random_state=1).fit(*_training()), path)


def _forest_object(path):
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(100, random_state=1).fit(*_training())
    pathlib.Path(path).write_bytes(pickle.dumps(model))


def _xgboost(path):
    import joblib
    import xgboost

    joblib.dump(xgboost.XGBClassifier(n_estimators=100, n_jobs=1).fit(*_training()), path)


def _text(path):
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = [_words(number) for number in range(2000)]
    labels = ["cat" in text.split() for text in texts]
    joblib.dump(make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression()).fit(texts, labels), path)


def _array(path):
    import numpy

    with open(path, "wb") as file:
        numpy.save(file, numpy.random.default_rng(1).random((50_000, 1_000), dtype="float32"))


@dataclasses.dataclass(frozen=True)
class Model:
    script: str
    make: callable  # writes it to a path
    row: callable  # of a number
    media_type: str = PART_OF_FILE

    @property
    def is_file(self):
        return self.media_type == PART_OF_FILE


MODELS = {
    "forest": Model(_LOAD, _forest, _numbers),
    "forest-each": Model(_LOAD_EACH, _forest, _numbers),  # without rm_init, to compare
    "forest-object": Model(_OBJECT, _forest_object, _numbers, PART_OF_OBJECT),
    "xgboost": Model(_LOAD, _xgboost, _numbers),
    "text": Model(_TEXT, _text, _words),
    "numpy": Model(_NUMPY, _array, _numbers),  # 200 MB
}
