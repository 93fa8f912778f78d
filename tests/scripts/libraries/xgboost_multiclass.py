import numpy
import xgboost


def rm_main():
    x = numpy.arange(300).reshape(100, 3) % 17
    y = x[:, 0] % 3
    model = xgboost.XGBClassifier(n_estimators=8, n_jobs=2, random_state=3).fit(x, y)
    model.save_model("model.json")
    again = xgboost.XGBClassifier()
    again.load_model("model.json")
    return [round(float(model.score(x, y)), 4), bool((again.predict(x) == model.predict(x)).all())]
