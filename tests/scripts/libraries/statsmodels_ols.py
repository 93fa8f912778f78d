import numpy
import pandas
import statsmodels.formula.api as models


def rm_main():
    draws = numpy.random.RandomState(4)
    frame = pandas.DataFrame({"x": draws.rand(50)})
    frame["y"] = 3 * frame.x + draws.rand(50)
    fit = models.ols("y ~ x", frame).fit()
    return [round(float(value), 5) for value in fit.params]
