import lightgbm
import numpy


def rm_main():
    x = numpy.arange(400, dtype=float).reshape(200, 2)
    model = lightgbm.LGBMRegressor(n_estimators=5, n_jobs=2, verbose=-1).fit(x, x[:, 0])
    return round(float(model.predict(x[:1])[0]), 4)
