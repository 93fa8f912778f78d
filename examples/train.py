"""Trains a classifier on the iris data and saves it with joblib: train.py DATA MODEL"""

import sys

import joblib
import pandas
from sklearn.linear_model import LogisticRegression

flowers = pandas.read_csv(sys.argv[1])
model = LogisticRegression(max_iter=1000)
model.fit(flowers.drop(columns="species").values, flowers["species"])
joblib.dump(model, sys.argv[2])
